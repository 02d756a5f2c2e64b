"""Policies: what is granted on one side only."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keyflow.differences import lines, policy_differences
from tests.differences.mirrored import mirrored, seen

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/keys"


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = TABLE, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def text(before: Any, after: Any) -> list[str]:
    return list(lines(policy_differences(before, after)))


def test_a_grant_is_new_and_one_is_gone() -> None:
    before = policy(allow(["dynamodb:GetItem", "dynamodb:DeleteItem"]))
    after = policy(allow(["dynamodb:PutItem", "dynamodb:GetItem"]))
    assert text(before, after) == [f"+ dynamodb:PutItem on {TABLE}", f"- dynamodb:DeleteItem on {TABLE}"]


def test_how_statements_are_grouped_says_nothing() -> None:
    together = policy(allow(["a:A", "a:B"], ["*", TABLE], Sid="Both"))
    apart = policy(allow("a:B"), allow("a:A", [TABLE]), allow("a:B", "*"), allow("a:A", "*"))
    assert policy_differences(together, apart) == ()
    assert policy_differences(policy(allow("a:A")), {"Version": "2012-10-17", "Statement": allow("a:A")}) == ()


def test_a_condition_is_part_of_what_is_granted() -> None:
    before = policy(allow("a:A", "*"))
    after = policy(allow("a:A", "*", Condition={"StringEquals": {"k": ["y", "x"]}}))
    assert text(before, after) == ['+ a:A on *, Condition {"StringEquals": {"k": ["x", "y"]}}', "- a:A on *"]
    other = policy(allow("a:A", "*", Condition={"StringEquals": {"k": ["x", "y"]}}))
    assert policy_differences(after, other) == ()


def test_what_is_denied_and_what_is_excepted() -> None:
    before = policy()
    after = policy({"Effect": "Deny", "NotAction": ["a:B", "a:A"], "NotResource": TABLE, "Principal": "*"})
    assert text(before, after) == [f'+ Deny all but ["a:A", "a:B"] on all but ["{TABLE}"], Principal *']


def test_the_version_is_compared_too() -> None:
    assert text({"Version": "2008-10-17"}, {"Version": "2012-10-17"}) == ['~ Version: "2008-10-17" → "2012-10-17"']


actions = st.lists(st.sampled_from(["a:A", "a:B", "b:C"]), min_size=1, max_size=3)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": actions, "Resource": actions},
    optional={"Condition": st.sampled_from([{"Bool": {"x": "true"}}, {"Bool": {"x": ["true"]}}])},
)


@given(st.lists(statements, max_size=3), st.lists(statements, max_size=3))
def test_there_are_edits_where_other_things_are_granted(before: list[Any], after: list[Any]) -> None:
    edits = policy_differences(policy(*before), policy(*after))
    assert (edits == ()) == (granted(before) == granted(after))
    assert seen(policy_differences(policy(*after), policy(*before))) == mirrored(edits)


def granted(found: list[Any]) -> set[tuple[str, str, str, bool]]:
    return {
        (each["Effect"], action, resource, "Condition" in each)
        for each in found
        for action in each["Action"]
        for resource in each["Resource"]
    }
