"""keyflow's JSON Schema (draft 2020-12) of the States Language, read off the table in `states`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from keyflow.asl import states
from keyflow.asl.conditions import condition_schemas
from keyflow.asl.fields import JSON, QueryLanguage
from keyflow.asl.quotas import STATE_NAME_CHARACTERS
from keyflow.asl.records import TRANSITION, fields_of
from keyflow.asl.states import STATE_TYPES, StateMachine
from keyflow.asl.validator import is_of_type, validator
from keyflow.diagnostics import Diagnostic

_RECORDS: tuple[type[Any], ...] = (
    states.Retrier,
    states.Catcher,
    states.ProcessorConfig,
    states.ItemReader,
    states.ItemBatcher,
    states.ResultWriter,
    states.Branch,
    *STATE_TYPES.values(),
)
_ALTERNATIVES: dict[type[Any], list[list[str]]] = {
    states.Wait: [["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]],
    states.Map: [["ItemProcessor", "Iterator"]],
}
"""Fields of which exactly one is written."""
_AT_MOST_ONE: dict[type[Any], list[list[str]]] = {
    states.Map: [["ItemSelector", "Parameters"]],
}
"""Fields that are not written together."""
_SCOPES = ("Branches", "ItemProcessor", "Iterator")
"""Fields that hold states of their own, which speak the definition's language, whatever the state around them says.

Source: https://states-language.net/spec.html
"""
_TURNED = "JSONataInJSONPath"
"""States in JSONata that stand in a definition in JSONPath."""


@cache
def definition_schema() -> JSON:
    """The JSON Schema of a whole definition; JSONPath is the language where the definition names none."""
    definitions: dict[str, JSON] = {}
    for language in QueryLanguage:
        for cls in _RECORDS:
            definitions[f"{language.value}.{cls.__name__}"] = _record_schema(cls, language)
        definitions[f"{language.value}.States"] = _states_schema(language)
        definitions |= condition_schemas(language)
        definitions[f"{language.value}.StateMachine"] = _record_schema(StateMachine, language)
    for cls in STATE_TYPES.values():
        definitions[f"{_TURNED}.{cls.__name__}"] = _record_schema(cls, QueryLanguage.JSONATA, QueryLanguage.JSONPATH)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Amazon States Language",
        "if": _says(QueryLanguage.JSONATA),
        "then": {"$ref": "#/$defs/JSONata.StateMachine"},
        "else": {"$ref": "#/$defs/JSONPath.StateMachine"},
        "$defs": definitions,
    }


def _says(language: QueryLanguage) -> JSON:
    return {"type": "object", "properties": {"QueryLanguage": {"const": language.value}}, "required": ["QueryLanguage"]}


def _states_schema(language: QueryLanguage) -> JSON:
    state: JSON = _any_state(language.value)
    if language is QueryLanguage.JSONPATH:  # a single state may turn to JSONata, but not back
        state = {"if": _says(QueryLanguage.JSONATA), "then": _any_state(_TURNED), "else": state}
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"minLength": 1, "maxLength": STATE_NAME_CHARACTERS},
        "additionalProperties": {"type": "object", "required": ["Type"], **state},
    }


def _any_state(spoken: str) -> JSON:
    by_type = [
        {
            "if": {"properties": {"Type": {"const": name}}},
            "then": {"$ref": f"#/$defs/{spoken}.{cls.__name__}"},
        }
        for name, cls in STATE_TYPES.items()
    ]
    return {"properties": {"Type": {"enum": list(STATE_TYPES)}}, "allOf": by_type}


def _record_schema(cls: type[Any], language: QueryLanguage, inside: QueryLanguage | None = None) -> JSON:
    """`inside` is the language of the states in a record's scopes, where it is another."""
    properties: dict[str, JSON] = {}
    required: list[str] = []
    rules: list[JSON] = []
    if cls in STATE_TYPES.values():
        properties["Type"] = {"const": cls.type}
    for field in fields_of(cls).values():
        if not field.allowed_in(language):
            continue
        properties[field.key] = field.codec.schema((field.key in _SCOPES and inside) or language)
        if field.required:
            required.append(field.key)
        if field.path_key is not None and language is QueryLanguage.JSONPATH:
            properties[field.path_key] = {"type": "string", "pattern": r"^(\$|States\.)"}
            rules.append({"not": {"required": [field.key, field.path_key]}})
        if field.codec is TRANSITION:
            properties["End"] = {"type": "boolean"}
            ends = {"properties": {"End": {"const": True}}, "required": ["End"]}
            rules.append({"oneOf": [{"required": ["Next"]}, ends]})
    rules += [{"oneOf": [{"required": [key]} for key in keys]} for keys in _ALTERNATIVES.get(cls, [])]
    rules += [{"not": {"required": keys}} for keys in _AT_MOST_ONE.get(cls, [])]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
    }


@cache
def _definition() -> Callable[[JSON], bool]:
    return validator(definition_schema())


def is_valid(document: JSON) -> bool:
    """Whether a document is a definition by the schema."""
    return _definition()(document)


@cache
def keys_of_numbers() -> frozenset[str]:
    """The fields and operators that are given a number, true or false, and no text but an expression."""
    return frozenset(_numbers(definition_schema()))


def _numbers(schema: JSON) -> Iterator[str]:
    match schema:
        case dict():
            for key, inner in schema.get("properties", {}).items():
                match inner:
                    case {"type": kind} | {"anyOf": [{"type": kind}, *_]} if kind in ("integer", "number", "boolean"):
                        yield key
            for each in schema.values():
                yield from _numbers(each)
        case list():
            for each in schema:
                yield from _numbers(each)


_FILLED_IN = "what is put in between quotes stays text: write ${NAME} without them, or the value (--param NAME=VALUE)"


def _worded() -> Any:
    """The library's validator, which has words for what is wrong, with keyflow's types."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    names = ("string", "boolean", "number", "integer")
    own = {name: lambda _checker, value, name=name: is_of_type(value, name) for name in names}
    types = Draft202012Validator.TYPE_CHECKER.redefine_many(own)
    worded: Any = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return worded(definition_schema())


def validate(document: JSON) -> tuple[Diagnostic, ...]:
    """What the schema has against a definition, in document order; empty when it is valid."""
    if is_valid(document):
        return ()
    from jsonschema.exceptions import best_match

    diagnostics = []
    for error in _worded().iter_errors(document):
        cause = best_match([error]) or error
        place = "/".join(str(part) for part in cause.absolute_path) or "the document"
        hint = _FILLED_IN if isinstance(cause.instance, str) and "${" in cause.instance else None
        diagnostics.append(Diagnostic("KF102", f"{place}: {cause.message}", hint=hint))
    return tuple(diagnostics)
