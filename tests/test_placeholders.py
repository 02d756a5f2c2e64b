"""Placeholders: which texts a deployment fills, which a parameter can be named after, which are only recognized."""

from __future__ import annotations

import pytest

from keyflow.placeholders import PARAMETER, PLACEHOLDER, SUBSTITUTION, filled, filled_in


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("${Table}", "pqs"),
        ("${AWS::Region}", "qs"),
        ("${Function.Arn}", "qs"),
        ("${queue_url}", "qs"),
        ("${2nd}", "qs"),
        ("${!Table}", "s"),
        ("${my-table}", "s"),
        ('${var.tables["orders"]}', "s"),
        ("${self:custom.table, 'orders'}", "s"),
        ("#{AWS::Region}", "s"),
        ("${}", "s"),
        ("${Table", ""),
        ("$Table", ""),
        ("{Table}", ""),
    ],
)
def test_each_kind_is_within_the_next_one(text: str, kinds: str) -> None:
    found = (("p", PARAMETER), ("q", PLACEHOLDER), ("s", SUBSTITUTION))
    assert "".join(kind for kind, pattern in found if pattern.fullmatch(text)) == kinds


def test_what_has_a_value_is_filled_and_the_rest_stays() -> None:
    values = {"queue_url": "https://q", "A": "${B}", "B": "b"}
    assert filled("${queue_url} ${A} ${C} ${B}", values) == "https://q ${B} ${C} b"
    document = {"${A}": ["${B}", 1, None, {"x": "${B}${B}"}]}
    assert filled_in(document, values) == {"${A}": ["b", 1, None, {"x": "bb"}]}
