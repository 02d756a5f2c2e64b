"""What came of every failure of one version of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from keyflow import asl
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.search.explore import Judged
from keyflow.verify.search.proof import prove
from keyflow.verify.search.trials import Ran
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.faults import Fault, Place

Key = tuple[Property, str, str]
"""What is the same finding in another version: its property, its state and its mark."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a failure: how the execution ended, what the caller was answered, and the states called after it."""

    ended: str
    answer: str | None
    calls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A finding, and scenarios that show it: of each class one fault, whichever, with one another.

    `location` is the line of the state that it is about, where it is known.
    """

    finding: Finding
    classes: tuple[tuple[Fault, ...], ...]
    path: tuple[str, ...]
    ended: str
    answer: str | None
    location: Location | None = None

    @property
    def key(self) -> Key:
        """What makes it the same finding in another version."""
        return (self.finding.property, self.finding.state, self.finding.mark)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """What came of all failures of a workflow.

    Attributes:
        name: The workflow's.
        scenarios: How many the proof speaks for.
        recognised: Whether a call is known to change anything: without one, nothing is shown of what could be left.
        answered: Whether a route waits for its end, so that answers are judged.
        uncalled: The tasks that no scenario has called: nothing is shown of them.
        alone: By each fault that strikes alone, and by None where there is none, what came of it: one outcome for each
            way through the workflow that is another.
        shown: Every violation, and what cannot be proven, of one fault or several.
    """

    name: str
    scenarios: int
    recognised: bool
    answered: bool
    uncalled: tuple[str, ...]
    alone: Mapping[Fault | None, frozenset[Outcome]]
    shown: tuple[Shown, ...]

    def of(self, weight: Weight) -> tuple[Shown, ...]:
        """What is shown of a weight; what cannot be proven only of states of which it is not violated."""
        if weight is not Weight.UNPROVABLE:
            return tuple(each for each in self.shown if each.finding.weight is weight)
        violated = {each.key[:2] for each in self.shown if each.finding.weight is Weight.VIOLATION}
        return tuple(each for each in self.shown if each.finding.weight is weight and each.key[:2] not in violated)

    def renamed(self, names: Mapping[str, str]) -> Outcomes:
        """The same with other names of states, so that they are found in a version that calls them so."""
        if not names:
            return self

        def fault(given: Fault) -> Fault:
            state, iteration = given.place
            return replace(given, place=(names.get(state, state), iteration))

        def states(given: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(state, state) for state in given)

        def outcome(given: Outcome) -> Outcome:
            return replace(given, calls=states(given.calls))

        def shown(given: Shown) -> Shown:
            state = given.finding.state
            return replace(
                given,
                finding=replace(given.finding, state=names.get(state, state)),
                classes=tuple(tuple(map(fault, each)) for each in given.classes),
                path=states(given.path),
            )

        alone = {each and fault(each): frozenset(map(outcome, found)) for each, found in self.alone.items()}
        return replace(self, alone=alone, shown=tuple(map(shown, self.shown)))


def outcomes_of(subject: Subject, depth: int = 2) -> Outcomes:
    """Tries every failure of a subject, up to `depth` faults together.

    Raises:
        EngineError: KF701, the definition cannot be run even where nothing goes wrong.
    """
    record = _Record(subject)
    proof = prove(subject, depth=depth, watch=record.note)
    noted = {each.key for each in record.shown}
    of_the_endpoint = (  # what answers show of ends that no scenario comes to
        Shown(
            finding=each.finding,
            classes=(),
            path=each.path,
            ended=each.ended,
            answer=each.answer,
            location=subject.place(each.finding.state),
        )
        for each in proof.violations
    )
    return Outcomes(
        name=subject.name,
        scenarios=proof.scenarios,
        recognised=proof.recognised,
        answered=subject.endpoint is not None,
        uncalled=tuple(name for name, _task in asl.all_tasks(subject.machine) if name not in record.called),
        alone={fault: frozenset(found) for fault, found in record.alone.items()},
        shown=(*record.shown, *(each for each in of_the_endpoint if each.key not in noted)),
    )


@dataclass(slots=True)
class _Record:
    subject: Subject
    alone: dict[Fault | None, set[Outcome]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

    def note(self, judged: Judged) -> None:
        """Keeps what one run shows."""
        self.called.update(entry.place[0] for entry in judged.ran.log)
        if len(judged.classes) <= 1:
            faults = judged.classes[0].faults if judged.classes else (None,)
            for fault in faults:
                calls = _calls(judged.ran, None if fault is None else fault.place)
                self.alone.setdefault(fault, set()).add(Outcome(judged.ended, judged.answer, calls))
        for example in judged.examples:
            if example.finding.weight is not Weight.ASSUMPTION:
                self.shown.append(
                    Shown(
                        finding=example.finding,
                        classes=tuple(each.faults for each in judged.classes),
                        path=example.path,
                        ended=example.ended,
                        answer=example.answer,
                        location=self.subject.place(example.finding.state),
                    )
                )


def _calls(ran: Ran, after: Place | None) -> tuple[str, ...]:
    """The states whose calls an execution made, once for all attempts: all of them, or those after another's."""
    return tuple(place[0] for place, _resource in ran.places(after))
