"""Documents that are none: nothing is raised, and nothing that differs is passed over."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keyflow.differences import api_differences, as_json, definition_differences, lines, policy_differences, same

NAMES = """States StartAt Branches ItemProcessor Iterator Catch Retry Choices Next Default ErrorEquals A B paths /a get
post components schemas $ref requestBody parameters name in Statement Action Resource Condition Effect NotAction"""
leaves = st.sampled_from([None, True, 1, 2.5, "", "A", "B", "#/components/schemas/A"])
names = st.sampled_from(NAMES.split())
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=25
)
documents = st.dictionaries(names, trees, max_size=5)


@given(documents, documents)
def test_any_two_documents_are_compared(before: Any, after: Any) -> None:
    for differences in (definition_differences, api_differences, policy_differences):
        edits = differences(before, after)
        assert len(list(lines(edits))) == len(as_json(edits))
        assert differences(before, before) == ()
        if differences is not policy_differences:  # of which much says nothing
            assert (edits == ()) == same(before, after)
