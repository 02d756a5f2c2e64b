"""JSON as keyflow writes it: the bytes that the standard library writes."""

from __future__ import annotations

import json
from typing import Any

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
