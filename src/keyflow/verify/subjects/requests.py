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


def sample_of_schema(schema: Mapping[str, Any], label: str, index: int = 0) -> JSON:
    """A small value that a JSON Schema allows: its example, or an object with its required members only.

    Samples of one schema differ by their `index`, as far as the schema lets them: two items of an array that were alike
    would stand for one thing.
    """
    if "const" in schema:
        return schema["const"]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][index % len(schema[key])]
    for key in ("example", "default"):
        if key in schema:
            return _another(schema[key], schema, index)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {
                name: sample_of_schema(properties.get(name, {}), f"{label}.{name}", index)
                for name in schema.get("required", ())
            }
        case "array":
            fewest = min(schema.get("minItems", 1), LAST_INDEX)
            length = max(fewest, min(SAMPLE_ITEMS, schema.get("maxItems", SAMPLE_ITEMS)))
            return [sample_of_schema(schema.get("items", {}), f"{label}[{each}]", each) for each in range(length)]
        case "integer" | "number":
            return _another(schema.get("minimum", 1), schema, index)
        case "boolean":
            return index % 2 == 0
        case "null":
            return None
        case _:
            return _text(label.ljust(min(schema.get("minLength", 0), _LONGEST), "x"), schema, index)


def _another(sample: JSON, schema: Mapping[str, Any], index: int) -> JSON:
    """A sample that is not the first one: a number that is larger, a text with its index at the end."""
    match sample:
        case bool():
            return sample
        case int() | float() if sample + index <= schema.get("maximum", sample + index):
            return sample + index
        case str() if index:
            return _text(f"{sample}{index}", schema, index)
        case _:
            return sample


def _text(text: str, schema: Mapping[str, Any], index: int) -> str:
    """A text that is as short as the schema wants it; where it is cut, its index stays at the end."""
    longest = schema.get("maxLength")
    if longest is None or len(text) <= longest:
        return text
    end = str(index) if index else ""
    return f"{text[: max(0, longest - len(end))]}{end}"[:longest]
