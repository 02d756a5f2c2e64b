"""Expressions that are only a literal: what they give, held against the interpreter of JSONata."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import asl
from keyflow.asl.constants import constant, with_constants
from keyflow.asl.fields import ABSENT
from keyflow.engine import run
from keyflow.engine.stubs import Stubs

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(-1e9, 1e9)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


def evaluated(expression: str) -> Any:
    """What the engine makes of an expression; a state whose Output it is ends the execution with it."""
    state = {"Type": "Pass", "Output": {"it": f"{{% {expression} %}}"}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}
    ended = run(asl.parse(definition), {}, Stubs({}))
    return ended.output["it"] if ended.status == "SUCCEEDED" else ABSENT


@given(JSON_VALUES)
@settings(max_examples=150, deadline=None)
def test_json_is_what_the_interpreter_gives_for_it(value: Any) -> None:
    text = json.dumps(value)
    assert json.dumps(constant(text)) == json.dumps(evaluated(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'orders'", "orders"),
        ("'it\"s'", 'it"s'),
        (r"'a\"b'", 'a"b'),
        (r"'\u0041\n'", "A\n"),
        ('"it\'s"', "it's"),
        ("  -1.50 ", -1.5),
        ("1.0", 1),
        ("1e2", 100),
        ("true", True),
        ("null", None),
        ("[1, 'a', [2], {}]", [1, "a", [2], {}]),
        ("{'a': /* why */ {\"b\": null}}", {"a": {"b": None}}),
        ("/* a table */ 'orders'", "orders"),
    ],
)
def test_a_literal_is_a_constant(text: str, value: Any) -> None:
    assert json.dumps(constant(text)) == json.dumps(value) == json.dumps(evaluated(text))


@pytest.mark.parametrize(
    "text",
    ["", "$x", "'a' & 'b'", "1 + 1", "a", "trues", "true and false", "[1..3]", "[1,]", "{'a': 1, 'a': 2}", "{1: 2}",
     "'a", "-'a'", "$uuid()", "(1)", "01", "1.", "1e999", r"'\''", "'\\ud800'", "'a' 'b'", "nothing", "`a`", "{a: 1}",
     "[" * 2000],
)  # fmt: skip
def test_what_computes_or_is_wrong_is_none(text: str) -> None:
    assert constant(text) is ABSENT


def test_the_constants_of_a_tree_stand_in_their_places() -> None:
    tree = {"a": "{% 'x' %}", "b": ["{%1%}", "{% $y %}", "'z'"], "c": {"d": "{% {'e': []} %}"}}
    assert with_constants(tree) == {"a": "x", "b": [1, "{% $y %}", "'z'"], "c": {"d": {"e": []}}}
