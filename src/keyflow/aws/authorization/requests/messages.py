"""SQS, whose queues are named by their URL, and EventBridge, whose entries name a bus each and whose rules lie on one.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-manage-iam-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from keyflow.aws.authorization.arns import ANY, ResourceArn, is_arn, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_URL = lazy_pattern(
    r"https?://(?:sqs\.(?P<region>[a-z0-9-]+)|[^/]+?)(?:\.amazonaws\.com(?:\.cn)?)?(?::\d+)?/(?P<path>.+)"
)


def queues(call: OperationCall, _grant: Grant) -> Iterator[ResourceArn] | None:
    """The queue of the URL, in the URL's region and account; None where the call has none."""
    if "QueueUrl" not in call.known:
        return None
    url = pattern(call.known["QueueUrl"])
    match = _URL.fullmatch(url)
    if match is None:
        return iter([ResourceArn(url if is_arn(url) else regional("sqs", url), unknown(url, "QueueUrl"))])
    account, _, name = match["path"].rpartition("/")
    if re.fullmatch(r"\d{12}", account) and match["region"]:
        return iter([ResourceArn(f"arn:${{AWS::Partition}}:sqs:{match['region']}:{account}:{name}")])
    return iter([ResourceArn(regional("sqs", name))])


def buses_and_rules(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The buses that entries are put on, or the rule, which lies under its bus's name where it is not the default."""
    if call.operation == "put_events":
        return iter(_buses(call))
    if not any("rule" in kind for kind in grant.types) and not call.operation.endswith("_rule"):
        return None
    name = call.known.get("Rule", call.known.get("Name"))
    if name is None:
        return None
    rule = pattern(name)
    bus = pattern(call.known.get("EventBusName", "default"))
    if is_arn(rule):
        return iter([ResourceArn(rule)])
    if is_arn(bus) and not bus.startswith("arn:"):
        return iter([ResourceArn(regional("events", f"rule/*/{rule}"), ("EventBusName",))])
    folder = "" if bus == "default" else f"{bus.rsplit('/', 1)[-1]}/"
    late = (*unknown(rule, "Name"), *unknown(bus, "EventBusName"))
    return iter([ResourceArn(regional("events", f"rule/{folder}{rule}"), late)])


def _buses(call: OperationCall) -> list[ResourceArn]:
    entries = call.known.get("Entries")
    if not isinstance(entries, list | tuple):
        return [ResourceArn(regional("events", "event-bus/*"), ("Entries",))]
    return list(dict.fromkeys(_bus(entry) for entry in entries))


def _bus(entry: object) -> ResourceArn:
    name = pattern(entry.get("EventBusName", "default")) if isinstance(entry, Mapping) else ANY
    return ResourceArn(name if is_arn(name) else regional("events", f"event-bus/{name}"), unknown(name, "Entries"))


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """What the service's own function below tells."""
    return _RESOURCES[call.service.name](call, grant)


_RESOURCES = {"sqs": queues, "events": buses_and_rules}
