"""Paths that select many by names alone, against the library that selects in all other ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.engine.errors import FieldError
from keyflow.engine.filters import environment
from keyflow.engine.paths import finding
from keyflow.engine.selections import selecting

NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["a", "b", ""])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=20,
)
SEGMENTS = st.one_of(
    st.sampled_from(["[*]", ".*", "[ * ]"]),
    NAMES.flatmap(lambda name: st.sampled_from([f".{name}", f"['{name}']", f"..{name}", f"..['{name}']"])),
)


@given(st.lists(SEGMENTS, min_size=1, max_size=4), VALUES)
def test_it_selects_as_the_library_does(segments: list[str], value: Any) -> None:
    selector = "$" + "".join(segments)
    select = selecting(selector)
    assert (select is None) == (selector.count("..") > 1)
    if select is None:
        return
    assert select(value) == environment().compile(selector).findall(value)


@pytest.mark.parametrize(
    "selector",
    [
        "$..*",
        "$..[*]",
        "$.a[0]",
        "$[1:2]",
        "$[?(@.a)]",
        "$['a','b']",
        "$.a.length()",
        "$..a..a",
        "$['\t']",
        "$[\u00a0*]",
    ],
)
def test_what_has_more_than_names_is_left_to_the_library(selector: str) -> None:
    assert selecting(selector) is None


@pytest.mark.parametrize("name", ["true", "null", "and", "_id"])
def test_a_member_of_any_name_is_found_at_any_depth(name: str) -> None:
    """The library takes some names for words of its own there."""
    assert finding(f"$..{name}", "InputPath")({"a": {name: 1}}, None) == [1]


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def test_no_depth_of_data_ends_in_a_traceback() -> None:
    assert len(finding("$..a", "InputPath")(nested(300), None)) == 300
    with pytest.raises(FieldError, match="cannot be evaluated: recursion limit exceeded"):
        finding("$..a[?(@.b)]", "InputPath")(nested(300), None)
