"""Scenarios, and what those that were run have shown."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.engine import Execution
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.world.faults import Fault, Kind
from keyflow.verify.world.variants import Variant


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way through the workflow, and what goes wrong on it."""

    variant: Variant
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counterexample:
    """A finding with the shortest scenario that shows it, and how many others do."""

    finding: Finding
    faults: tuple[Fault, ...]
    path: tuple[str, ...]
    ended: str
    answer: str | None
    scenarios: int = 1

    @property
    def _length(self) -> tuple[Any, ...]:
        """How hard it is to read: by the number of faults and of states, and plain refusals first."""
        kinds = list(Kind)
        return (len(self.faults), len(self.path), [kinds.index(fault.kind) for fault in self.faults], str(self.faults))

    def merged(self, other: Counterexample) -> Counterexample:
        """The shorter of two that show the same."""
        shorter = self if self._length <= other._length else other
        return replace(shorter, scenarios=self.scenarios + other.scenarios)


Key = tuple[Property, str, str, Weight]


@dataclass(slots=True)
class Findings:
    """What the scenarios run so far have shown; `tried` are those that were run, which stand for all `scenarios`.

    `entered` are the states that one of them came to, and `caught` the catchers that took an error in one, each by its
    state and its index.
    """

    scenarios: int = 0
    tried: int = 0
    found: dict[Key, Counterexample] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    caught: set[tuple[str, int]] = field(default_factory=set)

    def count(self, scenarios: int, execution: Execution | None = None, *, is_run: bool = True) -> None:
        """Notes a run that stands for so many scenarios, and where it went; one that was made before is not counted."""
        self.tried += is_run
        self.scenarios += scenarios
        if execution is not None:
            self.entered.update(execution.path)
            self.caught.update(execution.caught)

    def add(self, example: Counterexample) -> None:
        """Notes a counterexample."""
        finding = example.finding
        key = (finding.property, finding.state, finding.mark, finding.weight)
        known = self.found.get(key)
        self.found[key] = example if known is None else known.merged(example)

    def include(self, others: Findings) -> None:
        """Adds what another part of the search has found."""
        self.scenarios += others.scenarios
        self.tried += others.tried
        self.entered |= others.entered
        self.caught |= others.caught
        for example in others.found.values():
            self.add(example)

    @property
    def has_violation(self) -> bool:
        """Whether the proof has failed already."""
        return any(key[3] is Weight.VIOLATION for key in self.found)

    def of(self, weight: Weight) -> tuple[Counterexample, ...]:
        """The findings of a weight, in the order of properties."""
        chosen = [example for key, example in self.found.items() if key[3] is weight]
        return tuple(sorted(chosen, key=lambda example: (example.finding.property.name, example._length)))
