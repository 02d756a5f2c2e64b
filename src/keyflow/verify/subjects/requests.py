"""Requests that a caller could send, and the input that API Gateway makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.diagnostics import CheckError, Diagnostic
from keyflow.http.gateway import Gateway, Request
from keyflow.verify.world.results import LAST_INDEX, SAMPLE_ITEMS

HEADERS = {"Content-Type": "application/json"}
_LONGEST = 10_000
"""Characters of samples at most: a schema may name any number."""


def sample_request(schema: Mapping[str, Any] | None, path_parameters: Iterable[str]) -> Request:
    """A request whose body the schema allows."""
    body = {} if schema is None else sample_of_schema(schema, "body")
    path = {name: f"path-{name}" for name in path_parameters}
    return Request(json.dumps(body), path, {}, HEADERS)


def sample_context(variables: Iterable[tuple[str, ...]]) -> Mapping[str, Any]:
    """What API Gateway, and an authorizer that lets the caller pass, could say of a request."""
    context: dict[str, Any] = {}
    for keys in variables:
        inside = context
        for key in keys[:-1]:
            inside = inside.setdefault(key, {})
        inside[keys[-1]] = f"context-{'-'.join(keys)}"
    return context


def execution_input(gateway: Gateway, request: Request, context: Mapping[str, Any] | None = None) -> JSON:
    """The input of the execution that the integration starts for a request.

    Raises:
        CheckError: KF105, what the integration sends starts no execution.
    """
    sent = gateway.sent(request, context)
    try:
        return json.loads(json.loads(sent)["input"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"the request template sends what starts no execution ({error}): {sent.strip()}"
        raise CheckError(Diagnostic("KF105", message, hint="its input is JSON inside a JSON string")) from error


def sample_of_schema(schema: Mapping[str, Any], label: str) -> JSON:
    """A small value that a JSON Schema allows: its example, or an object with its required members only."""
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {
                name: sample_of_schema(properties.get(name, {}), f"{label}.{name}")
                for name in schema.get("required", ())
            }
        case "array":
            fewest = min(schema.get("minItems", 1), LAST_INDEX)
            length = max(fewest, min(SAMPLE_ITEMS, schema.get("maxItems", SAMPLE_ITEMS)))
            return [sample_of_schema(schema.get("items", {}), f"{label}[{index}]") for index in range(length)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return label.ljust(min(schema.get("minLength", 0), _LONGEST), "x")[: schema.get("maxLength")]
