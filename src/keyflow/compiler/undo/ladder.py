"""The undo ladder: its stages from the highest to the lowest, and behind them the error that the workflow ends with."""

from __future__ import annotations

from collections.abc import Mapping

from keyflow import asl
from keyflow.compiler.forward.failures import Failures
from keyflow.compiler.layout import LEFT
from keyflow.compiler.names import joined
from keyflow.compiler.program import Emitted, Program, Scope
from keyflow.compiler.undo.undoing import Rung, Undoing, asks
from keyflow.diagnostics import Location
from keyflow.dsl.tasks import ALL_ERRORS, Task
from keyflow.dsl.workflow import COMPENSATION_FAILED

_VERDICT = 0


def name_rungs(program: Program) -> dict[int, str]:
    """The state that each stage of the ladder begins with, and (at 0) the one behind the last stage."""
    names = program.names
    highest = max((*program.saga.entries.values(), *program.saga.uncertain.values()), default=0)
    if highest == 0:
        return {}
    rungs = {_VERDICT: names.unique("Everything Undone?")}
    for stage, tasks in enumerate(program.saga.stages[:highest], start=1):
        match tasks:
            case [task] if task in program.saga.guarded:
                rungs[stage] = names.unique(f"Undo {task.name}?")
            case [task]:
                first = task.compensations[0]
                if task.lookup is not None:
                    rungs[stage] = names.unique(f"Is {task.name} Known?")
                else:
                    rungs[stage] = names.unique(f"{first.name}?") if asks(task, first) else first.name
            case several:
                rungs[stage] = names.unique(f"Undo {joined([task.name for task in several])}")
    return rungs


class Ladder:
    """Writes the ladder's states into the outermost scope, behind those of the forward path.

    `rungs` gives, for each stage, the state that undoing from there begins with.
    """

    def __init__(
        self, program: Program, emitted: Emitted, failures: Failures, undoing: Undoing, rungs: Mapping[int, str]
    ) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted
        self._failures = failures
        self._undoing = undoing
        self._rungs = rungs

    def lower(self) -> None:
        """Writes every stage that a failure can enter, and the verdict behind them."""
        rungs = self._rungs
        for stage in sorted(rungs, reverse=True):
            if stage != _VERDICT:
                self._stage(self._program.saga.stages[stage - 1], rungs[stage], rungs[stage - 1])
        if rungs:
            self._verdict(rungs[_VERDICT])

    def _stage(self, tasks: list[Task], name: str, following: str) -> None:
        scope = self._emitted.scope
        if len(tasks) > 1:
            self._side_by_side(tasks, name, following)
            return
        self._undoing.undo(tasks[0], Rung(name, following, scope, LEFT, self._program.layout.around.get(tasks[0], ())))

    def _side_by_side(self, tasks: list[Task], name: str, following: str) -> None:
        """One branch for each task. No branch fails: its output says what it leaves."""
        slot = (*LEFT, self._undoing.key(name))
        self._emitted.scope.reserve(name)
        branches = []
        for index, task in enumerate(tasks):
            branch = Scope(task.name, {})
            start = self._undoing.branch(task, branch, (*slot, index), self._program.layout.around.get(task, ()))
            branches.append(asl.Branch(start_at=start, states=branch.states))
        state = asl.Parallel(branches=tuple(branches), **self._dialect.place(slot), next=following)
        self._add(self._emitted.scope, name, state, tasks[0].location)

    def _verdict(self, name: str) -> None:
        """The error that the workflow ends with: what is left over first, then what was declared (S7)."""
        location = self._program.workflow.location
        left = asl.ChoiceRule(
            condition=self._dialect.any_of(self._dialect.present(slot) for slot in self._undoing.left),
            next=self._compensation_failed(location),
        )
        rules = (left, *self._failures.declared_rules())
        choice = asl.Choice(choices=rules, default=self._failures.unhandled())
        self._add(self._emitted.scope, name, choice, location)

    def _compensation_failed(self, location: Location) -> str:
        """The state that an execution with something left over ends in, by way of the dead letter."""
        name = self._program.names.unique("Compensation Failed")
        state = asl.Fail(error=COMPENSATION_FAILED, cause=self._dialect.left_over_text())
        self._add(self._emitted.tail, name, state, location)
        call = self._program.workflow.dead_letter_call
        if call is None:
            return name
        letter = self._program.names.unique("Send Dead Letter")
        task = asl.Task(
            resource=call.resource,
            **self._dialect.call(call),
            timeout=self._program.budget.compensation,
            **self._dialect.discard(),
            catch=(asl.Catcher(error_equals=(ALL_ERRORS,), **self._dialect.discard(), next=name),),
            next=name,
        )
        return self._add(self._emitted.tail, letter, task, call.location)

    def _add(self, scope: Scope, name: str, state: asl.State, location: Location) -> str:
        return self._emitted.add(scope, name, state, location, failing=True)
