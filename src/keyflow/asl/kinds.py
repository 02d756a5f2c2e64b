"""Why a value is none that a field of the language takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.asl.fields import JSON, MOMENT_PATTERN

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def is_nested(schema: Any) -> bool:
    """Whether a field holds records of their own, which are looked at as such."""
    return isinstance(schema, dict) and ("$ref" in schema or "$ref" in str(schema.get("items", "")))


def mismatch(schema: Any, value: JSON) -> str | None:
    """Why a value is none that a field's schema allows, as the end of a sentence; None where it is one.

    The table uses a small part of JSON Schema, which is answered here: its library takes a hundred times as long.
    """
    if schema is True or "$ref" in schema:
        return None
    if "anyOf" in schema:
        return _alternatives_mismatch(schema["anyOf"], value)
    if "enum" in schema:
        return None if value in schema["enum"] else f"must be one of {', '.join(map(str, schema['enum']))}"
    if "type" in schema and not _is_of_type(schema["type"], value):
        return _other_type(schema)
    match value:
        case bool():
            return None
        case int() | float():
            return _number_mismatch(schema, value)
        case str():
            return _text_mismatch(schema, value)
        case list():
            return _list_mismatch(schema, value)
        case _:
            return None


def _alternatives_mismatch(alternatives: Iterable[Any], value: JSON) -> str | None:
    reasons = [mismatch(each, value) for each in alternatives]
    return None if None in reasons else reasons[0]


def _other_type(schema: Any) -> str:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return f"must be {' or '.join(_ARTICLES[name] for name in names)}{_range(schema)}"


def _number_mismatch(schema: Any, value: float) -> str | None:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return None if low <= value <= high else f"must be {_ARTICLES[_name(schema)]}{_range(schema)}"


def _list_mismatch(schema: Any, value: list[Any]) -> str | None:
    if len(value) < schema.get("minItems", 0):
        return "must not be empty"
    if any(mismatch(schema.get("items", True), each) is not None for each in value):
        return f"must hold {_name(schema.get('items', {}))}s only"
    return None


def _text_mismatch(schema: Any, value: str) -> str | None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return f"must have {schema.get('minLength', 0)} to {schema.get('maxLength', 'any number of')} characters"
    pattern = schema.get("pattern")
    if pattern is not None and re.search(pattern, value) is None:
        return _PATTERNS.get(pattern, f"must match {pattern}")
    return None


_PATTERNS: Mapping[str, str] = {
    r"^\$": "must be a path, which begins with $",
    r"^(\$|States\.)": "must be a path, which begins with $, or an intrinsic function",
    MOMENT_PATTERN: "must be a timestamp with its zone: 2026-01-31T12:00:00Z",
}
_ARTICLES: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


def _name(schema: Any) -> str:
    name = schema.get("type", "number") if isinstance(schema, dict) else "value"
    return str(name[0] if isinstance(name, list) else name)


def _range(schema: Any) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def _is_of_type(names: Any, value: JSON) -> bool:
    for name in names if isinstance(names, list) else [names]:
        if isinstance(value, bool):
            if name == "boolean":
                return True
        elif isinstance(value, _TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer()):
            return True
    return False
