"""What the roles of workflows and APIs are allowed, and where that is wider than the things that they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from keyflow.aws import Call
from keyflow.aws.authorization import child_executions, required, result_writing
from keyflow.aws.permission import LOG_DELIVERY, policy_document
from keyflow.compiler import Compiled, calls_of, starts_children
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location, Severity
from keyflow.dsl.api import Api
from keyflow.dsl.definition import Definition
from keyflow.dsl.maps import Map


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """A permission that is wider than the one thing that a call is about.

    `why` says why; `inherent` that nobody could narrow it: IAM knows no resource, or AWS gives the name while the
    execution runs.
    """

    call: str
    action: str
    resource: str
    why: str
    inherent: bool
    location: Location


def workflow_policy(compiled: Compiled) -> Mapping[str, Any]:
    """The execution role's policy: the calls that the workflow makes, its children, the delivery of its logs.

    What `allow` grants stands in place of a wide permission of the same action.
    """
    workflow = compiled.workflow
    declared = {permission.action for permission in workflow.granted}
    called = (permission for call in calls_of(workflow) for permission in required(call).permissions)
    granted = [each for each in called if not (each.wide and each.action in declared)]
    for step in workflow.steps():
        if isinstance(step, Map) and step.result_writer is not None:
            granted += result_writing(step.result_writer["Bucket"])
    children = child_executions(workflow.arn.deployed_text()) if starts_children(compiled.machine) else ()
    return policy_document([*granted, *children, *workflow.granted, *LOG_DELIVERY])


def api_policy(api: Api) -> Mapping[str, Any]:
    """The policy of the role with which API Gateway makes the calls behind an API's routes."""
    from keyflow.http import api_permissions

    return policy_document(api_permissions(api))


def wide_permissions(owner: Definition | Api) -> list[Wide]:
    """The permissions of a workflow's or an API's calls that are wider than what they are about, once each."""
    declared = {permission.action for permission in owner.granted} if isinstance(owner, Definition) else set()
    found: dict[tuple[str, str, str], Wide] = {}
    for call in _calls(owner):
        for each in required(call).permissions:
            if each.wide and each.action not in declared:
                key = (call.label, each.action, each.resource)
                if key not in found:
                    found[key] = Wide(
                        call=call.label,
                        action=each.action,
                        resource=each.resource,
                        why=each.wide,
                        inherent=each.inherent,
                        location=call.location,
                    )
    return list(found.values())


def policy_warnings(owner: Definition | Api) -> Iterator[Diagnostic]:
    """KF308 for each permission that could be narrowed, KF309 for each call of which nobody knows what it needs."""
    narrowable = [wide for wide in wide_permissions(owner) if not wide.inherent]
    for (call, location, why), together in groupby(narrowable, key=lambda each: (each.call, each.location, each.why)):
        found = list(together)
        actions = ", ".join(dict.fromkeys(each.action for each in found))
        resources = ", ".join(dict.fromkeys(each.resource for each in found))
        hint = f"allow({found[0].action!r}, 'arn:...') says which it may be"
        message = f"{call} is allowed {actions} on {resources}: {why}"
        yield Diagnostic("KF308", message, location, hint, Severity.WARNING)
    told: set[str] = set()
    if isinstance(owner, Definition) and owner.granted:
        return
    for call in _calls(owner):
        for note in required(call).notes:
            if note.message not in told:
                told.add(note.message)
                yield Diagnostic("KF309", note.message, call.location, note.hint, Severity.WARNING)


def _calls(owner: Definition | Api) -> Iterator[Call]:
    if isinstance(owner, Api):
        yield from (route.target for route in owner.routes if isinstance(route.target, Call))
    else:
        yield from calls_of(owner)
