"""Fragments and how they are assembled: names, scopes, and states that several writers need."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest

from keyflow import asl
from keyflow.compiler.assembly import assembled
from keyflow.compiler.fragments import Enclosed, Fragment, Label, Written, joined, leads_to, single
from keyflow.diagnostics import Location

HERE, THERE = Location("here.py", 1), Location("there.py", 2)


def step(name: str, following: asl.Transition = asl.END) -> Fragment:
    return single(name, asl.Pass(next=following), HERE)


def test_two_states_that_want_one_name_get_two_and_every_way_leads_to_its_own() -> None:
    first, second = Label("Done", "first"), Label("Done", "second")
    rules = (asl.ChoiceRule(condition=asl.Comparison("$.x", "IsPresent", True), next=second),)
    asks = single("Asks", asl.Choice(choices=rules, default=first), HERE)
    made = assembled(joined("Asks", (step(first), asks, step(second, "Asks"))), ())
    assert list(made.states) == ["Done", "Asks", "Done 2"]
    choice = made.states["Asks"]
    assert isinstance(choice, asl.Choice)
    assert (choice.choices[0].next, choice.default) == ("Done 2", "Done")


def test_a_name_of_the_users_is_never_given_away() -> None:
    done = Label("Done")
    made = assembled(joined(done, (step("User", done), step(done))), ("User", "Done", "Done 2"))
    state = made.states["User"]
    assert isinstance(state, asl.Pass)
    assert (list(made.states), state.next) == (["User", "Done 3"], "Done 3")


def test_a_state_that_several_writers_need_stands_where_the_first_has_it() -> None:
    shared = Label("Shared", "subject")
    again = replace(step(shared), states=(Written(name=shared, state=asl.Pass(), location=THERE),))
    made = assembled(joined("A", (step("A", shared), step(shared), step("B", shared), again)), ())
    assert list(made.states) == ["A", "Shared", "B"]
    assert made.sources["Shared"] == HERE


def test_names_are_unique_across_scopes() -> None:
    inner, outer = Label("Failed", "inner"), Label("Failed", "outer")
    parallel = asl.Parallel(branches=(), next=outer)
    states = (Written(name=inner, state=asl.Pass(), location=HERE, failing=True),)
    written = Written(name="Both", state=parallel, location=HERE, scopes=(Enclosed(inner, states),))
    made = assembled(joined("Both", (Fragment(states=(written,)), step(outer))), ())
    both = made.states["Both"]
    assert isinstance(both, asl.Parallel)
    assert (both.next, both.branches[0].start_at, list(both.branches[0].states)) == ("Failed", "Failed 2", ["Failed 2"])
    assert made.failing == {"Failed 2"}
    assert set(made.sources) == {"Both", "Failed", "Failed 2"}


def test_long_names_keep_within_the_limit_and_apart() -> None:
    labels = [Label("x" * 90, subject) for subject in range(3)]
    made = assembled(joined(labels[0], map(step, labels)), ())
    assert len(made.states) == 3
    assert max(map(len, made.states)) == 80


def test_a_label_is_text_wherever_it_goes() -> None:
    label = Label("Done", object())
    assert json.dumps({label: label}) == '{"Done": "Done"}'
    assert type(copy.deepcopy(label)) is str


def test_a_way_to_another_state_of_the_same_name_does_not_count() -> None:
    wanted, other = Label("Item Failed", "one"), Label("Item Failed", "other")
    assert leads_to(step("A", wanted).states, wanted)
    assert not leads_to(step("A", other).states, wanted)


def test_an_empty_fragment_has_no_start() -> None:
    with pytest.raises(TypeError, match="no start"):
        _ = Fragment().start


def test_what_fragments_leave_is_joined_in_their_order() -> None:
    parts = [Fragment(left=(("results", str(index)),), tail=step(f"T{index}").states) for index in range(3)]
    whole = joined(asl.END, parts)
    assert whole.left == (("results", "0"), ("results", "1"), ("results", "2"))
    assert [each.name for each in whole.tail] == ["T0", "T1", "T2"]
