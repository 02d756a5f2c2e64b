"""The proof misses nothing: every way to break the compiled artefacts is caught, or shown to change nothing."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from keyflow import asl
from keyflow.build import build
from keyflow.compiler import Compiled
from keyflow.diagnostics import KeyflowError
from keyflow.http.gateway import Gateway
from keyflow.project import find_project, load_definitions
from keyflow.verify import Subject, Weight, prove, subject_of_workflow
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import Ran, Trials, trials_of
from tests.verify.mutants import Mutant, mutant_templates, mutants

ROOT = Path(__file__).parents[2]
NAMES = ("AddApiKey", "AddApiKeyFast")
PARTS = 6
EVERY = bool(os.environ.get("KEYFLOW_EVERY_MUTANT"))
"""Whether every mutant is tried, and each gets the whole proof, also where a few scenarios have caught it already."""
TRIED = 1 if EVERY else 8
"""Of so many mutants one is tried, by chance: each run tries others."""
FOLLOWED = 1 if EVERY else 10
"""Of so many first faults, each one of its class, one is followed by every second one; one of each class always is."""
COMPARED = None if EVERY else 300
"""Of the scenarios in which those faults enter a state, so many are run for each mutant of it; None for all."""


@cache
def compiled(name: str) -> tuple[Compiled, Subject]:
    project = find_project(ROOT)
    built = build(project, load_definitions(project))
    (chosen,) = (each for each in built.workflows if each.workflow.name == name)
    return chosen, subject_of_workflow(chosen, built.apis)


def all_mutants(name: str) -> list[Mutant]:
    workflow = compiled(name)[0].workflow
    undoing = frozenset(undo.name for task in workflow.tasks() for undo in task.compensations)
    return list(mutants(compiled(name)[0].document, undoing))


Outcome = tuple[Any, ...]
T = TypeVar("T")


def outcome(ran: Ran) -> Outcome:
    """What a scenario came to, but for the states that the execution passed through."""
    end = ran.execution
    calls = [(call.state, call.resource, call.parameters, call.attempt) for call in end.calls]
    return (end.status, end.error, end.cause, end.output, calls)


class Noting(Trials):
    """Keeps what each scenario came to, in the order in which they were run, and the states that were entered."""

    @cached_property
    def noted(self) -> list[tuple[Scenario, Outcome, frozenset[str]]]:
        return []

    def run(self, scenario: Scenario) -> Ran:
        ran = super().run(scenario)
        self.noted.append((scenario, outcome(ran), frozenset(ran.execution.path)))
        return ran


def watched(subject: Subject, *, every: bool) -> list[tuple[Scenario, Outcome, frozenset[str]]]:
    """Scenarios of a subject with what they came to: one of each class of faults, or all of a sample of first ones."""
    plain = trials_of(subject)
    noting = Noting(subject=subject, machine=plain.machine, tasks=plain.tasks, maps=plain.maps, keys=plain.keys)
    explorer = explorer_of(noting, every=every)
    firsts = [first for tried in explorer.alone() for first in tried.firsts]
    for first in sampled(firsts, len(firsts) // FOLLOWED) if every else firsts:
        explorer.pairs(first)
    return noting.noted


def sampled(of: Sequence[T], number: int | None) -> Sequence[T]:
    """So many, by chance; all where there are no more."""
    return of if number is None or number >= len(of) else Random().sample(of, number)


@cache
def entering(name: str, *, every: bool) -> Mapping[str, tuple[tuple[Scenario, Outcome], ...]]:
    """By state, the scenarios in which an execution of the sound definition enters it, the plainest first.

    What is broken in a state shows in these only: until it is entered, an execution is the same.
    """
    found: dict[str, dict[str, tuple[Scenario, Outcome]]] = {}
    plainest_first = sorted(watched(compiled(name)[1], every=every), key=lambda each: len(each[0].faults))
    for scenario, came_to, entered in plainest_first:
        for state in entered:
            found.setdefault(state, {}).setdefault(str(scenario), (scenario, came_to))
    return {state: tuple(scenarios.values()) for state, scenarios in found.items()}


def is_harmless(name: str, changed: Subject, state: str) -> bool:
    """Whether a definition in which a state is broken does the same as the sound one in each scenario that is tried."""
    trials = trials_of(changed)
    if explorer_of(trials).variants != explorer_of(trials_of(compiled(name)[1])).variants:
        return False
    of_each_class, of_a_sample = (entering(name, every=every).get(state, ()) for every in (False, True))
    compared = (*of_each_class, *sampled(of_a_sample, COMPARED))
    assert compared
    return all(outcome(trials.run(scenario)) == came_to for scenario, came_to in compared)


def is_caught_early(changed: Subject, scenarios: Iterable[tuple[Scenario, Outcome]]) -> bool:
    """Whether one of these scenarios shows a violation; each of them is one that the whole proof would run, too."""
    try:
        trials = trials_of(changed)
        return any(_violates(trials, scenario) for scenario, _sound in scenarios)
    except KeyflowError:
        return True


def _violates(trials: Trials, scenario: Scenario) -> bool:
    found = trials.findings(scenario, trials.run(scenario))
    return any(finding.weight is Weight.VIOLATION for finding in found)


def is_caught(subject: Subject) -> bool:
    try:
        return not prove(subject, until_violated=True).holds
    except KeyflowError:
        return True


def chosen_for_the_whole(mutants: Sequence[Mutant]) -> set[str]:
    """A random twentieth of those that are caught early: the whole proof must find them as well."""
    return {mutant.label for mutant in Random().sample(mutants, math.ceil(len(mutants) / 20))}


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", NAMES)
def test_every_mutant_is_caught_or_harmless(name: str, part: int) -> None:
    """P1 to P5: a compensation, guard, catcher, retry or end that is removed or broken.

    Each is first run in the scenarios that enter the state which it breaks. A random part of those that show a
    violation is proven as a whole, and so is what shows none and does not do the same as the sound definition.
    """
    subject = compiled(name)[1]
    mine = all_mutants(name)[part::PARTS]
    chosen = Random().sample(mine, len(mine) // TRIED)
    assert len(chosen) > 8
    whole = chosen_for_the_whole(chosen)
    for mutant in chosen:
        changed = replace(subject, machine=asl.parse(mutant.document))
        early = is_caught_early(changed, entering(name, every=False).get(mutant.state, ()))
        if early and (EVERY or mutant.label in whole):
            assert is_caught(changed), mutant.label
        if not early and not is_harmless(name, changed, mutant.state):
            assert is_caught(changed), mutant.label


@pytest.mark.parametrize("name", NAMES)
def test_every_broken_response_mapping_is_caught(name: str) -> None:
    """P4."""
    subject = compiled(name)[1]
    endpoint = subject.endpoint
    assert endpoint is not None
    integration = endpoint.gateway.integration
    template = integration["responses"]["200"]["responseTemplates"]["application/json"]
    broken = list(mutant_templates(template))
    assert len(broken) > 12
    for label, text in broken:
        changed: Any = copy.deepcopy(integration)
        changed["responses"]["200"]["responseTemplates"]["application/json"] = text
        mutant = replace(subject, endpoint=replace(endpoint, gateway=Gateway(changed)))
        assert is_caught(mutant), label


def test_a_lookup_that_lists_nothing_is_tried() -> None:
    """Nothing was made, and nothing of another's is there: what comes after that must be right, too."""
    led = (
        (mutant, mutant.label.partition(": Anything?: default leads to ")[2]) for mutant in all_mutants("AddApiKeyFast")
    )
    # within the lookup the first of no entries is read: Step Functions ends the execution, for its data
    empty = [mutant for mutant, target in led if target.startswith(("Delete ", "Remove "))]
    assert len(empty) >= 3
    subject = compiled("AddApiKeyFast")[1]
    for mutant in empty:
        changed = replace(subject, machine=asl.parse(mutant.document))
        assert is_caught_early(changed, entering("AddApiKeyFast", every=False)[mutant.state]), mutant.label
