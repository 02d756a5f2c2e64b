"""What becomes of a mutant: found early, found by the whole proof, or shown to do the same as the sound definition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from keyflow import Workflow, asl
from keyflow.build import build
from keyflow.compiler import Compiled
from keyflow.diagnostics import KeyflowError
from keyflow.engine import TaskCall
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify import Subject, Weight, prove, subject_of_workflow
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.interleaving import Party, interleaved
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import Ran, Trials, trials_of
from keyflow.verify.world.marks import marks_of
from keyflow.verify.world.own import OTHERS_NAME, OWN_NAME
from tests.verify.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]


@cache
def compiled(name: str) -> tuple[Compiled, Subject]:
    """A worked example; `AddApiKey in JSONata` is one in the other query language."""
    plain, _in, language = name.partition(" in ")
    project = find_project(ROOT)
    definitions = load_definitions(project)
    workflow = definitions.workflows[plain]
    if language:
        assert isinstance(workflow, Workflow)
        workflow.query_language = "JSONata"
    (chosen,) = build(project, definitions, [plain]).workflows
    return chosen, subject_of_workflow(chosen, definitions.apis.values())


def all_mutants(name: str) -> list[Mutant]:
    workflow = compiled(name)[0].workflow
    undoing = frozenset(undo.name for task in workflow.tasks() for undo in task.compensations)
    return list(mutants(compiled(name)[0].document, undoing))


Outcome = tuple[Any, ...]
T = TypeVar("T")


def outcome(ran: Ran) -> Outcome:
    """What a scenario came to, but for the states that the execution passed through, and the data that it had there."""
    end = ran.execution
    cause = None if end.error in (RUNTIME, QUERY_EVALUATION) else end.cause  # it shows all data of the state
    calls = [(call.state, call.resource, _shown(call), call.attempt) for call in end.calls]
    return (end.status, end.error, cause, end.output, calls)


def _shown(call: TaskCall) -> Any:
    """What a call was given, but for the report of a Map's failures, whose size the manifest has.

    It names the call's own error where no one declares another one, and P0 asks which iterations failed.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    given = call.parameters
    is_report = isinstance(given, dict) and re.search(r"/(FAILED_\d+|manifest)\.json$", str(given.get("Key")))
    return {**given, "Body": None} if is_report else given


class Noting(Trials):
    """Keeps what each scenario came to, in the order in which they were run, and the states that were entered."""

    @cached_property
    def noted(self) -> list[tuple[Scenario, Outcome, frozenset[str]]]:
        return []

    def run(self, scenario: Scenario) -> Ran:
        ran = super().run(scenario)
        self.noted.append((scenario, outcome(ran), frozenset(ran.execution.path)))
        return ran


def watched(subject: Subject, *, every: bool, followed: int) -> list[tuple[Scenario, Outcome, frozenset[str]]]:
    """Scenarios of a subject with what they came to: one of each class of faults, or all of a sample of first ones."""
    plain = trials_of(subject)
    noting = Noting(subject=subject, machine=plain.machine, tasks=plain.tasks, maps=plain.maps, keys=plain.keys)
    explorer = explorer_of(noting, every=every)
    firsts = [first for tried in explorer.alone() for first in tried.firsts]
    for first in sampled(firsts, len(firsts) // followed) if every else firsts:
        explorer.pairs(first)
    return noting.noted


def sampled(of: Sequence[T], number: int | None) -> Sequence[T]:
    """So many, by chance; all where there are no more."""
    return of if number is None or number >= len(of) else Random().sample(of, number)


@cache
def entering(name: str, *, every: bool, followed: int = 10) -> Mapping[str, tuple[tuple[Scenario, Outcome], ...]]:
    """By state, the scenarios in which an execution of the sound definition enters it, the plainest first.

    What is broken in a state shows in these only: until it is entered, an execution is the same.
    """
    found: dict[str, dict[str, tuple[Scenario, Outcome]]] = {}
    plainest_first = sorted(
        watched(compiled(name)[1], every=every, followed=followed), key=lambda each: len(each[0].faults)
    )
    for scenario, came_to, entered in plainest_first:
        written = str(scenario)
        for state in entered:
            found.setdefault(state, {}).setdefault(written, (scenario, came_to))
    return {state: tuple(scenarios.values()) for state, scenarios in found.items()}


def is_harmless(name: str, changed: Subject, state: str, *, compared: int | None, followed: int) -> bool:
    """Whether a definition in which a state is broken does the same as the sound one in each scenario that is tried.

    `compared` of the scenarios are run in which the faults enter the state, None for all; of each class, one always is.
    """
    trials = trials_of(changed)
    if explorer_of(trials).variants != explorer_of(trials_of(compiled(name)[1])).variants:
        return False
    of_each_class = entering(name, every=False).get(state, ())
    of_a_sample = entering(name, every=True, followed=followed).get(state, ())
    chosen = (*of_each_class, *sampled(of_a_sample, compared))
    assert chosen
    if not all(outcome(trials.run(scenario)) == came_to for scenario, came_to in chosen):
        return False
    return does_the_same_by_chance(compiled(name)[1], changed, Random())


# Scenarios that no proof chooses.

BY_CHANCE = 60
"""Scenarios, and interleavings, in which a broken definition and the sound one are compared."""


def does_the_same_by_chance(sound: Subject, changed: Subject, random: Random) -> bool:
    """Whether two definitions do the same with faults and turns that are drawn: as many as four, of any call."""
    one, other = trials_of(sound), trials_of(changed)
    variants = explorer_of(one).variants
    for _ in range(BY_CHANCE):
        scenario = Scenario(random.choice(variants))
        for _fault in range(random.randrange(5)):
            scenario = _with_another_fault(one, scenario, random)
        if outcome(one.run(scenario)) != outcome(other.run(scenario)):
            return False
    return all(_turns(one, seed) == _turns(other, seed) for seed in range(BY_CHANCE // 3))


def _with_another_fault(trials: Trials, scenario: Scenario, random: Random) -> Scenario:
    """A scenario in which one call more goes wrong, wherever it stands."""
    struck = {fault.place for fault in scenario.faults}
    places = [each for each in trials.run(scenario).places() if each[0] not in struck]
    if not places:
        return scenario
    return replace(scenario, faults=(*scenario.faults, random.choice(trials.faults(*random.choice(places)))))


def _turns(trials: Trials, seed: int) -> Any:
    """What two executions come to that take turns as they are drawn."""
    random = Random(seed)
    variant = random.choice(explorer_of(trials).variants)
    parties = [
        Party(who=who, name=name, trials=trials, variant=variant, seed=index)
        for index, (who, name) in enumerate((("one", OWN_NAME), ("other", OTHERS_NAME)))
    ]
    found = interleaved(parties, tuple(random.randrange(1, 4) for _ in range(random.randrange(4))), {})
    if found is None:
        return None
    ends = [(end.status, end.error, end.output) for end in found.executions.values()]
    return ends, {mark.words: value for mark, value in marks_of(found.world).items()}


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


class Fate(Enum):
    """What becomes of a mutant."""

    EARLY = "found where it is entered"
    WHOLE = "found by the whole proof"
    HARMLESS = "does the same"
    SURVIVES = "survives"


def fate(name: str, mutant: Mutant, *, compared: int | None = 300, followed: int = 10, whole: bool = False) -> Fate:
    """What becomes of a mutant of a worked example; with `whole`, the whole proof has to find it, too."""
    changed = replace(compiled(name)[1], machine=asl.parse(mutant.document))
    if is_caught_early(changed, entering(name, every=False).get(mutant.state, ())):
        return Fate.EARLY if not whole or is_caught(changed) else Fate.SURVIVES
    if is_harmless(name, changed, mutant.state, compared=compared, followed=followed):
        return Fate.HARMLESS
    return Fate.WHOLE if is_caught(changed) else Fate.SURVIVES
