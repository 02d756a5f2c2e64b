"""Where failures come to something else in one version of a workflow than in another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.verify.comparison.outcomes import Key, Outcome, Outcomes, Shown
from keyflow.verify.judges.findings import Weight
from keyflow.verify.world.faults import Fault, Kind

Faults = tuple[Fault, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A finding that only one of two versions has, with the shortest scenario that shows it.

    Attributes:
        shown: The finding, and how the execution went.
        faults: What goes wrong.
        scenarios: How many scenarios show it there and not in the other version.
        alone: The faults that show it without another, the one that is shown included.
        elsewhere: What comes of the same failure in the other version, where it strikes alone.
        possible: Whether the failure can happen in the other version at all.
    """

    shown: Shown
    faults: Faults
    scenarios: int
    alone: Faults
    elsewhere: tuple[Outcome, ...]
    possible: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Otherwise:
    """Failures of a state that come to something else, and violate nothing in either version.

    `faults` is empty where nothing goes wrong at all.
    """

    faults: Faults
    before: tuple[Outcome, ...]
    after: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """How the failures of two versions of a workflow differ.

    Attributes:
        opened: What is violated now.
        closed: What is violated no longer.
        still: How many findings are violations in both.
        unprovable: What cannot be proven of the new version.
        unprovable_before: What could not be proven of the old one.
        otherwise: What comes to something else.
        fresh: Failures that could not happen before: of calls that are new, or with errors that are.
        gone: Failures that cannot happen any more.
    """

    before: Outcomes
    after: Outcomes
    opened: tuple[Case, ...]
    closed: tuple[Case, ...]
    still: int
    unprovable: tuple[Shown, ...]
    unprovable_before: tuple[Shown, ...]
    otherwise: tuple[Otherwise, ...]
    fresh: Faults
    gone: Faults

    @property
    def newly_unprovable(self) -> tuple[Shown, ...]:
        """What cannot be proven of the new version and could of the old one, or is of something new."""
        return _without(self.unprovable, self.unprovable_before)

    @property
    def no_longer_unprovable(self) -> tuple[Shown, ...]:
        """What could not be proven of the old version, and can now or is gone."""
        return _without(self.unprovable_before, self.unprovable)

    @property
    def is_empty(self) -> bool:
        """Whether every failure comes to the same."""
        cases = (self.opened, self.closed, self.otherwise, self.fresh, self.gone)
        return not any((*cases, self.newly_unprovable, self.no_longer_unprovable))


def changes(before: Outcomes, after: Outcomes, renamed: Mapping[str, str]) -> Changes:
    """How what failures come to differs, where `renamed` says what states of `before` are called now.

    Scenarios are the same where the same calls fail in the same way, whatever the input is.
    """
    before = before.renamed(renamed)
    old, new = _violated(before), _violated(after)
    opened, closed = _only_in(new, old, before), _only_in(old, new, after)
    judged = {faults for _key, faults in old.keys() ^ new.keys()}
    return Changes(
        before=before,
        after=after,
        opened=opened,
        closed=closed,
        still=len({key for key, _faults in old} & {key for key, _faults in new}),
        unprovable=_once(after.of(Weight.UNPROVABLE)),
        unprovable_before=_once(before.of(Weight.UNPROVABLE)),
        otherwise=_otherwise(before, after, judged),
        fresh=_missing(after, before),
        gone=_missing(before, after),
    )


_Scenario = tuple[Key, frozenset[Fault]]


def _violated(outcomes: Outcomes) -> dict[_Scenario, tuple[Shown, Faults]]:
    """Each violation in each scenario that shows it, every fault of a class by itself."""
    found: dict[_Scenario, tuple[Shown, Faults]] = {}
    for shown in outcomes.of(Weight.VIOLATION):
        for faults in itertools.product(*shown.classes):
            scenario = (shown.key, frozenset(faults))
            known = found.get(scenario)
            if known is None or _length(shown, faults) < _length(*known):
                found[scenario] = (shown, faults)
    return found


def _length(shown: Shown, faults: Faults) -> tuple[Any, ...]:
    """How hard it is to read, as counterexamples of proofs have it."""
    kinds = list(Kind)
    return (len(faults), len(shown.path), [kinds.index(fault.kind) for fault in faults], str([*map(str, faults)]))


def _only_in(
    mine: Mapping[_Scenario, tuple[Shown, Faults]], others: Mapping[_Scenario, Any], other: Outcomes
) -> tuple[Case, ...]:
    """What only one version has, by finding."""
    grouped: dict[Key, list[tuple[Shown, Faults]]] = {}
    for scenario, found in mine.items():
        if scenario not in others:
            grouped.setdefault(scenario[0], []).append(found)
    cases = []
    for found_of_key in grouped.values():
        shown, faults = min(found_of_key, key=lambda found: _length(*found))
        is_alone = len(faults) <= 1 and bool(shown.path)  # an answer alone is of no execution
        known = other.alone.get(faults[0] if faults else None, frozenset()) if is_alone else ()
        cases.append(
            Case(
                shown=shown,
                faults=faults,
                scenarios=len(found_of_key),
                alone=tuple(each[0] for _shown, each in found_of_key if len(each) == 1),
                elsewhere=_sorted(known),
                possible=all(fault in other.alone for fault in faults),
            )
        )
    return tuple(sorted(cases, key=lambda case: (case.shown.key[0].name, _length(case.shown, case.faults))))


def _otherwise(before: Outcomes, after: Outcomes, judged: set[frozenset[Fault]]) -> tuple[Otherwise, ...]:
    """What comes to something else, where it is no matter of violations: one entry for all failures of a state that
    come to the same.
    """
    grouped: dict[tuple[str | None, frozenset[Outcome], frozenset[Outcome]], list[Fault]] = {}
    for fault, new in after.alone.items():
        old = before.alone.get(fault)
        if old is not None and old != new and frozenset([] if fault is None else [fault]) not in judged:
            faults = grouped.setdefault((None if fault is None else fault.place[0], old - new, new - old), [])
            faults += [] if fault is None else [fault]
    return tuple(
        Otherwise(faults=tuple(faults), before=_sorted(old), after=_sorted(new))
        for (_state, old, new), faults in grouped.items()
    )


def _missing(mine: Outcomes, other: Outcomes) -> Faults:
    return tuple(fault for fault in mine.alone if fault is not None and fault not in other.alone)


def _once(found: Iterable[Shown]) -> tuple[Shown, ...]:
    """The first of each finding."""
    return tuple({each.key: each for each in reversed([*found])}.values())[::-1]


def _without(found: Iterable[Shown], others: Iterable[Shown]) -> tuple[Shown, ...]:
    known = {each.key for each in others}
    return tuple(each for each in found if each.key not in known)


def _sorted(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(sorted(outcomes, key=lambda each: (each.ended, each.answer or "", each.calls)))
