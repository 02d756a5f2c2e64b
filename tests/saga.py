"""What an execution did, held against the saga semantics S1 to S8; the engine that ran it does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keyflow import Workflow
from keyflow.compiler import Compiled
from keyflow.engine import Stubs, run
from keyflow.verify.judges.dependencies import all_needed_by


@dataclass(frozen=True)
class Fault:
    """What goes wrong in one execution: the states whose calls fail, with which error, and the input's flags."""

    name: str
    failing: dict[str, str]
    flags: dict[str, bool]


@dataclass(frozen=True)
class History:
    """What an execution did: events in order, as (what, state)."""

    status: str
    error: str | None
    cause: str | None
    events: list[tuple[str, str]]

    def succeeded(self) -> set[str]:
        return {name for what, name in self.events if what == "succeeded"}

    def entered(self) -> list[str]:
        return [name for what, name in self.events if what == "entered"]


def execution_input(fault: Fault) -> dict[str, Any]:
    """The flags, and what looks like keyflow's own results."""
    return {**fault.flags, "results": {"left": {"x": {"leftOver": 1}}, "failure": {"declared": "x"}}}


def locally(compiled: Compiled, fault: Fault, stubs: Stubs) -> History:
    """One execution on keyflow's own engine."""
    found = run(compiled.machine, execution_input(fault), stubs)
    events = [("entered", name) for name in found.path]
    by_id = {event.id: event for event in found.history}
    for event in found.history:
        if event.type == "TaskSucceeded":
            origin = event
            while origin.type != "TaskStateEntered":
                origin = by_id[origin.previous]
            events.append(("succeeded", origin.details["name"]))
    return History(found.status, found.error, found.cause, events)


def check(workflow: Workflow, fault: Fault, history: History) -> None:
    """Asserts S1 to S8 of what an execution did."""
    tasks = list(workflow.tasks())
    completed = {task for task in tasks if task.name in history.succeeded()}
    entered = history.entered()
    undos = {undo.name: task for task in tasks for undo in task.compensations}
    ran = [name for name in entered if name in undos]
    if history.status == "SUCCEEDED":
        assert ran == []
        return
    assert history.status == "FAILED"
    expected = [undo.name for task in completed for undo in task.compensations]
    assert sorted(ran) == sorted(expected), "S5: what completed is undone once, and nothing else"
    first_undo = min((entered.index(name) for name in ran), default=len(entered))
    forward = {task.name for task in tasks}
    assert not [name for name in entered[first_undo:] if name in forward], "S2: no new step starts"
    for task in completed:
        for undo, following in zip(task.compensations, task.compensations[1:], strict=False):
            assert entered.index(undo.name) < entered.index(following.name), "S1: in the order written"
        for needed in all_needed_by(task) & completed:
            for own in task.compensations:
                for other in needed.compensations:
                    assert entered.index(own.name) < entered.index(other.name), "S4: dependents first"
    failed_undos = [name for name in ran if fault.failing.get(name) == "Other"]
    if failed_undos:
        assert history.error == "CompensationFailed"
        assert history.cause is not None
        for name in undos:
            assert (f'"{name}"' in history.cause) == (name in failed_undos), "S7: names what is left"
    else:
        declared = {f"Flag{n}" for n in range(99)} | {f"Declared{n}" for n in range(99)}
        assert history.error in declared | {"UnhandledError"}, (history, fault)
        assert history.cause in ("Something went wrong", "the flag was set", "as declared")
        if not any(error.endswith(".Custom") for error in fault.failing.values()) and not any(fault.flags.values()):
            assert history.error == "UnhandledError", "nothing that is declared happened"
    assert "internal" not in (history.cause or "")
