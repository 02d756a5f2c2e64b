"""What a call needs beside its own action: to pass a role, to write tags, and what else the reference names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.arns import ANY, is_arn, text
from keyflow.aws.authorization.operations import OperationAuthorization
from keyflow.aws.calls import OperationCall
from keyflow.aws.permission import Permission
from keyflow.aws.runtime_values import RuntimeValue
from keyflow.lazy import lazy_pattern

_ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
_TASK_ROLES = (("iam:PassedToService", "ecs-tasks.amazonaws.com"),)
_TAGGING = lazy_pattern(r":(?:Tag\w+|AddTags\w*|CreateTags|CreateOrUpdateTags)$")
_TAGS = lazy_pattern(r"tag(?:s|specifications|list|set)$", re.IGNORECASE)
_KEYS = lazy_pattern(r"kms|encryptionkey|keyarn$|keyid$", re.IGNORECASE)
_TRIGGERS: Mapping[str, re.Pattern[str]] = {
    "lambda:PassCapacityProvider": lazy_pattern("CapacityProvider"),
    "rds:CreateDBSnapshot": lazy_pattern("FinalDBSnapshotIdentifier"),
    "rds:DeleteTenantDatabase": lazy_pattern("TenantDatabase"),
    "ssm:GetParameters": lazy_pattern("SsmParameter"),
    "states:PublishStateMachineVersion": lazy_pattern("publish"),
}
"""The member without which the reference's further action is not asked for."""


_TAGGED_WHEN_MADE = ("batch", "ecs")
"""The services that ask for `TagResource` beside the call that makes something with tags, which the reference omits."""


def passed_roles(call: OperationCall, known: OperationAuthorization) -> Iterator[Permission]:
    """`iam:PassRole` for each role that the arguments hand to a service.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html; for ECS, whose task definition
    has roles of its own, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
    """
    if not known.passes_role:
        return
    given = [(member, value) for member in known.role_members for value in _at(call.known, member)]
    if (call.service.name, call.operation) in (("ecs", "run_task"), ("ecs", "start_task")):
        yield from _task_roles(given)
        return
    for member, value in given:
        yield passed_role(member, value)
    if not known.role_members:
        yield Permission("iam:PassRole", f"{_ROLES}*", wide="no argument of the call names the role that it passes")


def _task_roles(given: list[tuple[str, Any]]) -> Iterator[Permission]:
    overridden = {member.rsplit(".", 1)[-1] for member, _value in given}
    for member, value in given:
        yield passed_role(member, value)
    if not {"taskRoleArn", "executionRoleArn"} <= overridden:
        reason = "the task definition names the roles that it passes"
        yield Permission("iam:PassRole", f"{_ROLES}*", where=_TASK_ROLES, wide=reason, inherent=True)


def passed_role(member: str, value: Any) -> Permission:
    """`iam:PassRole` for what an argument hands on: a role's ARN or name."""
    role = text(value)
    if role is None:
        reason = (
            f"{member} is known only to the execution" if isinstance(value, RuntimeValue) else "an instance profile"
        )
        return Permission("iam:PassRole", f"{_ROLES}*", wide=reason)
    return Permission("iam:PassRole", role if is_arn(role, member) else f"{_ROLES}{role}")


def _at(written: Any, path: str) -> Iterator[Any]:
    """The values at a path of members, in which `[]` stands for each entry of a list."""
    name, _, rest = path.partition(".")
    value = written.get(name.removesuffix("[]")) if isinstance(written, Mapping) else None
    entries = value if name.endswith("[]") and isinstance(value, list | tuple) else [value]
    for entry in entries:
        if entry is not None:
            yield from _at(entry, rest) if rest else (entry,)


def dependent(call: OperationCall, known: OperationAuthorization) -> Iterator[Permission]:
    """The further actions that the reference names, as far as the arguments ask for them."""
    tags_itself = call.service.name in _TAGGED_WHEN_MADE
    if not known.dependent and not tags_itself:
        return
    members = set(_members(call.known))
    for action in known.dependent:
        trigger = _trigger(action)
        if trigger is not None and not any(trigger.search(member) for member in members):
            continue
        if action == "iam:CreateServiceLinkedRole":
            yield Permission(action, f"{_ROLES}aws-service-role/*")
        else:
            reason = f"the reference names it beside {call.model.name}, and says no resource"
            yield Permission(action, ANY, wide=reason, inherent=True)
    if tags_itself and any(map(_TAGS.search, members)):
        yield Permission(
            f"{call.service.name}:TagResource", ANY, wide="tags are written to what is made", inherent=True
        )


def _trigger(action: str) -> re.Pattern[str] | None:
    if _TAGGING.search(action):
        return _TAGS
    return _KEYS if action.startswith("kms:") else _TRIGGERS.get(action)


def _members(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for name, member in value.items():
                yield str(name)
                yield from _members(member)
        case list() | tuple():
            for element in value:
                yield from _members(element)
