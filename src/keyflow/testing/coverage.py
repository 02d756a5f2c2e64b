"""Which states, and which ways out of Choices and catchers, no test has taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from keyflow import asl
from keyflow.dataclass import dataclass
from keyflow.engine import Event

Branch = tuple[str, str]
"""A way out of a state that has several: the state, and the one that it leads to."""


@dataclass(slots=True)
class Machine:
    """One definition's states and branches, and those that were entered and taken."""

    states: set[str] = field(default_factory=set)
    branches: set[Branch] = field(default_factory=set)
    entered: set[str] = field(default_factory=set)
    taken: set[Branch] = field(default_factory=set)


class Coverage:
    """Collects over all tests, by the definition's name."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}

    def add(self, name: str, machine: asl.StateMachine, history: Iterable[Event]) -> None:
        """Adds one execution."""
        known = self.machines.setdefault(name, Machine())
        for state_name, state in asl.all_states(machine):
            known.states.add(state_name)
            known.branches.update((state_name, target) for place, target in asl.transitions(state) if place != "Next")
        events = {event.id: event for event in history}
        for event in events.values():
            if event.type.endswith("StateEntered"):
                entered = event.details["name"]
                known.entered.add(entered)
                before = events.get(event.previous)
                if before is not None and before.type.endswith("StateExited"):
                    known.taken.add((before.details["name"], entered))

    def document(self) -> dict[str, Any]:
        """What another process can add to its own."""
        return {
            name: {
                "states": sorted(machine.states),
                "branches": sorted(machine.branches),
                "entered": sorted(machine.entered),
                "taken": sorted(machine.taken),
            }
            for name, machine in self.machines.items()
        }

    def include(self, document: Mapping[str, Any]) -> None:
        """Adds what another process has collected."""
        for name, found in document.items():
            known = self.machines.setdefault(name, Machine())
            known.states.update(found["states"])
            known.entered.update(found["entered"])
            known.branches.update(map(tuple, found["branches"]))
            known.taken.update(map(tuple, found["taken"]))

    def lines(self) -> Iterator[str]:
        """The report."""
        for name, machine in sorted(self.machines.items()):
            taken = machine.taken & machine.branches
            states = f"{len(machine.entered & machine.states)} of {len(machine.states)} states"
            yield f"{name}: {states}, {len(taken)} of {len(machine.branches)} branches"
            for state in sorted(machine.states - machine.entered):
                yield f"    never entered: {state}"
            for state, target in sorted(machine.branches - taken):
                if state in machine.entered:
                    yield f"    never taken:   {state} -> {target}"
