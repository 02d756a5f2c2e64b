"""What names of operations say, and what was decided by hand, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS = {
    "reads": "list get describe search query scan head lookup check validate detect count is preview estimate calculate "
    "compare predict recognize analyze classify select view evaluate simulate retrieve rerank discover poll receive filter "
    "infer decode verify test export download generate render count discover resolve translate suggest autocomplete "
    "geocode reverse snap optimize forecast sample derive encrypt decrypt sign re synthesize introspect contains domain "
    "carrier phone probe rescore assume",
    "creates": "create allocate request import copy clone restore register subscribe purchase issue provision add "
    "attach associate authorize grant upload define replicate invite",
    "changes": "update modify put set tag untag enable disable accept reject reset merge change configure apply replace "
    "transfer move rotate upgrade promote lock unlock resume pause suspend activate deactivate confirm complete "
    "acknowledge assign unassign increase decrease rename write convert resize reboot restart failover switchover "
    "publish deprecate archive unarchive label unlabel transact initialize prepare advertise withdraw share unshare "
    "record report renew continue override reorder swap refresh rebuild retry rollback monitor unmonitor peer opt",
    "deletes": "delete remove deregister release terminate detach disassociate revoke unsubscribe cancel stop abort "
    "purge deprovision deauthorize dissociate unregister retire dispose forget expire discard flush clear close end",
    "sends": "send post notify publish resend respond signal",
    "starts": "start run submit execute initiate begin schedule redrive",
    "unknown": "invoke converse chat",
}
VERBS: Mapping[str, str] = {word: effect for effect, words in _WORDS.items() for word in words.split()}
"""The effect that an operation's first word says."""

COUNTERPARTS: Mapping[str, tuple[str, ...]] = {
    "create": ("delete",),
    "put": ("delete", "remove"),
    "register": ("deregister",),
    "allocate": ("release",),
    "run": ("terminate",),
    "start": ("stop", "cancel"),
    "submit": ("cancel", "terminate"),
    "add": ("remove",),
    "attach": ("detach",),
    "associate": ("disassociate",),
    "subscribe": ("unsubscribe",),
    "import": ("delete",),
    "copy": ("delete",),
    "restore": ("delete",),
    "authorize": ("revoke",),
    "tag": ("untag",),
    "enable": ("disable",),
    "grant": ("revoke",),
    "request": ("delete", "cancel"),
}
"""The verbs of operations that make something, and those that undo it."""

LOOKUPS = ("list", "get", "describe")

EFFECTS: Mapping[str, Mapping[str, str]] = {
    "dynamodb": {
        "put_item": "creates",
        "batch_write_item": "changes",
        "batch_execute_statement": "unknown",
        "execute_statement": "unknown",
        "execute_transaction": "unknown",
    },
    "s3": {"put_object": "creates", "copy_object": "creates"},
    "events": {"put_events": "sends"},
    "sns": {"publish": "sends", "publish_batch": "sends"},
    "lambda": {"invoke": "unknown", "invoke_async": "unknown"},
    "cognito-idp": {"sign_up": "creates"},
    "firehose": {"put_record": "sends", "put_record_batch": "sends"},
    "kinesis": {"put_record": "sends", "put_records": "sends"},
}
"""What was decided by hand, by service and operation."""

UNDO: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cognito-idp": {"sign_up": ("admin_delete_user",)},
    "s3": {"create_multipart_upload": ("abort_multipart_upload", "complete_multipart_upload")},
    "kms": {"create_key": ("schedule_key_deletion",)},
}
"""What undoes an operation, where its name does not say it."""
