"""Schemas of later drafts in draft 4, held against jsonschema: an instance is valid by both or by none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from openapi_spec_validator import validate as validate_openapi

from keyflow.dsl.draft4 import beyond, draft4, untranslatable
from keyflow.dsl.schemas import problems
from keyflow.http.schemas import PLACE, add_schema
from tests.drawing import examples

NAMES = ("a", "b", "c")
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
WORDS_OF_OPENAPI = {
    *("title", "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems"),
    *("uniqueItems", "maxProperties", "minProperties", "required", "enum", "type", "not", "allOf", "oneOf", "anyOf"),
    *("items", "properties", "additionalProperties", "description", "format", "default", "example", "$ref"),
}

WORDS = sorted(
    {*WORDS_OF_OPENAPI, "const", "exclusiveMinimum", "exclusiveMaximum", "if", "then", "else", "contains", "examples"}
    | {"dependentRequired", "dependentSchemas", "dependencies", "$defs", "definitions", "nullable", "deprecated"}
)

names_or_words = st.sampled_from((*NAMES, *WORDS))
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.5, 2.5])
plain = st.none() | st.booleans() | numbers | st.sampled_from(["", "a", "ab", "abc"])
instances = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
names = st.lists(st.sampled_from(NAMES), unique=True, max_size=2)


def schemas_around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    by_name = st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), unique=True, max_size=3),
            "const": plain,
            "enum": st.lists(plain, max_size=3),
            "required": names,
            "minimum": numbers,
            "maximum": numbers,
            "exclusiveMinimum": numbers,
            "exclusiveMaximum": numbers,
            "minLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "properties": by_name,
            "additionalProperties": inner,
            "items": inner,
            "contains": inner,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "dependentRequired": st.dictionaries(st.sampled_from(NAMES), names, max_size=2),
            "dependentSchemas": by_name,
            "examples": st.lists(plain, max_size=2),
            "$comment": st.just("why"),
            "$ref": st.sampled_from(["#/$defs/a", "#/$defs/b~1c"]),
        },
    )


leaf_schemas = st.booleans() | st.fixed_dictionaries(
    {}, optional={"type": st.sampled_from(TYPES), "const": plain, "$ref": st.just("#/$defs/a")}
)
inner_schemas = st.recursive(leaf_schemas, schemas_around, max_leaves=4)
definitions = st.fixed_dictionaries(
    {"a": leaf_schemas.filter(lambda each: "$ref" not in str(each)), "b/c": leaf_schemas}
)
schemas = st.builds(lambda schema, defs: {**schema, "$defs": defs}, schemas_around(inner_schemas), definitions)


def translated(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as a document has it, with the others that it needs."""
    held: dict[str, Any] = {}
    name = add_schema(schema, "Root", held)
    return {"$ref": PLACE + name, "components": {"schemas": held}}


def words(schema: Any) -> set[str]:
    """The words of a schema of draft 4 and of those in it."""
    found: set[str] = set()
    if isinstance(schema, dict):
        for word, each in schema.items():
            found.add(word)
            if word == "properties":
                found |= {inner for value in each.values() for inner in words(value)}
            elif word in ("allOf", "anyOf", "oneOf"):
                found |= {inner for value in each for inner in words(value)}
            elif word in ("not", "items", "additionalProperties"):
                found |= words(each)
    return found


@settings(max_examples=examples(300), deadline=None)
@given(schemas, st.lists(instances, min_size=1, max_size=8))
def test_an_instance_is_valid_by_both_or_by_none(schema: dict[str, Any], given_instances: list[Any]) -> None:
    assert list(problems(schema, "it")) == []
    assert list(untranslatable(schema, "it")) == []
    made = translated(schema)
    for each in made["components"]["schemas"].values():
        assert words(each) <= WORDS_OF_OPENAPI
        assert list(beyond(each)) == []
        Draft4Validator.check_schema(each)
    for instance in given_instances:
        wanted = Draft202012Validator(schema).is_valid(instance)
        assert Draft4Validator(made).is_valid(instance) == wanted, (schema, made, instance)


anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names_or_words, inner, max_size=2)
)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), plain | anything, min_size=1, max_size=3))
def test_a_schema_is_translated_or_has_a_problem(schema: dict[str, Any]) -> None:
    """Whatever stands in it: what has no problem is a schema of draft 4 afterwards."""
    if not [*problems(schema, "it"), *untranslatable(schema, "it")]:
        for each in translated(schema)["components"]["schemas"].values():
            Draft4Validator.check_schema(each)
    assert isinstance(list(beyond(schema)), list)


def test_a_schema_may_hold_itself() -> None:
    schema = {"required": ["n"], "properties": {"n": {"const": 1}, "next": {"$ref": "#", "title": "t"}}}
    validator = Draft4Validator(translated(schema))
    assert validator.is_valid({"n": 1, "next": {"n": 1}})
    assert not validator.is_valid({"n": 1, "next": {"n": 2}})
    assert not validator.is_valid({"n": 1, "next": {"n": 1, "next": {}}})


OLDER: list[tuple[Any, list[Any], list[Any]]] = [
    ({"minimum": 2, "exclusiveMinimum": True}, [3, 2.5, "x"], [2, 1]),
    ({"maximum": 2, "exclusiveMaximum": True, "type": "integer"}, [1], [2, 3]),
    ({"minimum": 2, "exclusiveMinimum": False}, [2], [1]),
    ({"dependencies": {"a": ["b"]}}, [{}, {"a": 1, "b": 1}, 5], [{"a": 1}]),
    ({"dependencies": {"a": {"required": ["b"]}}}, [{}, {"a": 1, "b": 1}, 5], [{"a": 1}]),
    ({"definitions": {"x": {"type": "string"}}, "items": {"$ref": "#/definitions/x"}}, [["a"], []], [[1]]),
    ({"type": ["string", "null"], "minLength": 2}, [None, "ab"], ["a", 5]),
    ({"required": []}, [{}], []),
    ({"enum": [1, 1.0, True, True, {"a": 1}, {"a": 1}]}, [1, True, {"a": 1}], [0, False]),
]


@pytest.mark.parametrize(("schema", "valid", "invalid"), OLDER)
def test_what_older_drafts_say(schema: Any, valid: list[Any], invalid: list[Any]) -> None:
    assert list(untranslatable(schema, "it")) == []
    validator = Draft4Validator(translated(schema))
    assert [each for each in valid if not validator.is_valid(each)] == []
    assert [each for each in invalid if validator.is_valid(each)] == []


MISSHAPEN: list[Any] = [
    {"minLength": -1},
    {"maxItems": True},
    {"multipleOf": 0},
    {"minimum": "1"},
    {"enum": 5},
    {"$defs": 5},
    {"if": 5},
    {"not": None},
    {"$ref": 5},
    {"allOf": []},
    {"uniqueItems": 1},
    {"exclusiveMinimum": "x"},
    {"dependencies": {"a": 5}},
    {"dependentRequired": {"a": 5}},
    {"dependentRequired": {"a": [1]}},
    {"dependencies": {"a": [1]}},
    {"properties": {"a": {"items": {"required": [1]}}}},
]


@pytest.mark.parametrize("schema", MISSHAPEN, ids=str)
def test_what_is_no_schema_of_any_draft(schema: Any) -> None:
    assert [*problems(schema, "it"), *untranslatable(schema, "it")]


IMPOSSIBLE: list[tuple[Any, str]] = [
    ({"prefixItems": [{}]}, "'prefixItems'"),
    ({"items": [{}, {}]}, "'items'"),
    ({"additionalItems": False}, "'additionalItems'"),
    ({"unevaluatedProperties": False}, "'unevaluatedProperties'"),
    ({"unevaluatedItems": False}, "'unevaluatedItems'"),
    ({"patternProperties": {"^x": {}}}, "'patternProperties'"),
    ({"propertyNames": {"pattern": "x"}}, "'propertyNames'"),
    ({"contains": {}, "minContains": 2}, "'minContains'"),
    ({"type": "string", "nullable": True}, "'nullable'"),
    ({"properties": {"x": {"$id": "y"}}}, "'$id'"),
    ({"properties": {"x": {"$defs": {}}}}, "'$defs' of its own"),
    ({"$ref": "#/$defs/none"}, "'#/$defs/none', where nothing is"),
    ({"$ref": "https://example.com/schema"}, "where nothing is"),
    ({"$ref": "#/properties/x"}, "where nothing is"),
    ({"anyOf": [{"wibble": 1}]}, "'wibble'"),
    ({"if": {"prefixItems": []}}, "'prefixItems'"),
]


@pytest.mark.parametrize(("schema", "problem"), IMPOSSIBLE)
def test_what_draft_4_cannot_say(schema: Any, problem: str) -> None:
    assert problem in next(untranslatable(schema, "it"))[0]


def test_a_schema_of_draft_4_stays_as_it_is() -> None:
    schema = {
        "title": "Order",
        "type": "object",
        "required": ["id"],
        "additionalProperties": False,
        "x-note": "n",
        "properties": {"id": {"type": "string", "minLength": 1, "example": "a"}, "n": {"oneOf": [{"enum": [1]}]}},
    }
    made = draft4(schema, str)
    assert made == schema
    assert list(made) == list(schema)


def test_definitions_become_schemas_of_the_document_and_never_share_a_name() -> None:
    def tree(kind: str) -> dict[str, Any]:
        leaf = {"$ref": "#/$defs/leaf-node"}
        return {
            "title": "Tree",
            "$defs": {"leaf-node": {"type": kind}},
            "properties": {"leaf": leaf, "next": {"$ref": "#"}},
        }

    held: dict[str, Any] = {}
    assert [add_schema(tree(kind), "X", held) for kind in ("string", "string", "boolean")] == ["Tree", "Tree", "Tree2"]
    assert sorted(held) == ["Tree", "Tree2", "Tree2Leafnode", "TreeLeafnode"]
    assert held["Tree2"]["properties"] == {
        "leaf": {"$ref": "#/components/schemas/Tree2Leafnode"},
        "next": {"$ref": "#/components/schemas/Tree2"},
    }
    validate_openapi(
        {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": held}}
    )
