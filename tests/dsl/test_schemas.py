"""What is wrong with a schema, held against jsonschema, and against the words of all drafts that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator, SchemaError
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from keyflow.dsl.schemas import problems

WRONG: list[Any] = [
    {"type": "str"},
    {"type": ["object", "dict"]},
    {"type": "object", "properties": {"x": "string"}},
    {"type": "object", "properties": ["x"]},
    {"type": "object", "required": "x"},
    {"required": [1]},
    {"type": "array", "items": {"type": "int"}},
    {"allOf": [{"type": "float"}]},
    {"additionalProperties": {"required": "x"}},
    {"not": {"type": "number", "properties": 5}},
    {"definitions": {"a": {"type": "bool"}}},
]
SOUND: list[Any] = [
    {},
    {"type": ["object", "null"], "required": ["x"], "properties": {"x": {}}, "additionalProperties": False},
    {"type": "array", "items": [{"type": "string"}, {}], "additionalItems": {"type": "integer"}},
    {"anyOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"enum": [1, "a"]}}},
    {"properties": {"requird": {}, "typ": {}}},
]


@pytest.mark.parametrize("schema", WRONG)
def test_what_jsonschema_refuses(schema: Any) -> None:
    assert list(problems(schema, "it"))
    with pytest.raises(SchemaError):
        Draft4Validator.check_schema(schema)


@pytest.mark.parametrize("schema", SOUND)
def test_what_jsonschema_takes(schema: Any) -> None:
    assert list(problems(schema, "it")) == []
    Draft4Validator.check_schema(schema)


INNER: tuple[Any, ...] = (
    {"type": ""},
    {"type": [[]]},
    {"type": ["text"]},
    {"required": [1]},
    {"required": "a"},
    {"allOf": [{"type": 1}]},
)
LATER: list[Any] = [
    *({word: inner} for word in ("if", "then", "else", "contains", "not", "items") for inner in INNER),
    *({word: {"a": inner}} for word in ("$defs", "dependentSchemas", "dependencies", "properties") for inner in INNER),
]


@pytest.mark.parametrize("schema", LATER, ids=str)
def test_what_is_wrong_in_the_schemas_that_words_of_later_drafts_hold(schema: Any) -> None:
    assert len(list(problems(schema, "it"))) == 1
    with pytest.raises(SchemaError):
        (Draft7Validator if "dependencies" in schema else Draft202012Validator).check_schema(schema)


def test_a_dependency_on_names_holds_no_schema() -> None:
    assert list(problems({"dependencies": {"a": ["b"]}}, "it")) == []


def words() -> Iterator[str]:
    for uri in REGISTRY:
        contents = REGISTRY.contents(uri)
        yield from contents.get("properties", {}) if isinstance(contents, dict) else ()


@pytest.mark.parametrize("word", sorted({*words(), "x-note", "nullable", "example", "xml", "externalDocs"}))
def test_a_word_of_any_draft_is_no_slip_of_another(word: str) -> None:
    assert [problem for problem in problems({word: None}, "it") if "means nothing" in problem[0]] == []


@pytest.mark.parametrize(("word", "meant"), [("requird", "required"), ("propertys", "properties"), ("Type", "type")])
def test_a_word_misspelt(word: str, meant: str) -> None:
    (found,) = problems({word: {}}, "it")
    assert found[1] == f"did you mean {meant!r}?"
