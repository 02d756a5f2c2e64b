"""JSON as keyflow writes it: the bytes that the standard library writes."""

from __future__ import annotations

import json
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow import json_values

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-(10**9), 10**9).filter(lambda number: "e" not in repr(number))
    | st.text()
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(0, 9), inner),
)


@given(trees)
def test_files_and_texts(tree: Any) -> None:
    assert json_values.indented(tree).decode() == f"{json.dumps(tree, indent=2, ensure_ascii=False)}\n"
    assert json_values.compact(tree).decode() == json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_fraction_is_itself(number: float) -> None:
    assert json.loads(json_values.compact(number)) == number


def test_a_fraction_with_an_exponent_is_written_in_the_librarys_way() -> None:
    assert (json_values.compact(1e-05), json.dumps(1e-05)) == (b"0.00001", "1e-05")


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**30])
def test_a_large_whole_number_is_itself(number: int) -> None:
    assert json_values.compact({"n": [number]}) == f'{{"n":[{number}]}}'.encode()


class Text(str):
    """A text of a class of its own."""


class Place(NamedTuple):
    """A tuple of a class of its own."""

    x: int


def test_other_classes_are_what_they_stand_for() -> None:
    tree = {
        Text("a"): Text("b"),
        "c": MappingProxyType({"d": OrderedDict(e=(1, 2**64))}),
        "f": [Place(1)],
    }
    assert json.loads(json_values.indented(tree)) == {"a": "b", "c": {"d": {"e": [1, 2**64]}}, "f": [[1]]}
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_values.indented({"a": object()})


@given(trees)
def test_leaves_are_met_in_order_and_changed_where_they_stand(tree: Any) -> None:
    marked = json_values.with_leaves(tree, repr)
    assert list(json_values.leaves(marked)) == [repr(leaf) for leaf in json_values.leaves(tree)]
    assert json.dumps(json_values.with_leaves(tree, lambda leaf: leaf)) == json.dumps(tree)


def test_a_definition_may_have_placeholders_without_quotes() -> None:
    found = json_values.parse_definition('{"a": ${N}, "b": "${N}", "c": [${x.y}, "\\"${Z}"], "${K}": 1}')
    assert found == {"a": "${N}", "b": "${N}", "c": ["${x.y}", '"${Z}'], "${K}": 1}
    late = [leaf for leaf in json_values.leaves(found) if isinstance(leaf, json_values.Unquoted)]
    assert late == ["${N}", "${x.y}"]
    assert json_values.parse_definition(json_values.indented(found).decode()) == found
    for wrong in ('{"a": ${N}', '{"a": $N}', "{${N}: 1}", ""):
        with pytest.raises(ValueError, match=r"Exp|Inv"):
            json_values.parse_definition(wrong)
