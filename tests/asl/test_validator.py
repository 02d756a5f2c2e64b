"""The compiled schema says yes and no as jsonschema does, which words what is wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from keyflow import asl
from keyflow.asl.schema import is_valid
from keyflow.asl.validator import validator
from tests.asl.definitions import VALID
from tests.check.test_findings import RIGHT, WRONG
from tests.drawing import examples
from tests.random_definitions import definitions

ROOT = Path(__file__).parents[2]
PEER = Draft202012Validator(asl.definition_schema())
OWN = [json.loads(file.read_text()) for file in sorted((ROOT / "build").glob("*.asl.json"))]
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 1.0, -1, 1.5, 10**9, "", "x", "x" * 90, "$.a", "$$.a", "States.UUID()", "{% 1 %}", "JSONata",
    "JSONPath", "Task", "Pass", "2026-01-01T00:00:00Z", [], ["States.ALL"], [1], {}, {"a": 1}, {"Type": "Succeed"},
)  # fmt: skip
KEYS = (
    "Next", "End", "Type", "Comment", "QueryLanguage", "Parameters", "Arguments", "Output", "ResultPath", "Seconds",
    "SecondsPath", "Catch", "Retry", "TimeoutSeconds", "TimeoutSecondsPath", "ItemProcessor", "Branches", "Assign", "x",
)  # fmt: skip


def mutated(document: Any, chance: Random) -> Any:
    """The document with one to three members dropped, replaced or added anywhere in it."""
    document = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        target = document
        while True:
            inner = [each for each in (target.values() if isinstance(target, dict) else target) if each]
            deeper = [each for each in inner if isinstance(each, dict | list)]
            if not deeper or chance.random() < 0.3:
                break
            target = chance.choice(deeper)
        if isinstance(target, list):
            target[chance.randrange(len(target)) :] = [copy.deepcopy(chance.choice(VALUES))]
        elif chance.random() < 0.4 and target:
            del target[chance.choice(list(target))]
        else:
            target[chance.choice([*target, *KEYS])] = copy.deepcopy(chance.choice(VALUES))
    return document


@given(
    st.one_of(definitions().map(lambda each: each[0]), st.sampled_from([*OWN, *VALID.values()])), st.integers(0, 10**9)
)
@settings(max_examples=examples(150), deadline=None)
def test_it_says_what_jsonschema_says(document: Any, seed: int) -> None:
    assert is_valid(document) == PEER.is_valid(document)
    for changed in (mutated(document, Random(seed + index)) for index in range(4)):
        assert is_valid(changed) == PEER.is_valid(changed), changed


@pytest.mark.parametrize("documents", [WRONG.values(), [(each, "") for each in RIGHT.values()]])
def test_the_definitions_of_check(documents: Any) -> None:
    for document, _code in documents:
        assert is_valid(document) == PEER.is_valid(document), document


@pytest.mark.parametrize("value", VALUES)
def test_no_definition_at_all(value: Any) -> None:
    assert not is_valid(value)
    assert asl.validate(value)


SCHEMAS: tuple[Any, ...] = (
    {"type": "integer"}, {"type": "number"}, {"type": ["string", "null"], "pattern": "^x"}, {"enum": [1, "x", True]},
    {"const": True}, {"const": 1}, {"minLength": 1, "maxLength": 3}, {"minimum": 0, "exclusiveMaximum": 1},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": False, "required": ["a"]},
    {"additionalProperties": {"type": "integer"}}, {"propertyNames": {"pattern": "^a"}, "minProperties": 1},
    {"items": {"type": "integer"}, "minItems": 1}, {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    {"anyOf": [{"type": "null"}, {"minLength": 1}]}, {"not": {"type": "string"}}, {"allOf": [True, {"maximum": 1}]},
    {"if": {"type": "object"}, "then": {"required": ["a"]}, "else": False}, {"$defs": {"n": {"enum": [None]}}, "$ref": "#/$defs/n"},
    True, False,
)  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_each_keyword(schema: Any) -> None:
    if isinstance(schema, bool):
        assert validator({"items": schema})([1]) is schema
        return
    test, peer = validator(schema), Draft202012Validator(schema)
    for value in VALUES:
        assert test(value) == peer.is_valid(value), value


def _by_type(text: Any, then: Any, **more: Any) -> Any:
    return {"if": {"properties": {"Type": {"const": text}}, **more}, "then": then}


CHOICES: tuple[list[Any], ...] = (
    [_by_type("Succeed", {"minProperties": 2}), _by_type("Task", False)],
    [_by_type("Succeed", {"minProperties": 2}), _by_type("Succeed", {"required": ["x"]})],
    [_by_type("Succeed", {"minProperties": 2}), _by_type(1, False)],
    [_by_type("Succeed", {"minProperties": 2}), True],
    [_by_type("Succeed", {"minProperties": 2}, required=["Type"]), _by_type("Task", False)],
    [{**_by_type("Succeed", False), "else": {"type": "string"}}, _by_type("Task", False)],
    [_by_type("Succeed", {"type": "object"}), {"if": {"properties": {"a": {"const": "x"}}}, "then": False}],
)


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_schemas_that_are_chosen_by_a_member(choices: Any) -> None:
    """Where each text of one member chooses its own schema, that one alone is asked; and all where there is no text."""
    test, peer = validator({"allOf": choices}), Draft202012Validator({"allOf": choices})
    texts: tuple[Any, ...] = ("Succeed", "Task", "Wait", 1, True, None, [])
    named = [{"Type": each, **more} for each in texts for more in ({}, {"x": 1})]
    for value in (*VALUES, *named, {"Type": "Task", "a": "x"}, {"a": "x"}):
        assert test(value) == peer.is_valid(value), value


ASKED: tuple[Any, ...] = (
    [{"required": ["a"]}, {"required": ["b"]}],
    [{"required": ["a"]}, {"required": ["b"]}, {"required": ["c"]}],
    [{"required": ["a"]}, {"required": ["a"]}],
    [{"required": ["a"]}],
    [{"required": ["a"]}, {"required": ["b", "c"]}],
    [{"required": ["a", "b"]}, {"required": ["a", "c"]}],
    [{"required": ["a", "b"]}, {"required": ["a", "b"]}],
    [{"required": ["a", "b"]}, {"required": ["a"]}],
    [{"required": ["a", "b"]}, {"required": ["x", "a"]}, {"required": ["c"]}],
    [{"required": []}, {"required": ["a"]}],
    [{"required": ["a"]}, {"required": ["b"], "type": "object"}],
    [{"required": ["a"]}, {"properties": {"b": {"const": True}}, "required": ["b"]}],
    [{"required": ["a"]}, True],
    [False, {"required": ["b"]}],
)


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_schemas_that_ask_for_members(keyword: str, asked: Any) -> None:
    """One member or several, of objects and of what is none."""
    for schema in ({keyword: asked}, {"not": {keyword: asked}}):
        test, peer = validator(schema), Draft202012Validator(schema)
        for names in ("", "a", "b", "c", "ab", "bc", "abc", "x"):
            assert test(dict.fromkeys(names, True)) == peer.is_valid(dict.fromkeys(names, True)), (schema, names)
        for value in VALUES:
            assert test(value) == peer.is_valid(value), (schema, value)


def test_a_keyword_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="dependentRequired"):
        validator({"dependentRequired": {}})({})
