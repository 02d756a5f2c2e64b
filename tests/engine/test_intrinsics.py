"""Intrinsic functions, and paths in payload templates, at their edges."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import asl
from keyflow.engine import Execution, Stubs, run


def filled(expression: str, data: Any) -> Execution:
    state = {"Type": "Pass", "Parameters": {"v.$": expression}, "End": True}
    return run(asl.parse({"StartAt": "A", "States": {"A": state}}), data, Stubs())


@pytest.mark.parametrize(
    ("expression", "data", "value"),
    [
        ("States.StringSplit($.s, ',;')", {"s": ",,a;b,,"}, ["a", "b"]),
        ("States.StringSplit($.s, '^]')", {"s": "a^b]c"}, ["a", "b", "c"]),
        ("States.ArrayGetItem($.a, 1)", {"a": [1, 2]}, 2),
        ("States.Base64Encode('')", {}, ""),
        ("States.ArrayLength($.a[*].b)", {"a": [1, 2]}, 0),
        ("States.Format('{}', $.n)", {"n": None}, "null"),
        ("States.StringToJson($.s)", {"s": ""}, None),
        ("States.StringToJson($.s)", {"s": " "}, None),
        ("States.StringToJson($.s)", {"s": "-0"}, 0),
        ("$.a[5]", {"a": [1, 2]}, None),
        ("$.a[1]", {"a": [1, 2]}, 2),
    ],
)
def test_what_an_expression_comes_to(expression: str, data: Any, value: Any) -> None:
    assert filled(expression, data).output == {"v": value}


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        ("States.StringSplit($.s, '')", {"s": "abc"}),
        ("States.ArrayGetItem($.a, -1)", {"a": [1, 2]}),
        ("States.ArrayGetItem($.a, 2)", {"a": [1, 2]}),
        ("States.Base64Encode($.s)", {"s": "a" * 10_001}),
        ("States.Base64Decode($.s)", {"s": "A" * 10_004}),
        ("States.Base64Decode('no base64!')", {}),
        ("States.Hash($.s, 'MD5')", {"s": "a" * 10_001}),
        ("States.Hash($.s, 'SHA256')", {"s": "a"}),
        ("States.StringToJson($.s)", {"s": "NaN"}),
        ("States.StringToJson($.s)", {"s": '{"n": -Infinity}'}),
    ],
)
def test_what_a_function_cannot_do_fails_the_execution(expression: str, data: Any) -> None:
    assert filled(expression, data).error == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    "expression", ["States.Format('{}', $.a[5])", "$.a[5].b", "$.a[5][0]", "$.b[0]", "$.n[0]", "States.Array($.b)"]
)
def test_a_path_that_leads_nowhere_fails_the_execution(expression: str) -> None:
    """A template's own path may lead behind an array's end, an argument may not."""
    assert filled(expression, {"a": [1, 2], "n": None}).error == "States.Runtime"
