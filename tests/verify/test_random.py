"""Random workflows are proven: what the compiler writes does what the definition says, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.compiler import compile_workflow
from keyflow.verify import Subject, Weight, subject_of_workflow
from keyflow.verify.search.classes import is_plain
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import Trials, trials_of
from tests.random_workflows import RandomWorkflow

randoms = st.randoms(use_true_random=False)
MOST_SCENARIOS = 150
"""Of one random workflow with single faults: a few have thousands, which would take as long as all others together."""
WAYS = 25
"""Of one random workflow with two and three faults, for the same reason."""


def violations(trials: Trials, scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    """What is violated in one scenario."""
    found = trials.findings(scenario, trials.run(scenario))
    return ((each.message, scenario) for each in found if each.weight is Weight.VIOLATION)


def shown_alone(subject: Subject) -> Iterator[tuple[str, Scenario]]:
    """What is violated without a fault, and with each alone; of faults that nothing tells apart, one is run.

    Where there are many, as in Maps in Maps, they are tried at even distances, so that they are of all calls.
    """
    trials = trials_of(subject)
    explorer = explorer_of(trials)
    plain = [Scenario(variant) for variant in explorer.variants]
    single = [
        Scenario(scenario.variant, (each.tried,))
        for scenario in plain
        for call in trials.run(scenario).places()
        for each in explorer.classes(*call)
    ]
    for scenario in (*plain, *single[:: len(single) // MOST_SCENARIOS + 1]):
        yield from violations(trials, scenario)


def shown_together(subject: Subject, random: Random) -> Iterator[tuple[str, Scenario]]:
    """What is violated with two faults, and with three refusals, each in a call that comes after that of the last."""
    trials = trials_of(subject)
    explorer = explorer_of(trials)
    for _way in range(WAYS):
        scenario, place, are_plain = Scenario(random.choice(explorer.variants)), None, True
        while calls := [*trials.run(scenario).places(place)]:
            place, resource = random.choice(calls)
            fault = random.choice(explorer.classes(place, resource)).tried
            are_plain = are_plain and is_plain(fault, resource)
            if len(scenario.faults) == (3 if are_plain else 2):
                break
            scenario = Scenario(scenario.variant, (*scenario.faults, fault))
        yield from violations(trials, scenario)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:The recursion limit")  # which the JSONata library raises
@given(randoms, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_every_single_fault(random: Random, wild: bool, maps: bool, jsonata: bool) -> None:
    """P0 to P3, S1 to S8 and the part of S10 that needs no result; in iterations, too, and in both languages."""
    compiled = compile_workflow(RandomWorkflow(random, wild=wild, maps=maps, jsonata=jsonata).workflow)
    assert list(shown_alone(subject_of_workflow(compiled, ()))) == []


@pytest.mark.filterwarnings("ignore:The recursion limit")
@given(randoms, st.booleans(), st.booleans())
@settings(max_examples=4, deadline=None)
def test_faults_of_one_class_do_the_same_alone(random: Random, wild: bool, maps: bool) -> None:
    """So that one of them may stand for the others."""
    workflow = RandomWorkflow(random, wild=wild, maps=maps).workflow
    trials = trials_of(subject_of_workflow(compile_workflow(workflow), ()))
    explorer = explorer_of(trials)
    for place, resource in trials.run(Scenario(explorer.variants[0])).places():
        for each in explorer.classes(place, resource):
            scenarios = [Scenario(explorer.variants[0], (fault,)) for fault in each.faults]
            assert len({trials.run(scenario).conduct for scenario in scenarios}) == 1


@pytest.mark.filterwarnings("ignore:The recursion limit")
@given(randoms, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_faults_one_after_another(random: Random, wild: bool, maps: bool, jsonata: bool) -> None:
    """The same where a fault strikes on the way that another one leads to, and a third on the way of two."""
    compiled = compile_workflow(RandomWorkflow(random, wild=wild, maps=maps, jsonata=jsonata).workflow)
    assert list(shown_together(subject_of_workflow(compiled, ()), random)) == []
