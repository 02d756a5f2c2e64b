"""Arguments that nobody means to give: Infinity, NaN, widths without an end. The reference answers them, or never ends.

Values without a comment are those of npm's jsonata 2.0.6.
"""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax.parser import parse
from tests.jsonata_language.engine import answer

DOCUMENT = {"a": [{"b": 1, "c": [1, 2]}, {"b": 2, "c": 3}], "list": [3, 1, 2]}
NAN = {"$number": "NaN"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('$substring("abc", 0/0)', "abc"),
        ('$substring("abc", 1/0)', ""),
        ('$substring("abc", -1/0)', "abc"),
        ('$substring("abc", 0, 1/0)', "abc"),
        ('$substring("abc", 1, 0/0)', ""),
        ('$pad("a", 0/0)', "a"),
        ('$split("a,b", ",", 0/0)', []),
        ('$split("a,b", ",", 1/0)', []),
        ('$split("a,b", /,/, 1/0)', ["a", "b"]),
        ('$split("a,b", /,/, 1e21)', ["a", "b"]),
        ('$replace("aab", /a/, "x", 1/0)', "xxb"),
        ('$replace("aab", "a", "x", 0/0)', "aab"),
        ("$round(1, 0/0)", 1),
        ("$distinct([0/0, 0/0])", [NAN, NAN]),
        ('$fromMillis(0, "[Y,2-x]")', "NaN"),
        ('$fromMillis(0, "[Y,400-400]")', "1970".rjust(400, "0")),
        ('$fromMillis(0, "[MNn,3-x]")', "January"),
        ('$toMillis("January 2024", "[MNn,3-x] [Y]")', 1_704_067_200_000),
        ("[1,2][0]^($)", 1),
        ('["abc"][0]^($)', "abc"),
        ("a@$v[$y := true].($y)", None),
        ("$map(-1, $keys)", []),
        ("($map(-1, $keys))", None),
        ("true ? $map(-1, $keys)", None),
        ("$x := $map(-1, $keys)", None),
        ("$sift({}, function($x){true})", None),
    ],
)
def test_odd_arguments_have_values(expression: str, value: Any) -> None:
    found = answer({"expression": expression, "document": DOCUMENT})
    assert found == ({"nothing": True} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ('$pad("a", 1/0)', "U1003"),
        ('$fromMillis(0, "[Y,9999999999-9999999999]")', "U1003"),  # the reference fills the memory
        ('$formatNumber(1/0, "0e0")', "U1002"),  # the reference never ends
        ('$sift({"a": 1})', "T1006"),
        ('{"name"{"k": $}: 0}', "T1003"),
    ],
)
def test_odd_arguments_end_in_errors(expression: str, code: str) -> None:
    assert answer({"expression": expression, "document": DOCUMENT}) == {"error": code}


def test_a_message_is_said_as_it_is() -> None:
    with pytest.raises(JsonataError, match=r"^D3137: no \{token\} for \{\{token\}\}$"):
        raise JsonataError("D3137", "no {token} for {{token}}", token="sum")


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [("1 +", "S0207", 3), ("(1 +", "S0203", 4), ("a.5 + )", "S0211", 6), ("1 2", "S0201", 2), ("a /* b", "S0106", 2)],
)
def test_what_breaks_the_grammar_is_said_with_its_place(text: str, code: str, position: int) -> None:
    """Also where something before it fits nowhere: a number is no step of a path."""
    with pytest.raises(JsonataError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_blanks_and_comments_are_skipped_in_one_go() -> None:
    """Comments that end nowhere else cost no more than their length."""
    assert answer({"expression": "/**//* */" * 2_000 + "1" + " /*x*/" * 2_000}) == {"value": 1}
    assert answer({"expression": "/**/" * 2_000 + "/*"}) == {"error": "S0106"}
