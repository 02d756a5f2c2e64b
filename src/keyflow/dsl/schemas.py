"""What is wrong with a JSON Schema that a route is given: API Gateway refuses it, or holds a body to something else.

Source: https://json-schema.org/draft-04/json-schema-validation, the draft of
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.diagnostics import nearest

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SCHEMAS = ("properties", "patternProperties", "definitions")
_LISTS = ("allOf", "anyOf", "oneOf")
_ONE = ("items", "additionalProperties", "not", "additionalItems")
_LATER_SCHEMAS, _LATER_ONE = ("$defs", "dependentSchemas", "dependencies"), ("if", "then", "else", "contains")
"""Words of later drafts that hold schemas by name, or one; in `dependencies`, a list is one of names."""
_WORDS = (
    *(*_SCHEMAS, *_LISTS, *_ONE, "type", "required", "enum", "format", "pattern", "title", "description", "default"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "dependencies"),
)
_OF_LATER_DRAFTS = (
    *("propertyNames", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas"),
    "prefixItems",
)
"""Words that are near to others, and no slips of them."""
_OF_OPENAPI = ("deprecated", "discriminator", "example", "externalDocs", "nullable", "readOnly", "writeOnly", "xml")
"""Words that OpenAPI adds. Source: https://spec.openapis.org/oas/v3.0.3#schema-object"""

_OF_PYTHON: Mapping[str, str] = {
    "bool": "boolean",
    "dict": "object",
    "float": "number",
    "int": "integer",
    "list": "array",
    "str": "string",
}

Problem = tuple[str, str | None]
"""What is wrong, and what to write."""


def problems(schema: Any, where: str) -> Iterator[Problem]:
    """The problems of a schema; `where` is what it is called in messages."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        hint = f"write {{'type': {schema!r}}}" if schema in TYPES else None
        yield f"{where} is no schema: {schema!r}", hint
        return
    for word in schema:
        is_known = word in (*_WORDS, *_OF_LATER_DRAFTS, *_OF_OPENAPI) or str(word).startswith("x-")
        near = None if is_known else nearest(word, _WORDS)
        if near is not None and near not in schema:
            yield f"{where} has {word!r}, which means nothing to a schema", f"did you mean {near!r}?"
    yield from _types(schema, where)
    required = schema.get("required", [])
    if not isinstance(required, list | tuple) or not all(isinstance(name, str) for name in required):
        hint = f"write 'required': [{required!r}]" if isinstance(required, str) else None
        yield f"'required' of {where} is a list of names, not {required!r}", hint
    yield from _inside(schema, where)


def _types(schema: Mapping[str, Any], where: str) -> Iterator[Problem]:
    given = schema.get("type", [])
    for kind in given if isinstance(given, list | tuple) else (given,):
        if kind not in TYPES:
            near = _OF_PYTHON.get(str(kind)) or nearest(kind, TYPES)
            hint = f"did you mean {near!r}?" if near else f"one of {', '.join(TYPES)}"
            yield f"{where} has the type {kind!r}, which JSON does not have", hint


def _inside(schema: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for word in _SCHEMAS:
        held = schema.get(word, {})
        if not isinstance(held, Mapping):
            yield f"{word!r} of {where} is an object of schemas, not {held!r}", None
            continue
        for name, each in held.items():
            yield from problems(each, f"{name!r} of {where}")
    for word in _LATER_SCHEMAS:
        held = schema.get(word)
        for name, each in held.items() if isinstance(held, Mapping) else ():
            if word != "dependencies" or not isinstance(each, list | tuple):
                yield from problems(each, f"{name!r} of {where}")
    for word in _LISTS:
        held = schema.get(word, [])
        for each in held if isinstance(held, list | tuple) else ():
            yield from problems(each, f"{word!r} of {where}")
    for word in (*_ONE, *_LATER_ONE):
        held = schema.get(word, True)
        if not isinstance(held, bool | list | tuple):
            yield from problems(held, f"{word!r} of {where}")
