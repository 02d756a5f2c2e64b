"""What an execution did, from its events: each state that was entered, how long it took, and what failed in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.operations.events import Event

_OPENS = ("ParallelStateStarted", "MapStateStarted")
_SCOPES = ("Parallel", "Map")
_TASKS = ("Task", "LambdaFunction", "Activity")
_CLOSES = ("Succeeded", "Failed", "Aborted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One time that a state was entered. `depth` counts the Parallel and Map states around it.

    `entered` is in seconds since the execution began. `seconds` is None where the events do not say when it ended.
    `retries` counts attempts after the first; `errors` holds the name and the cause of each failed one.
    """

    state: str
    type: str
    entered: float
    seconds: float | None
    depth: int
    retries: int
    errors: Sequence[tuple[str, str | None]]

    def document(self) -> dict[str, Any]:
        """The visit for programs."""
        return {
            "state": self.state,
            "type": self.type,
            "entered": round(self.entered, 3),
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "depth": self.depth,
            "retries": self.retries,
            "errors": [{"error": error, "cause": cause} for error, cause in self.errors],
        }


class Visiting:
    """A state while it is visited."""

    def __init__(self, event: Event, around: Visiting | None) -> None:
        self.name = str(event.details.get("name", ""))
        self.type = event.type.removesuffix("StateEntered")
        self.entered = event.seconds
        self.around = around
        self.left: float | None = None
        self.is_closed = False
        self.attempts = 0
        self.errors: list[tuple[str, str | None]] = []

    def outwards(self) -> Iterator[Visiting]:
        """The state itself, and those around it from the inside."""
        state: Visiting | None = self
        while state is not None:
            yield state
            state = state.around


class Execution:
    """The events of one execution, each given to the state that it belongs to as it comes.

    An event knows only the one before it. So a state is around another one where the other's first event follows the
    start of a branch or an iteration; what ends a Parallel or a Map state follows an event of the last inner state.
    """

    def __init__(self) -> None:
        self._states: dict[int, Visiting] = {}
        self._starts: set[int] = set()
        self._visited: list[Visiting] = []
        self.began: float | None = None
        self.ended: float | None = None

    def add(self, event: Event) -> str | None:
        """The name of the state that an event belongs to; None where it is the execution's, or it is not known."""
        self.began = event.seconds if self.began is None else min(self.began, event.seconds)
        if event.is_end:
            self.ended = event.seconds
        if event.type.startswith("Execution"):
            return None
        state = self._entered(event) if event.is_entry else self._belongs_to(event)
        if state is None:
            return _named(event)
        self._states[event.id] = state
        self._note(event, state)
        return state.name

    def _entered(self, event: Event) -> Visiting:
        before = self._states.get(event.previous)
        around = before if before is None or event.previous in self._starts else before.around
        state = Visiting(event, around)
        self._visited.append(state)
        return state

    def _belongs_to(self, event: Event) -> Visiting | None:
        before = self._states.get(event.previous)
        name = _named(event)
        if before is None:
            return self._last(name) if event.type == "EvaluationFailed" else None  # it has no event before it
        scope = next((each for each in _SCOPES if event.type.startswith(each)), None)
        if name is not None:
            return next((each for each in before.outwards() if each.name == name and each.left is None), before)
        if scope is not None and event.type not in _OPENS:
            found = (each for each in before.outwards() if each.type == scope and not each.is_closed)
            return next(found, before)
        return before

    def _last(self, name: str | None) -> Visiting | None:
        """The state of a name that was entered last."""
        return next((each for each in reversed(self._visited) if each.name == name), None)

    def _note(self, event: Event, state: Visiting) -> None:
        if event.type in _OPENS or event.type == "MapIterationStarted":
            self._starts.add(event.id)
            state.is_closed = False
        if event.type in _OPENS or event.type.endswith("Scheduled"):
            state.attempts += 1
        if event.type.startswith(tuple(f"{each}State" for each in _SCOPES)) and event.type.endswith(_CLOSES):
            state.is_closed = True
        if event.type.endswith("StateExited"):
            state.left = event.seconds
        elif event.is_error and (event.error is not None or event.type.startswith(_TASKS)):
            state.errors.append((event.error or event.type, event.cause))

    def trace(self) -> tuple[Visit, ...]:
        """The states in the order in which they were entered."""
        began = self.began or 0.0
        return tuple(
            Visit(
                state=each.name,
                type=each.type,
                entered=each.entered - began,
                seconds=None if (end := self._end(each)) is None else end - each.entered,
                depth=sum(1 for _ in each.outwards()) - 1,
                retries=max(0, each.attempts - 1),
                errors=tuple(each.errors),
            )
            for each in self._visited
        )

    def _end(self, state: Visiting) -> float | None:
        """When a state ended: one that nothing leaves ends with the execution."""
        return state.left if state.left is not None else self.ended


def trace_of(events: Iterable[Event]) -> tuple[Visit, ...]:
    """The trace of one execution, whose events may come in any order."""
    execution = Execution()
    for event in sorted(events, key=lambda each: each.id):
        execution.add(event)
    return execution.trace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What visits of one state come to: how often, how long in the mean, which part of all time in the executions.

    The states inside of a Parallel or a Map state count within its own share, too.
    """

    state: str
    depth: int
    visits: int
    mean: float
    share: float

    def document(self) -> dict[str, Any]:
        """The share for programs."""
        return {
            "state": self.state,
            "depth": self.depth,
            "visits": self.visits,
            "mean_ms": round(self.mean * 1000, 3),
            "share": round(self.share, 4),
        }


def shares(executions: Iterable[Sequence[Event]]) -> tuple[Share, ...]:
    """Where the time of executions went, state by state in the order in which they are first entered."""
    found: dict[tuple[str, int], list[float]] = {}
    whole = 0.0
    for events in executions:
        whole += max(each.seconds for each in events) - min(each.seconds for each in events)
        for visit in trace_of(events):
            if visit.seconds is not None:
                found.setdefault((visit.state, visit.depth), []).append(visit.seconds)
    return tuple(
        Share(
            state=state,
            depth=depth,
            visits=len(times),
            mean=sum(times) / len(times),
            share=sum(times) / whole if whole else 0.0,
        )
        for (state, depth), times in found.items()
    )


def _named(event: Event) -> str | None:
    """The name of a state that an event itself has."""
    name = event.details.get("state" if event.type == "EvaluationFailed" else "name")
    return name if isinstance(name, str) else None if name is None else json.dumps(name)
