"""A Task's resource and parameters, as the call that keyflow's own words make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keyflow.aws import Call, activity, function, http, resource, resource_of, service
from keyflow.aws.models import Shape
from keyflow.aws.resources import TASK_TOKEN, Integration, Resource
from keyflow.diagnostics import DefinitionError
from keyflow.dsl.expressions import Value
from keyflow.lazy import lazy_pattern


def call_of(arn: Any, parameters: Any) -> Call:
    """The call. One of a service's operation where the model admits it, else the resource by its ARN.

    Args:
        arn: The resource: text, or a parameter.
        parameters: The parameters with keyflow's values in them, or None where there are none.
    """
    found = resource_of(arn) if isinstance(arn, str) else Resource(arn=arn.deployed_text(), kind="other")
    if found.kind == "call" and found.integration is not None and isinstance(parameters, Mapping):
        call = _operation(found, found.integration, parameters)
        if call is not None and call.resource == arn:
            return call
    if found.kind == "function" or _FUNCTION.search(found.arn):
        return function(arn, parameters)
    if found.kind == "activity":
        return activity(arn, parameters)
    if found.kind == "endpoint" and isinstance(parameters, Mapping) and is_request(parameters):
        return http.invoke(**parameters)
    return resource(arn, parameters)


def is_request(parameters: Mapping[str, Any]) -> bool:
    """Whether `http.invoke` takes the parameters of a call to an endpoint."""
    try:
        http.invoke(**parameters)
    except (DefinitionError, TypeError):
        return False
    return True


_FUNCTION = lazy_pattern(r"^\$\{\w*(Function|Lambda)(Arn|ARN)?\}$")
"""Placeholders that are named after functions: the role is allowed to invoke them."""


def _operation(found: Resource, integration: Integration, parameters: Mapping[str, Any]) -> Call | None:
    """The operation called as in boto3; None where its model does not admit the parameters."""
    operation = getattr(service(integration.model.service.name), integration.operation)
    shape = integration.model.input
    written = {} if shape is None else _written(shape, parameters, integration, "")
    if not isinstance(written, Mapping):
        return None
    try:
        call: Any = operation(**written)
        if found.pattern == TASK_TOKEN:
            return _same(call.wait_for_task_token(), parameters)
        return _same(call.sync() if found.pattern else call, parameters)
    except (DefinitionError, TypeError):
        return None


def _same(call: Call, parameters: Mapping[str, Any]) -> Call | None:
    return call if _equal(call.parameters, parameters) else None


def _equal(first: Any, second: Any) -> bool:
    """Whether two templates are the same; values are when they are one object."""
    if isinstance(first, Value) or isinstance(second, Value):
        return first is second
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(_equal(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_equal, first, second))
    return type(first) is type(second) and bool(first == second)


def _written(shape: Shape, value: Any, integration: Integration, path: str) -> Any:
    """Parameters under the model's names; what has none keeps its own, and is refused."""
    is_json = re.sub(r"\[\d+\]", "[]", path) in integration.json_members
    if isinstance(value, Value) or shape.is_document or is_json:
        return value
    if shape.type == "structure" and isinstance(value, Mapping):
        names: dict[str, str] = {integration.spelling(name): name for name in shape.members}
        found: dict[str, Any] = {}
        for key, member in value.items():
            name = names.get(key)
            if name is None:
                found[key] = member
            else:
                inner = f"{path}.{name}" if path else name
                found[name] = _written(shape.members[name], member, integration, inner)
        return found
    if shape.type == "map" and isinstance(value, Mapping):
        return {key: _written(shape.element, member, integration, f"{path}.{key}") for key, member in value.items()}
    if shape.type == "list" and isinstance(value, list):
        return [_written(shape.element, member, integration, f"{path}[0]") for member in value]
    return value
