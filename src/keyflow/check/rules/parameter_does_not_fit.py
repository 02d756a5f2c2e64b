"""A call is given what its service does not take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from keyflow.asl.fields import is_expression
from keyflow.aws import Integration
from keyflow.aws.models import Shape
from keyflow.aws.naming import member_name
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.check.service_names import calls_in
from keyflow.diagnostics import did_you_mean, nearest


def check(definition: Definition) -> Iterator[Finding]:
    """Parameters and Arguments against botocore's models."""
    for state, resource in calls_in(definition):
        field = "Arguments" if state.language == JSONATA else "Parameters"
        given, integration = state.document.get(field), resource.integration
        if not isinstance(given, dict) or is_substitution(given):
            continue
        if integration is not None and integration.model.input is not None:
            yield from _structure(integration, integration.model.input, given, state.at(field))


def _structure(integration: Integration, shape: Shape, given: dict[str, Any], path: Path) -> Iterator[Finding]:
    known = _members(integration, shape)
    names = {key.removesuffix(".$") for key in given}
    for key, value in given.items():
        name = key.removesuffix(".$")
        if name not in known:
            near = _nearest(name, known)
            hint = f"did you mean {near!r}?" if near is not None else f"it has {', '.join(sorted(known)[:12])}"
            label = f"{integration.model.service.name}:{integration.operation}"
            yield Finding((*path, key), f"{label} has no parameter {name!r}", hint, on_key=True)
        elif not key.endswith(".$"):
            yield from _value(integration, known[name], value, (*path, key))
    meant = {_nearest(name, known) for name in names if name not in known}
    for name in map(integration.spelling, shape.required):
        if name not in names and name not in meant:
            yield Finding(path, f"{integration.operation} needs the parameter {name}", on_key=True)


@lru_cache(maxsize=4096)
def _members(integration: Integration, shape: Shape) -> Mapping[str, Shape]:
    """What a structure takes, as the integration spells it."""
    return {integration.spelling(name): member for name, member in shape.members.items()}


def _nearest(name: str, known: Mapping[str, Shape]) -> str | None:
    """The right name: one that differs in the case of letters only, or is renamed, before one that resembles it."""
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
    elif shape.enum and isinstance(value, str) and value not in shape.enum and not is_expression(value):
        hint = did_you_mean(value, shape.enum) or f"one of {', '.join(shape.enum[:8])}"
        yield Finding(path, f"{path[-1]} cannot be {value!r}", hint)


RULE = Rule(
    code="KF838",
    title="A call is given what its service does not take",
    why=(
        "Step Functions refuses a parameter that the API does not have, or a call without one that it needs. "
        "Parameters are spelt in PascalCase, whatever the API's own case."
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
