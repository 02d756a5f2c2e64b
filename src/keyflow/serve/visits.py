"""An execution, state by state: what went into each, what came out, and what became of it. Secrets are hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from keyflow import asl
from keyflow.aws.sensitive import Secrets
from keyflow.dataclass import dataclass
from keyflow.engine import Event, Execution
from keyflow.engine.entered import Entered, entered_states

MOST = 500
"""Visits that are read of one execution: a large Map has any number."""


class Fate(StrEnum):
    """What became of a state."""

    SUCCEEDED = "succeeded"
    CAUGHT = "caught"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Visit:
    """A state as an execution entered it once.

    `parameters` and `result` are those of a task's last attempt. `errors` has one for each attempt that failed, with
    its cause. Times are in seconds since the execution began.
    """

    state: Entered
    entered: float
    left: float | None = None
    input: Any = None
    output: Any = None
    parameters: Any = None
    result: Any = None
    errors: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def kind(self) -> str:
        return self.state.kind

    @property
    def fate(self) -> Fate:
        if self.left is None:
            return Fate.FAILED
        return Fate.CAUGHT if self.errors and self.result is None else Fate.SUCCEEDED


def visits(execution: Execution, machine: asl.StateMachine) -> Sequence[Visit]:
    """The states that an execution of a machine entered, in order; at most `MOST`."""
    secrets, resources = Secrets(), {name: task.resource for name, task in asl.all_tasks(machine)}
    found: dict[int, Visit] = {}
    for event, state in entered_states(execution):
        visit = found.get(id(state))
        if visit is None and len(found) < MOST:
            visit = found[id(state)] = Visit(
                state=state, entered=event.seconds, input=secrets.data(event.details["input"])
            )
        elif visit is not None:
            _read(visit, event, secrets, resources)
    return list(found.values())


def _read(visit: Visit, event: Event, secrets: Secrets, resources: Mapping[str, str]) -> None:
    """Takes over what an event says of the state that it belongs to."""
    details, resource = event.details, resources.get(visit.name)
    if event.type.endswith("StateExited"):
        visit.left, visit.output = event.seconds, secrets.data(details["output"])
    elif event.type.startswith(("Execution", "Parallel", "Map")):
        return
    elif "error" in details:
        visit.errors.append((str(details["error"]), secrets.data(details.get("cause"))))
        visit.result = None
    elif resource is not None and event.type.endswith("Scheduled"):
        given = details["parameters"] if "parameters" in details else details["input"]
        visit.parameters = secrets.parameters(resource, given)
    elif resource is not None and event.type.endswith("Succeeded"):
        visit.result = secrets.result(resource, details["output"])


def fates(found: Sequence[Visit]) -> Mapping[str, Fate]:
    """What became of each state in the end: the worst of its visits."""
    order = list(Fate)
    worst: dict[str, Fate] = {}
    for visit in found:
        before = worst.get(visit.name, Fate.SUCCEEDED)
        worst[visit.name] = max(before, visit.fate, key=order.index)
    return worst
