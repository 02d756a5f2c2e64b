"""Definitions, right and wrong, as graphs."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.render import Edge, Graph, Group, Kind, Node, Role, graph
from tests.render.pictures import TRIP, one_state


def node(drawn: Graph, *path: str | int) -> Node:
    (found,) = [each for each in drawn.nodes if each.path == path]
    return found


def test_each_state_is_a_node_with_its_full_path() -> None:
    assert [each.path for each in graph(TRIP).nodes] == [
        ("Book",),
        ("Paid?",),
        ("Both",),
        ("Both", 0, "Mail"),
        ("Both", 1, "Text"),
        ("Unpaid",),
        ("Unbook",),
        ("Failed",),
    ]


def test_a_node_says_what_it_is_and_does() -> None:
    drawn = graph(TRIP)
    assert (node(drawn, "Book").kind, node(drawn, "Book").detail) == ("Task", "dynamodb:putItem")
    assert node(drawn, "Both", 1, "Text").detail == "wait 5 s"
    assert node(drawn, "Both").ends
    assert not node(drawn, "Book").ends


def test_branches_and_iterators_are_groups_with_their_first_state() -> None:
    assert graph(TRIP).groups == (
        Group(path=("Both", 0), kind="branch", start=("Both", 0, "Mail")),
        Group(path=("Both", 1), kind="branch", start=("Both", 1, "Text")),
    )
    definition = one_state("Each", Type="Map", ItemProcessor=one_state("One"))
    assert graph(definition).groups == (Group(path=("Each", 0), kind="iterator", start=("Each", 0, "One")),)


def test_edges_have_labels_and_kinds() -> None:
    assert graph(TRIP).edges == (
        Edge(source=("Book",), target=("Paid?",), kind=Kind.NEXT),
        Edge(source=("Book",), target=("Unbook",), kind=Kind.CATCH, label="Full, States.Timeout", undoes=True),
        Edge(source=("Paid?",), target=("Both",), kind=Kind.CHOICE, label="$.paid = true"),
        Edge(source=("Paid?",), target=("Unpaid",), kind=Kind.DEFAULT, label="otherwise"),
        Edge(source=("Unbook",), target=("Failed",), kind=Kind.NEXT, undoes=True),
    )


def test_rules_and_catchers_that_lead_to_one_state_are_one_edge() -> None:
    rules = [{"Variable": "$.a", "NumericEquals": number, "Next": "B"} for number in (1, 2)]
    drawn = graph({"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": rules}, "B": {"Type": "Succeed"}}})
    assert [each.label for each in drawn.edges] == ["$.a = 1 or $.a = 2"]


def test_what_only_errors_lead_to_is_compensation_and_what_ends_in_an_error_is_failure() -> None:
    roles = {each.name: each.role for each in graph(TRIP).nodes}
    assert roles.pop("Unbook") is Role.COMPENSATION
    assert {roles.pop("Unpaid"), roles.pop("Failed")} == {Role.FAILURE}
    assert set(roles.values()) == {Role.FORWARD}


def test_what_is_inside_of_compensation_is_compensation() -> None:
    undo = {"Type": "Parallel", "Branches": [one_state("Inner")], "Next": "Failed"}
    drawn = graph({**TRIP, "States": {**TRIP["States"], "Unbook": undo}})
    assert node(drawn, "Unbook", 0, "Inner").role is Role.COMPENSATION


def test_without_compensation_states_say_that_they_have_an_undoing() -> None:
    drawn = graph(TRIP, compensation=False)
    assert "Unbook" not in [each.name for each in drawn.nodes]
    assert "Failed" not in [each.name for each in drawn.nodes]  # nothing else leads there
    assert not [each for each in drawn.edges if each.undoes]
    assert node(drawn, "Book").undone_by == ("Unbook",)


def test_a_build_knows_better_what_undoes_what() -> None:
    assert node(graph(TRIP, undoing={"Book": ["Refund", "Unbook"]}), "Book").undone_by == ("Refund", "Unbook")


def test_a_state_that_does_not_exist_is_a_node_that_says_so() -> None:
    drawn = graph(one_state("A", Type="Pass", Next="B"))
    assert (node(drawn, "B").kind, node(drawn, "B").role) == ("Missing", Role.FAILURE)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"States": []},
        {"StartAt": 3, "States": {"A": None, "B": {}}},
        {"StartAt": "A", "States": {"A": {"Type": [], "Next": {}, "Catch": 3, "Choices": [None, {"Next": 1}]}}},
        {"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {"States": 1}, "Branches": {"a": 1}}}},
        {
            "StartAt": "A",
            "States": {"A": {"Type": "Task", "Resource": 7, "Catch": [{"ErrorEquals": "x", "Next": "A"}]}},
        },
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": None, "Comment": 3}}},
    ],
)
def test_whatever_is_wrong_is_passed_over(wrong: Any) -> None:
    assert isinstance(graph(wrong), Graph)


def test_content_is_what_a_state_says_besides_where_it_leads() -> None:
    one, other = (graph(one_state("A", Type="Pass", Next=target, Result=1)) for target in "BC")
    assert node(one, "A").content == node(other, "A").content
    assert node(one, "A").content != node(graph(one_state("A", Type="Pass", Next="B", Result=2)), "A").content
