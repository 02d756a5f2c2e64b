"""JSON Schemas as API Gateway holds bodies to them: draft 4, in the words that OpenAPI 3.0 has for it.

What later drafts say and draft 4 can say otherwise is translated, so that the same bodies are valid; the rest is a
problem. `exclusiveMinimum` and its like are among the first: API Gateway does not support them in either form.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html,
https://spec.openapis.org/oas/v3.0.3#schema-object, https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.dsl.schemas import Problem
from keyflow.lazy import lazy_pattern

Referred = Callable[[str], str]
"""The reference to write for a definition of the schema's own, by its name; `""` is the schema itself."""

DEFINITIONS = ("$defs", "definitions")
_KEPT = (
    *("title", "description", "default", "example", "externalDocs", "xml", "deprecated", "readOnly", "writeOnly"),
    *("format", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems"),
    *("uniqueItems", "minProperties", "maxProperties"),
)
_COMMENTS = ("$schema", "$comment", "contentEncoding", "contentMediaType", "contentSchema")
"""Words by which no body is valid or not."""
_LISTS = ("allOf", "anyOf", "oneOf")
_ONE = ("not", "additionalProperties", "items")
_OWN = (*_KEPT, *_LISTS, *_ONE, "type", "enum", "required", "properties", "$ref")
"""Words of draft 4 that OpenAPI has."""
_TRANSLATED: Mapping[str, str] = {
    "const": "enum with the one value",
    "exclusiveMinimum": "minimum, and not: {enum: [...]}",
    "exclusiveMaximum": "maximum, and not: {enum: [...]}",
    "examples": "example",
    "if": "anyOf",
    "then": "anyOf",
    "else": "anyOf",
    "dependentRequired": "anyOf",
    "dependentSchemas": "anyOf",
    "dependencies": "anyOf",
    "contains": "not: {items: {not: ...}}",
    **dict.fromkeys(DEFINITIONS, "a schema under components/schemas"),
}
"""Words that are said otherwise, and how."""
_ONE_FOR_ALL = "items is one schema for all items"
_IMPOSSIBLE: Mapping[str, str | None] = {
    "prefixItems": f"{_ONE_FOR_ALL}: send an object with a member for each",
    "additionalItems": _ONE_FOR_ALL,
    "unevaluatedItems": _ONE_FOR_ALL,
    "unevaluatedProperties": "write additionalProperties, with all members in one schema",
    "patternProperties": "write additionalProperties, with one schema for all other members",
    "propertyNames": "name the members in properties, and write additionalProperties: False",
    "minContains": None,
    "maxContains": None,
    "discriminator": "leave it out: anyOf alone decides what is valid",
    "nullable": "write 'type': ['string', 'null']",
    "id": "leave it out: references lead to $defs",
    "$id": "leave it out: references lead to $defs",
    "$anchor": "refer to #/$defs/<name>",
    "$dynamicRef": "refer to #/$defs/<name> with $ref",
    "$dynamicAnchor": "refer to #/$defs/<name>",
    "$recursiveRef": "refer to # with $ref",
    "$recursiveAnchor": "refer to # with $ref",
    "$vocabulary": None,
}
"""Words that nothing of draft 4 says, and what to write."""
_SHAPES: Mapping[str, tuple[tuple[type, ...], tuple[str, ...]]] = {
    "an object": (
        (Mapping,),
        ("properties", "dependentRequired", "dependentSchemas", "dependencies", *DEFINITIONS),
    ),
    "a list": ((list, tuple), (*_LISTS, "enum", "required", "examples")),
    "a number": ((int, float), ("minimum", "maximum", "multipleOf")),
    "a number, or true or false": ((int, float, bool), ("exclusiveMinimum", "exclusiveMaximum")),
    "a whole number": ((int,), ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")),
    "text": ((str,), ("$ref", "pattern", "format", "title", "description")),
    "true or false": ((bool,), ("uniqueItems", "nullable", "deprecated", "readOnly", "writeOnly")),
}
"""What the values of words are, by what a message calls it."""
_REFERENCE = lazy_pattern(r"#|#/(?:\$defs|definitions)/([^/]+)|#/components/schemas/[^/]+")


def untranslatable(schema: Any, where: str) -> Iterator[Problem]:
    """What draft 4 cannot say of a schema; `where` is what it is called in messages."""
    defined = {name for word in DEFINITIONS if isinstance(schema.get(word), Mapping) for name in schema[word]}
    yield from _untranslatable(schema, where, defined, at_top=True)


def beyond(schema: Any) -> Iterator[tuple[str, str | None]]:
    """The words of a schema as it is written that API Gateway does not know, each with what to write instead."""
    if not isinstance(schema, Mapping):
        return
    for word, value in schema.items():
        if word in _IMPOSSIBLE and not (word == "nullable" and value is False):
            yield word, _IMPOSSIBLE[word]
        elif word in _TRANSLATED and not (word in ("exclusiveMinimum", "exclusiveMaximum") and value is False):
            yield word, f"write {_TRANSLATED[word]}"
        elif word == "items" and isinstance(value, list | tuple):
            yield word, _ONE_FOR_ALL
    for _word, each in _schemas_in(schema):
        yield from beyond(each)


def draft4(schema: Any, referred: Referred) -> JSON:
    """The schema in draft 4: an instance is valid by both or by none, but that 1.0 is no integer of draft 4.

    Args:
        schema: One without problems: see `untranslatable`. Its own definitions are left out.
        referred: How to refer to these.
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    written: dict[str, JSON] = {}
    for word, value in schema.items():
        match word:
            case _ if word in _LISTS:
                written[word] = [draft4(each, referred) for each in value]
            case "properties":
                written[word] = {name: draft4(each, referred) for name, each in value.items()}
            case "additionalProperties" if isinstance(value, bool):
                written[word] = value
            case _ if word in _ONE:
                written[word] = draft4(value, referred)
            case "$ref" if len(schema.keys() - {*DEFINITIONS, *_COMMENTS}) == 1:
                written[word] = _reference(value, referred)
            case "required" | "enum" if value:
                written[word] = _unique(value)
            case "type" if isinstance(value, str) and value != "null":
                written[word] = value
            case "examples":
                written.update({"example": value[0]} if value and "example" not in schema else {})
            case _ if word in _KEPT or str(word).startswith("x-"):
                written[word] = value
    for said in _said_otherwise(schema, referred):
        _add(written, said)
    return written


def _unique(values: Iterable[Any]) -> list[JSON]:
    """Each value once, as draft 4 demands it: `true` is another one than 1, and 1.0 is the same."""
    found: dict[str, JSON] = {}
    for value in values:
        whole = isinstance(value, float) and value.is_integer()
        found.setdefault(json.dumps(int(value) if whole else value, sort_keys=True), value)
    return list(found.values())


def _add(written: dict[str, JSON], said: dict[str, JSON]) -> None:
    """Adds what a body must satisfy as well."""
    if written.keys() & said.keys() or "$ref" in said:
        written["allOf"] = [*written.get("allOf", ()), said]
    else:
        written |= said


def _said_otherwise(schema: Mapping[str, Any], referred: Referred) -> Iterator[dict[str, JSON]]:
    """What words that draft 4 does not have demand, each as a schema of its own."""
    if "$ref" in schema and len(schema.keys() - {*DEFINITIONS, *_COMMENTS}) > 1:
        yield {"$ref": _reference(schema["$ref"], referred)}
    kinds = schema.get("type", "any")
    if isinstance(kinds, list | tuple) or kinds == "null":
        yield _of_kinds([kinds] if isinstance(kinds, str) else kinds)
    if "const" in schema:
        yield {"enum": [schema["const"]]}
    if schema.get("enum") in ([], ()):
        yield {"not": {}}
    yield from _exclusive(schema)
    yield from _conditions(schema, referred)
    if "contains" in schema:
        without = {"items": {"not": draft4(schema["contains"], referred)}}
        yield {"anyOf": [{"not": {"type": "array"}}, {"not": without}]}


def _of_kinds(kinds: Any) -> dict[str, JSON]:
    """OpenAPI has one type for a schema, and not `null`."""
    each: list[JSON] = [{"enum": [None]} if kind == "null" else {"type": kind} for kind in dict.fromkeys(kinds)]
    if len(each) == 1:
        return dict(each[0])
    return {"anyOf": each} if each else {"not": {}}


def _exclusive(schema: Mapping[str, Any]) -> Iterator[dict[str, JSON]]:
    """Draft 4's exclusive limits, written as inclusive limits and a ban on the limit itself."""
    for word, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        given = schema.get(word, False)
        bound = schema.get(limit) if given is True else given
        if bound is None or bound is False:
            continue
        if schema.get("type") == "integer":
            yield {limit: math.floor(bound) + 1 if limit == "minimum" else math.ceil(bound) - 1}
        else:
            yield {limit: bound, "not": {"enum": [bound]}}


def _conditions(schema: Mapping[str, Any], referred: Referred) -> Iterator[dict[str, JSON]]:
    """What is demanded of some bodies only."""
    if "if" in schema:
        condition = draft4(schema["if"], referred)
        then, otherwise = (draft4(schema.get(word, True), referred) for word in ("then", "else"))
        yield {"anyOf": [{"allOf": [condition, then]}, {"allOf": [{"not": condition}, otherwise]}]}
    for word in ("dependentRequired", "dependentSchemas", "dependencies"):
        for member, demanded in schema.get(word, {}).items():
            is_absent: JSON = {"not": {"required": [member]}}
            if not isinstance(demanded, list | tuple):
                is_other: JSON = {"not": {"type": "object"}}
                yield {"anyOf": [is_other, is_absent, draft4(demanded, referred)]}
            elif demanded:
                yield {"anyOf": [is_absent, {"required": _unique(demanded)}]}


def _reference(target: str, referred: Referred) -> str:
    found = _REFERENCE.fullmatch(target)
    if target.startswith("#/components/") or found is None:
        return target
    return referred(_named(found[1]) if found[1] else "")


def _named(part: str) -> str:
    """The name that a part of a JSON pointer spells."""
    return part.replace("~1", "/").replace("~0", "~")


def _untranslatable(schema: Any, where: str, defined: set[str], *, at_top: bool) -> Iterator[Problem]:
    if not isinstance(schema, Mapping):
        if not isinstance(schema, bool):
            yield f"{where} is no schema: {schema!r}", None
        return
    yield from _misshapen(schema, where)
    for word, value in schema.items():
        if word in _IMPOSSIBLE and not (word == "nullable" and value is False):
            yield f"{where} has {word!r}, which API Gateway does not know", _IMPOSSIBLE[word]
        elif word == "items" and isinstance(value, list | tuple):
            yield f"'items' of {where} is a list, which API Gateway does not know", _ONE_FOR_ALL
        elif word in DEFINITIONS and not at_top:
            yield f"{where} has {word!r} of its own", "write it at the top of the schema"
        elif word not in (*_OWN, *_TRANSLATED, *_COMMENTS, "nullable") and not str(word).startswith("x-"):
            yield f"{where} has {word!r}, which means nothing to a schema", "leave it out, or call it x-..."
    target = schema.get("$ref")
    found = _REFERENCE.fullmatch(target) if isinstance(target, str) else None
    if target is not None and (found is None or (found[1] and _named(found[1]) not in defined)):
        yield f"'$ref' of {where} leads to {target!r}, where nothing is", "refer to #/$defs/<name>"
    for word, each in _schemas_in(schema):
        yield from _untranslatable(each, f"{word} of {where}", defined, at_top=False)


def _misshapen(schema: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Words whose values are of another kind than theirs."""
    for shape, (kinds, words) in _SHAPES.items():
        for word in (word for word in words if word in schema):
            value = schema[word]
            has_shape = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
            if not has_shape:
                yield f"{word!r} of {where} is {shape}, not {value!r}", None
            elif word in _LISTS and not value:
                yield f"{word!r} of {where} is a list of schemas, not an empty one", None
            elif (kinds == (int,) and value < 0) or (word == "multipleOf" and value <= 0):
                yield f"{word!r} of {where} is less than nothing: {value!r}", None
    for word in ("dependentRequired", "dependencies"):
        held = schema.get(word)
        for name, demanded in held.items() if isinstance(held, Mapping) else ():
            is_list = isinstance(demanded, list | tuple)
            if (word == "dependentRequired" and not is_list) or (is_list and not _are_names(demanded)):
                yield f"{name!r} of {word!r} of {where} is a list of names, not {demanded!r}", None


def _are_names(values: Iterable[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _schemas_in(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The schemas that a schema holds, each with the word or the name before it."""
    for word in ("properties", "dependentSchemas", "dependencies", *DEFINITIONS):
        held = schema.get(word)
        for name, each in held.items() if isinstance(held, Mapping) else ():
            if word != "dependencies" or not isinstance(each, list | tuple):
                yield repr(name), each
    for word in _LISTS:
        held = schema.get(word)
        yield from ((repr(word), each) for each in held) if isinstance(held, list | tuple) else ()
    for word in (*_ONE, "if", "then", "else", "contains"):
        if word in schema and not (word == "items" and isinstance(schema[word], list | tuple)):
            yield repr(word), schema[word]
