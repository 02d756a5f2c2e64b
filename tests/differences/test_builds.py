"""Builds: workflows and APIs that are new, gone or otherwise, and only what both sides speak of."""

from __future__ import annotations

from typing import Any

from keyflow.differences import Difference, Documents, Kind, build_differences

A: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
B: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "b"}}}
POLICY: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "a:A", "Resource": "*"}]}
API: dict[str, Any] = {"paths": {"/a": {"get": {}}}}


def changes(differences: tuple[Difference, ...]) -> dict[str, Kind | None]:
    return {each.name: each.change for each in differences}


def test_workflows_are_found_by_their_names() -> None:
    before = Documents(definitions={"Same": A, "Other": A, "Gone": A})
    found = build_differences(before, Documents(definitions={"Same": A, "Other": B, "New": A}))
    assert changes(found.workflows) == {
        "Gone": Kind.REMOVED,
        "New": Kind.ADDED,
        "Other": Kind.CHANGED,
        "Same": None,
    }
    assert not found.is_empty
    assert build_differences(before, before).is_empty


def test_of_a_part_nothing_is_gone_or_new() -> None:
    whole, part = Documents(definitions={"A": A, "B": B}), Documents(definitions={"A": B}, is_part=True)
    assert changes(build_differences(whole, part).workflows) == {"A": Kind.CHANGED}
    assert changes(build_differences(part, whole).workflows) == {"A": Kind.CHANGED}


def test_a_policy_alone_is_a_difference() -> None:
    before = Documents(definitions={"A": A}, policies={"A": POLICY})
    (found,) = build_differences(before, Documents(definitions={"A": A}, policies={"A": {}})).workflows
    assert (found.change, found.definition, len(found.policy)) == (Kind.CHANGED, (), 1)
    assert build_differences(before, Documents(definitions={"A": A})).is_empty


def test_apis_are_compared_where_both_sides_have_some() -> None:
    before = Documents(definitions={}, apis={"front": API}, api_policies={"front": POLICY})
    after = Documents(definitions={}, apis={"front": {"paths": {}}}, api_policies={"front": POLICY})
    (found,) = build_differences(before, after).apis
    assert [edit.where for edit in found.definition] == ["GET /a"]
    assert build_differences(before, Documents(definitions={})).apis == ()
    assert changes(build_differences(before, Documents(definitions={}, apis={})).apis) == {"front": Kind.REMOVED}
