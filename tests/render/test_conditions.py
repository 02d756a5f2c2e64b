"""Conditions of choice rules in a line."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.render.conditions import condition_text

A = {"Variable": "$.a", "NumericEquals": 1}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (A, "$.a = 1"),
        ({"Variable": "$.a", "StringEquals": "x"}, '$.a = "x"'),
        ({"Variable": "$.a", "StringMatches": "*.png"}, '$.a like "*.png"'),
        ({"Variable": "$.a", "NumericGreaterThanEqualsPath": "$.b"}, "$.a ≥ $.b"),
        ({"Variable": "$.a", "TimestampLessThan": "2026-01-01T00:00:00Z"}, '$.a < "2026-01-01T00:00:00Z"'),
        ({"Variable": "$.a", "IsPresent": True}, "$.a is present"),
        ({"Variable": "$.a", "IsNull": False}, "$.a is not null"),
        ({"Not": A}, "not $.a = 1"),
        ({"And": [A, {"Or": [A, A]}]}, "$.a = 1 and ($.a = 1 or $.a = 1)"),
        ({"Condition": "{% $states.input.a\n  = 1 %}"}, "$states.input.a = 1"),
        ({}, ""),
        ({"Variable": 3, "And": 4, "Not": 5, "Condition": None}, ""),
    ],
)
def test_a_rule_is_one_line(rule: dict[str, Any], text: str) -> None:
    assert condition_text(rule) == text


def test_every_operator_of_the_language_has_a_text() -> None:
    from keyflow.asl.conditions import OPERATORS

    for name in OPERATORS:
        value: Any = "$.b" if name.endswith("Path") else True
        assert condition_text({"Variable": "$.a", name: value}).startswith("$.a "), name
