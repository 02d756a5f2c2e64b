"""JSON as keyflow writes it: the bytes that the standard library writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow import json_values

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(trees)
def test_indented_text(tree: Any) -> None:
    assert json_values.indented(tree) == json.dumps(tree, indent=2, ensure_ascii=False)


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
    assert json_values.parse_definition(json_values.indented(found)) == found
    for wrong in ('{"a": ${N}', '{"a": $N}', "{${N}: 1}", ""):
        with pytest.raises(ValueError, match=r"Exp|Inv"):
            json_values.parse_definition(wrong)
