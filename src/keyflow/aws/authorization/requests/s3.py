"""S3: buckets, access points and objects, versions, copies, and what an object is written with.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyflow.aws.authorization.arns import ANY, ResourceArn, is_arn, pattern, text, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_OF_VERSIONS: Mapping[str, str] = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
_WRITTEN_WITH: Mapping[str, tuple[str, ...]] = {
    "s3:PutObjectAcl": ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"),
    "s3:PutObjectTagging": ("Tagging",),
    "s3:PutObjectRetention": ("ObjectLockMode", "ObjectLockRetainUntilDate"),
    "s3:PutObjectLegalHold": ("ObjectLockLegalHoldStatus",),
}
_SOURCE = lazy_pattern(
    r"^/?(?P<bucket>arn:[^/]+(?:/[^/]+)?(?=/object/)|[^/]+)/(?:object/)?(?P<key>[^?]*)(?P<version>\?versionId=.*)?$"
)


def grants(call: OperationCall, known: tuple[Grant, ...]) -> Iterator[Grant]:
    """The actions on objects, or on their versions, and those for what an object is written with."""
    for grant in known:
        if grant.action == "s3:GetObject" and "CopySource" in call.known:
            yield replace(grant, action=_OF_VERSIONS[grant.action]) if _source(call)["version"] else grant
        elif "VersionId" in call.known and grant.action in _OF_VERSIONS:
            yield replace(grant, action=_OF_VERSIONS[grant.action])
        else:
            yield grant
        if grant.action == "s3:PutObject":
            yield from (
                replace(grant, action=action)
                for action, members in _WRITTEN_WITH.items()
                if any(member in call.known for member in members)
            )
        if grant.action == "s3:DeleteObject" and any("VersionId" in each for each in _deleted(call)):
            yield replace(grant, action="s3:DeleteObjectVersion")
    if call.known.get("BypassGovernanceRetention"):
        yield replace(known[0], action="s3:BypassGovernanceRetention")


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The bucket, or the objects in it, under the bucket's name or an access point's ARN."""
    if "Bucket" not in call.known or not grant.action.startswith("s3:"):
        return None
    bucket = call.known["Bucket"]
    if "CopySource" in call.known and grant.action in ("s3:GetObject", "s3:GetObjectVersion"):
        source = _source(call)
        return iter([_object(source["bucket"], source["key"], ("CopySource",))])
    if "Delete" in call.known:
        return iter(_deleted_objects(call))
    if "Key" in call.known:
        return iter([_object(pattern(bucket), pattern(call.known["Key"]), ("Bucket", "Key"))])
    return iter([_bucket(pattern(bucket))])


def _bucket(name: str) -> ResourceArn:
    arn = name if is_arn(name) else f"arn:${{AWS::Partition}}:s3:::{name}"
    return ResourceArn(arn, unknown(name, "Bucket"))


def _object(bucket: str, key: str, members: tuple[str, ...]) -> ResourceArn:
    behind = f"/object/{key}" if ":accesspoint/" in bucket else f"/{key}"
    late = (*unknown(bucket, members[0]), *unknown(key, members[-1]))
    return ResourceArn(f"{_bucket(bucket).arn}{behind}", tuple(dict.fromkeys(late)))


def _source(call: OperationCall) -> Mapping[str, str]:
    """The bucket, the key and the version that a copy is made of; `*` where only an execution knows them."""
    match call.known["CopySource"]:
        case Mapping() as source:
            version = "?" if "VersionId" in source else ""
            return {"bucket": pattern(source.get("Bucket")), "key": pattern(source.get("Key")), "version": version}
        case given:
            found = _SOURCE.match(given if isinstance(given, str) else pattern(given))
            parts = found.groupdict() if found is not None else {}
            known = {name: parts.get(name) or "" for name in ("bucket", "key", "version")}
            return {**known, "bucket": known["bucket"] or ANY, "key": known["key"] or ANY}


def _deleted(call: OperationCall) -> list[Mapping[str, Any]]:
    delete = call.known.get("Delete")
    objects = delete.get("Objects") if isinstance(delete, Mapping) else None
    return [each for each in objects if isinstance(each, Mapping)] if isinstance(objects, list | tuple) else []


def _deleted_objects(call: OperationCall) -> list[ResourceArn]:
    bucket = pattern(call.known["Bucket"])
    keys = [each.get("Key") for each in _deleted(call)]
    if not keys or any(text(key) is None for key in keys):
        return [_object(bucket, ANY, ("Bucket", "Delete"))]
    return [_object(bucket, pattern(key), ("Bucket", "Delete")) for key in keys]
