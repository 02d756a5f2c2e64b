"""KMS keys, which an alias names without being the resource, and secrets, whose ARN ends in six letters of its own.

Sources: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html and
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
"""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.authorization.arns import ANY, ResourceArn, is_arn, is_parameter, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.authorization.requests.found import Found
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_SIX = "-??????"
_WHOLE_SECRET = lazy_pattern(r"arn:.*-[A-Za-z0-9]{6}")


def encryption_keys(call: OperationCall, grant: Grant) -> Iterator[ResourceArn | Found] | None:
    """The key of an alias is known to AWS alone: any key, where the request names it by that alias."""
    alias = pattern(call.known.get("KeyId"))
    if ":alias/" in alias and alias.startswith("arn:"):
        owner, _, name = alias.rpartition(":alias/")
        return iter([(ResourceArn(f"{owner}:key/*"), (("kms:RequestAlias", f"alias/{name}"),))])
    if alias.startswith("alias/") and "key" in grant.types:
        return iter([(ResourceArn(regional("kms", "key/*")), (("kms:RequestAlias", alias),))])
    return None


def secrets(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """A secret by its ARN, or by its name with six letters behind it, which AWS adds."""
    member = next((each for each in ("SecretId", "Name") if each in call.known), None)
    if not grant.types or member is None:
        return None
    given = pattern(call.known[member])
    if given == ANY:
        return iter([ResourceArn(regional("secretsmanager", "secret:*"), (member,))])
    if is_arn(given):
        whole = not given.startswith("arn:") or _WHOLE_SECRET.fullmatch(given) is not None
        return iter([ResourceArn(given if whole else f"{given}{_SIX}")])
    named = regional("secretsmanager", f"secret:{given}")
    by_parameter = [ResourceArn(named)] if is_parameter(given) else []
    return iter([*by_parameter, ResourceArn(f"{named}{_SIX}", unknown(given, member))])


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn | Found] | None:
    """What the service's own function below tells."""
    return _RESOURCES[call.service.name](call, grant)


_RESOURCES = {"kms": encryption_keys, "secretsmanager": secrets}
