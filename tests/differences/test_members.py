"""Any two JSON values: edits where they differ, and where they do not, none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.differences import Edit, Kind, Thing, lines, same, value_differences
from keyflow.differences.members import Place
from keyflow.differences.text import shown
from tests.differences.mirrored import mirrored, seen

PLACE = Place(Thing.DOCUMENT)
leaves = st.sampled_from([None, True, False, 0, 1, 1.0, 2.5, "", "a", "b"])
names = st.sampled_from(["Retry", "Catch", "Choices", "parameters", "ErrorEquals", "Next", "name", "in", "x"])
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4))


def differences(before: Any, after: Any) -> tuple[Edit, ...]:
    return tuple(value_differences(PLACE, before, after))


@given(trees, trees)
def test_there_are_edits_where_two_values_differ(before: Any, after: Any) -> None:
    assert (differences(before, after) == ()) == same(before, after)
    assert differences(before, json.loads(json.dumps(before))) == ()


@given(trees, trees)
def test_the_way_back_has_the_same_edits(before: Any, after: Any) -> None:
    assert seen(differences(after, before)) == mirrored(differences(before, after))


@given(trees, trees)
def test_each_edit_has_a_line_of_its_own_path(before: Any, after: Any) -> None:
    edits = differences(before, after)
    for edit, line in zip(edits, lines(edits), strict=True):
        assert edit.where in line
        assert not same(edit.before, edit.after)


pieces = st.text('ab…\u00a0 é\\"', max_size=8)
texts = st.builds(
    lambda around, middle, times: around * times + middle + around * times,
    pieces,
    pieces,
    st.sampled_from([0, 1, 10, 70, 400]),
)
long_values = trees | texts | st.lists(texts, max_size=3)


@given(long_values, long_values)
def test_two_values_that_differ_look_different(before: Any, after: Any) -> None:
    if not same(before, after):
        old, new = shown(before, after)
        assert old != new


@pytest.mark.parametrize("place", [0, 1, 500, 998, 999])
@pytest.mark.parametrize("length", [0, 1, 2, 300])
def test_one_change_in_a_long_text_is_seen(place: int, length: int) -> None:
    before = "x" * 1000
    old, new = shown(before, before[:place] + "y" * length + before[place + 1 :])
    assert old != new
    assert len(new) < 350


def test_texts_that_look_alike_are_told_apart() -> None:
    assert shown("caf\u00e9", "cafe\u0301") == ('"caf\\u00e9"', '"cafe\\u0301"')
    assert shown("a b", "a\u00a0b") == ('"a b"', '"a\\u00a0b"')


def test_absent_is_not_null() -> None:
    assert [edit.kind for edit in differences({}, {"ResultPath": None})] == [Kind.ADDED]
    assert [edit.kind for edit in differences({"ResultPath": None}, {})] == [Kind.REMOVED]
    (edit,) = differences({"ResultPath": None}, {"ResultPath": "$"})
    assert (edit.kind, edit.before, edit.after) == (Kind.CHANGED, None, "$")


def test_true_is_no_number() -> None:
    assert differences({"a": [2]}, {"a": [2.0]}) == ()
    assert [edit.where for edit in differences({"a": [1]}, {"a": [True]})] == ["a[0]"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "c"], ["a", "b", "c"], ['+ x[1]: "b"']),
        (["a", "b", "c"], ["a", "c"], ['- x[1]: "b"']),
        (["a", "b"], ["b", "a"], ['~ x: in another order: ["a", "b"] → ["b", "a"]']),
        ([{"k": 1}, {"k": 2}], [{"k": 1}, {"k": 3}], ["~ x[1].k: 2 → 3"]),
        (["a", "a"], ["a", "a", "a"], ['+ x[2]: "a"']),
    ],
)
def test_elements_of_lists(before: Any, after: Any, expected: list[str]) -> None:
    assert list(lines(differences({"x": before}, {"x": after}))) == expected
