"""A plan as a file: what was reviewed is what is applied, or what has changed since is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keyflow.dataclass import dataclass, fields
from keyflow.deploy.alarm import CompensationAlarm, TimeoutAlarm
from keyflow.deploy.alias import Alias
from keyflow.deploy.apply import changed_since
from keyflow.deploy.canary import Canary
from keyflow.deploy.log_group import LogGroup
from keyflow.deploy.narrowing import Narrowing
from keyflow.deploy.plan import Plan, plan_deployment
from keyflow.deploy.pruning import Pruning
from keyflow.deploy.resource import Action, Resource
from keyflow.deploy.rest_api import RestApi
from keyflow.deploy.role import Role
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.target import Clients, Target
from keyflow.diagnostics import DeployError, Diagnostic, Location, ProjectError
from keyflow.files import Unreadable, text_of, write_whole

_FORMAT = 1
_TYPES: Mapping[str, type[Any]] = {
    each.__name__: each
    for each in (
        Alias,
        Canary,
        CompensationAlarm,
        DeployedStateMachine,
        LogGroup,
        Narrowing,
        Pruning,
        RestApi,
        Role,
        Target,
        TimeoutAlarm,
    )
}
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPlan:
    """A plan as its file has it: where it goes, and each change with what AWS had when it was made, as JSON.

    `replaces` tells whether it may remove a resource to make it anew.
    """

    target: Target
    replaces: bool
    changes: tuple[tuple[Action, Resource, Any], ...]


def write_plan(plan: Plan, target: Target, file: Path, *, replaces: bool = False) -> None:
    """Writes a plan. The file holds the values of parameters, so that only its owner may read it.

    Raises:
        ProjectError: KF115, the file cannot be written.
    """
    document = {
        "keyflow plan": _FORMAT,
        "replaces": replaces,
        "target": _encoded(target),
        "changes": [
            {"action": change.action.value, "resource": _encoded(change.resource), "found": _plain(change.found)}
            for change in plan
        ],
    }
    try:
        write_whole(file, (json.dumps(document, indent=1) + "\n").encode(), _PRIVATE)
    except OSError as error:
        raise ProjectError(Diagnostic("KF115", f"cannot write {file}: {error.strerror}")) from error


def read_plan(file: Path) -> WrittenPlan:
    """A plan that was written; AWS is not asked.

    Raises:
        ProjectError: KF517, the file is no plan of keyflow's.
    """
    try:
        document = json.loads(text_of(file))
        if document["keyflow plan"] != _FORMAT:
            raise ValueError(f"its format is {document['keyflow plan']!r}")
        return WrittenPlan(
            target=_decoded(document["target"], Target),
            replaces=bool(document["replaces"]),
            changes=tuple(
                (Action(each["action"]), _decoded(each["resource"], Resource), each["found"])
                for each in document["changes"]
            ),
        )
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{file} is no plan of this keyflow: {error}"
        raise ProjectError(Diagnostic("KF517", message, Location(str(file), 1))) from error


def made_again(written: WrittenPlan, clients: Clients) -> Plan:
    """The same plan, where AWS has what it had then.

    Raises:
        DeployError: KF511, something has changed since; KF503 or KF504, AWS refused or could not be reached.
    """
    wanted = [resource for action, resource, _found in written.changes if action is not Action.DELETE]
    leftovers = [resource for action, resource, _found in written.changes if action is Action.DELETE]
    plan = plan_deployment(wanted, clients, leftovers=leftovers, replace=written.replaces)
    now = {(change.resource.kind, change.resource.name): change.found for change in plan}
    problems = [
        changed_since(resource, then, _plain(now.get((resource.kind, resource.name))))
        for _action, resource, then in written.changes
        if _plain(now.get((resource.kind, resource.name))) != then
    ]
    if problems:
        raise DeployError(*problems)
    return plan


def _plain(value: Any) -> Any:
    """A value as JSON gives it back."""
    return json.loads(json.dumps(value, default=str))


def _encoded(value: Any) -> Any:
    if type(value).__name__ in _TYPES:
        return {
            "is": type(value).__name__,
            **{each.name: _encoded(getattr(value, each.name)) for each in fields(type(value))},
        }
    return value


def _decoded(document: Any, kind: type[Any]) -> Any:
    """What a document stands for, which is of a kind."""
    found = _value(document)
    if not isinstance(found, kind):
        raise TypeError(f"{document!r:.60} is no {kind.__name__.lower()}")
    return found


def _value(document: Any) -> Any:
    if not isinstance(document, Mapping) or "is" not in document:
        return document
    made = _TYPES[document["is"]]
    tuples = {each.name for each in fields(made) if str(each.type).startswith("tuple")}
    given = {
        name: tuple(value) if name in tuples else _value(value) for name, value in document.items() if name != "is"
    }
    return made(**given)
