"""What a state may hand on: the quick look at it lets nothing through that measuring refuses."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import bounds
from keyflow.asl.quotas import PAYLOAD_BYTES
from keyflow.engine.errors import StatesError
from keyflow.engine.payload import _is_small, bounded, measure

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=40,
)


class Sequence(list[Any]):
    """A list of a class of its own."""


def nested(times: int, inner: Any) -> Any:
    """A value inside of as many objects and lists."""
    for number in range(times):
        inner = [inner] if number % 2 else {"a": inner}
    return inner


def doubled(times: int) -> Any:
    """A value that holds itself twice, again and again: it is small until it is written out."""
    value: Any = {}
    for _ in range(times):
        value = {"a": value, "b": value}
    return value


@given(inner=JSON, times=st.integers(0, 120), beside=st.integers(0, 700), letters=st.integers(0, PAYLOAD_BYTES))
@settings(max_examples=60, deadline=None)
def test_what_is_small_at_a_glance_is_within_all_bounds(inner: Any, times: int, beside: int, letters: int) -> None:
    value = {"inner": nested(times, inner), "beside": [{"n": 1}] * beside, "text": "x" * letters}
    size, depth, _looked_at = measure(value)
    if _is_small(value):
        assert size <= PAYLOAD_BYTES
        assert depth <= bounds.DEPTH


@pytest.mark.parametrize(
    "value",
    [
        nested(bounds.DEPTH + 1, 1),
        [1, nested(bounds.DEPTH, 1), *[[]] * 200],
        doubled(18),
        doubled(60),
        {"a": "x" * PAYLOAD_BYTES},
        ["x" * 1_000] * 300,
        [0] * PAYLOAD_BYTES,
        [{"k" * 100: 1}] * 4_000,
        "x" * (PAYLOAD_BYTES - 1),
        ["é" * 131_072],
        Sequence(["x" * PAYLOAD_BYTES]),
        [Sequence(["x" * PAYLOAD_BYTES])],
        OrderedDict(a="x" * PAYLOAD_BYTES),
        {"a": OrderedDict(b="x" * PAYLOAD_BYTES)},
    ],
    ids=[
        "deep",
        "deep beside many",
        "doubled",
        "doubled to no end",
        "a text",
        "texts",
        "numbers",
        "names",
        "a text alone",
        "letters of two bytes",
        "a list of a class of its own",
        "such a list in a list",
        "an object of a class of its own",
        "such an object in an object",
    ],
)
def test_what_is_too_large_or_too_deep_is_refused(value: Any) -> None:
    assert not _is_small(value)
    with pytest.raises(StatesError):
        bounded(value)


@pytest.mark.parametrize(
    "value",
    [nested(bounds.DEPTH, 1), doubled(10), [{"a": [1, 2]}] * 1_000, "x" * (PAYLOAD_BYTES - 2), ["é" * 130_000]],
)
def test_what_is_within_the_bounds_is_handed_on_as_it_is(value: Any) -> None:
    assert bounded(value) is value
