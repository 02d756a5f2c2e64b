"""The expressions that rules look at: those that are names alone are left out, and no rule misses them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.check import check_text, expressions
from tests.check.test_findings import RIGHT, WRONG
from tests.drawing import examples
from tests.random_definitions import definitions

TEXTS = (
    "$", "$.a", "$.a.b2", "$.A.b", "$.a.", "$.a b", "$.a_b", "$.a__b__", "$.__a__", "$a", "$a.b", "$$", "$$.a", "$$.Map.Item.Value",
    "$.a[0]", "$.a[*]", "$..a", "$.a-b", "$.2", "$.a()", "$.length()", "$.é", "$.${A}", "States.UUID()", "a.b", "", "$.a\n", " $.a",
)  # fmt: skip
KEYS = (
    "InputPath", "OutputPath", "ItemsPath", "ResultPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "ErrorPath", "CausePath",
    "MaxConcurrencyPath", "Variable", "StringEqualsPath", "a.$", "a", "Parameters", "Result", "Assign", "x.$",
)  # fmt: skip


def found(document: Any) -> list[str]:
    return [str(each) for each in check_text("x.asl.json", json.dumps(document))]


def found_in_all(document: Any) -> list[str]:
    """What is found where every expression is looked at."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(expressions, "_PLAIN", re.compile("(?!)"))
        return found(document)


@pytest.mark.parametrize("documents", [[document for document, _code in WRONG.values()], [*RIGHT.values()]])
def test_the_definitions_of_the_rules(documents: list[Any]) -> None:
    for document in documents:
        assert found(document) == found_in_all(document)


@pytest.mark.parametrize("key", KEYS)
def test_any_path_in_any_field(key: str) -> None:
    for text in TEXTS:
        for state in (
            {"Type": "Pass", key: text},
            {"Type": "Pass", "Parameters": {key: text}, "Assign": {key: text}},
            {"Type": "Wait", key: text},
            {"Type": "Map", key: text, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", key: text}}}},
            {"Type": "Choice", "Choices": [{key: text, "StringEquals": "x", "Next": "A"}], "Default": "A"},
        ):
            document = {"StartAt": "A", "States": {"A": {"End": True, **state}}}
            assert found(document) == found_in_all(document), state


def texts_of(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Where the texts stand: what holds each, and its key or index there."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, str):
            yield tree, key
        elif isinstance(value, dict | list):
            yield from texts_of(value)


@given(definitions().map(lambda each: each[0]), st.randoms(use_true_random=False))
@settings(max_examples=examples(60), deadline=None)
def test_any_definition(document: Any, random: Random) -> None:
    document = copy.deepcopy(document)
    for holder, key in random.sample(places := [*texts_of(document)], min(len(places), 3)):
        holder[key] = random.choice(TEXTS)
    assert found(document) == found_in_all(document)
