"""A call is given what its service does not take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from keyflow.asl.fields import is_expression
from keyflow.aws import Integration, Resource
from keyflow.aws.models import Shape
from keyflow.aws.naming import member_name
from keyflow.aws.own_parameters import OwnParameters, own_parameters
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.check.service_names import calls_in
from keyflow.dataclass import dataclass
from keyflow.diagnostics import did_you_mean, nearest


def check(definition: Definition) -> Iterator[Finding]:
    """Parameters and Arguments against botocore's models, and against the guide where no model has the action."""
    for state, resource in calls_in(definition):
        field = "Arguments" if state.language == JSONATA else "Parameters"
        given, own = state.known.get(field), own_parameters(_action(resource))
        integration = resource.integration
        shape = None if integration is None else integration.model.input
        if field not in state.document:
            needed = own.needed if own is not None else _needed(integration, shape)
            yield from _without(state, resource, field, needed)
        elif isinstance(given, dict) and not is_substitution(given):
            if own is not None:
                yield from _own(_action(resource), own, given, state.at(field))
            elif integration is not None and shape is not None:
                yield from _structure(integration, shape, given, state.at(field), outermost=True)
                yield from _payload(integration, given, state.at(field))


def _action(resource: Resource) -> str:
    """Service and action, as the table of the guide's own actions has them."""
    name = ":".join(resource.arn.split(":")[5:]).removesuffix(f".{resource.pattern}")
    return "" if resource.is_sdk else name


def _needed(integration: Integration | None, shape: Shape | None) -> tuple[str, ...]:
    if integration is None or shape is None:
        return ()
    return tuple(integration.spelling(name) for name in shape.required if name != integration.token)


def _without(state: State, resource: Resource, field: str, needed: tuple[str, ...]) -> Iterator[Finding]:
    """A call that is given nothing and needs something: "Parameters field is required for resource ARN"."""
    if needed and _is_unwritten(state, field):
        hint = f'write "{field}" with {", ".join(needed)}'
        yield Finding(state.at("Resource"), f"{resource.action or resource.arn} is called without {field}", hint)


def _is_unwritten(state: State, field: str) -> bool:
    """Whether the state has no field that was meant as this one: a misspelt one, or the other language's."""
    return all(key not in ("Arguments", "Parameters") and nearest(key, [field]) is None for key in state.document)


def _own(label: str, own: OwnParameters, given: dict[str, Any], path: Path) -> Iterator[Finding]:
    """The parameters of an action that only the guide describes."""
    known = own.required
    names = {key.removesuffix(".$") for key in given}
    for key, value in given.items():
        name = key.removesuffix(".$")
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near is not None else f"it has {', '.join(sorted(known)[:12])}"
            yield Finding((*path, key), f"{label} has no parameter {name!r}", hint, on_key=True)
        elif name in own.members and isinstance(value, dict):
            yield from _own(f"{label}: {name}", own.members[name], value, (*path, key))
        elif name in own.values and not key.endswith(".$"):
            yield from _one_of(own.values[name], value, (*path, key))
    meant = {nearest(name, known) for name in names if name not in known}
    for name in own.needed:
        if name not in names and name not in meant:
            yield Finding(path, f"{label} needs the parameter {name}", on_key=True)
    if own.one_of and names.isdisjoint(own.one_of) and meant.isdisjoint(own.one_of):
        yield Finding(path, f"{label} needs one of the parameters {' and '.join(own.one_of)}", on_key=True)


def _payload(integration: Integration, given: dict[str, Any], path: Path) -> Iterator[Finding]:
    payload = given.get("Payload")
    if integration.runs_code and isinstance(payload, int | float) and not isinstance(payload, bool):
        yield Finding((*path, "Payload"), "the Payload of a function cannot be a number", "put it into an object")


def _structure(
    integration: Integration, shape: Shape, given: dict[str, Any], path: Path, *, outermost: bool = False
) -> Iterator[Finding]:
    taken = _taken(integration, shape, outermost)
    names = {key.removesuffix(".$") for key in given}
    for key, value in given.items():
        name = key.removesuffix(".$")
        if name in taken.own:
            continue
        if name not in taken.members:
            near = _nearest(name, taken.members)
            hint = f"did you mean {near!r}?" if near is not None else f"it has {', '.join(sorted(taken.members)[:12])}"
            label = f"{integration.model.service.name}:{integration.operation}"
            is_sure = near is not None and near not in names and near.lower() == name.lower()
            fix = f"{near}{key[len(name) :]}" if is_sure else None
            yield Finding((*path, key), f"{label} has no parameter {name!r}", hint, on_key=True, fix=fix)
        elif name == key:
            yield from _value(integration, taken.members[name], value, (*path, key))
    missing = [name for name in taken.needed if name not in names]
    meant = {_nearest(name, taken.members) for name in names if name not in taken.members} if missing else ()
    for name in missing:
        if name not in meant:
            yield Finding(path, f"{integration.operation} needs the parameter {name}", on_key=True)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a structure takes, as the integration spells it: the service's members, those needed, the integration's."""

    members: Mapping[str, Shape]
    needed: tuple[str, ...]
    own: Collection[str]


@lru_cache(maxsize=16_384)
def _taken(integration: Integration, shape: Shape, outermost: bool) -> _Taken:
    members = {integration.spelling(name): member for name, member in shape.members.items()}
    if not outermost:
        return _Taken(members, tuple(map(integration.spelling, shape.required)), ())
    own = frozenset(map(integration.spelling, integration.own_members))
    return _Taken(members, _needed(integration, shape), own)


def _nearest(name: str, known: Mapping[str, Shape]) -> str | None:
    """The right name: a difference of case or a renaming comes before mere likeness."""
    renamed = member_name(name)
    alike = renamed if renamed in known else next((each for each in known if each.lower() == name.lower()), None)
    return alike if alike is not None else nearest(name, known)


def _value(integration: Integration, shape: Shape, value: Any, path: Path) -> Iterator[Finding]:
    if shape.is_document or is_substitution(value):
        return
    if shape.type == "structure" and isinstance(value, dict):
        yield from _structure(integration, shape, value, path)
    elif shape.type == "map" and isinstance(value, dict):
        for key, each in value.items():
            if not key.endswith(".$"):
                yield from _value(integration, shape.element, each, (*path, key))
    elif shape.type == "list" and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _value(integration, shape.element, each, (*path, index))
    elif shape.enum:
        yield from _one_of(shape.enum, value, path)


def _one_of(known: tuple[str, ...], value: Any, path: Path) -> Iterator[Finding]:
    if isinstance(value, str) and value not in known and not is_expression(value) and not is_substitution(value):
        hint = did_you_mean(value, known) or f"one of {', '.join(known[:8])}"
        yield Finding(path, f"{path[-1]} cannot be {value!r}", hint)


RULE = Rule(
    code="KF838",
    title="A call is given what its service does not take",
    why=(
        "Step Functions refuses a parameter that the API does not have, or a call without one that it needs. "
        "Parameters are spelt in PascalCase, whatever the API's own case. Idempotency tokens that a model demands are "
        "among what a call of the SDK needs; the optimized integrations fill them in."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
            "Parameters": {"name": "x"},
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
            "Parameters": {"Name": "x"},
            "End": True,
        }
    },
    source=f"{GUIDE}/supported-services-awssdk.html",
    check=check,
)
