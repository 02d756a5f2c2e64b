"""Failures that are tolerated: an iteration that fails undoes itself, and says what it could not undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from keyflow import asl
from keyflow.compiler.layout import LEFT, NOT_UNDONE_MARKS, SETTLED, Place, Slot
from keyflow.compiler.program import Emitted, Program, Scope
from keyflow.compiler.undo.undoing import Rung, Undoing
from keyflow.diagnostics import Location
from keyflow.dsl.maps import Map
from keyflow.dsl.tasks import Task


class Settling:
    """Writes the states of Maps that tolerate failures.

    `rungs` gives, for each undo stage, the state that undoing from there begins with.
    """

    def __init__(self, program: Program, emitted: Emitted, undoing: Undoing, rungs: Mapping[int, str]) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted
        self._undoing = undoing
        self._rungs = rungs

    def settle(self, each: Map, scope: Scope, start: str) -> None:
        """Undoes at once what a failed iteration has done, latest stage first, and ends it with what it left."""
        inside = {step for step in each.block.walk() if isinstance(step, Task)}
        tasks = [task for stage in reversed(self._program.saga.stages) for task in stage if task in inside]
        undone = asl.Pass(**self._dialect.settle(each, left=False))
        if not tasks:
            self._add(scope, start, undone, each.location)
            return
        ended, left, asks = (
            self._program.names.unique(f"{each.name}: {what}")
            for what in ("Item Undone", "Item Not Undone", "Everything Undone?")
        )
        rungs = [start, *(self._program.names.unique(f"Undo {task.name} at Once?") for task in tasks[1:])]
        with self._undoing.apart(self._second_names(tasks)) as places:
            for task, name, following in zip(tasks, rungs, [*rungs[1:], asks], strict=True):
                around = self._program.layout.around[task]
                self._undoing.undo(task, Rung(name, following, scope, SETTLED, around[around.index(each) + 1 :]))
        rule = asl.ChoiceRule(condition=self._dialect.any_of(map(self._dialect.present, places)), next=left)
        self._add(scope, asks, asl.Choice(choices=(rule,), default=ended), each.location)
        self._add(scope, left, asl.Pass(**self._dialect.settle(each, left=True)), each.location)
        self._add(scope, ended, undone, each.location)

    def left_in_items(self, each: Map, scope: Scope) -> Iterator[asl.ChoiceRule]:
        """Where a Map goes on when a failed iteration could not undo itself: everything else is undone, too (S6)."""
        entry = self._program.saga.entries[each]
        if any(isinstance(step, Task) and step.compensations for step in each.block.walk()):
            slot: Slot = (*LEFT, self._undoing.key(each.name))
            self._undoing.left.append(slot)
            name = self._program.names.unique(f"{each.name}: Items Not Undone")
            state = asl.Pass(**self._dialect.collect_left(each, slot), next=self._rungs[entry])
            self._add(scope, name, state, each.location)
            marks: Place = (*self._program.layout.maps[each].slot, NOT_UNDONE_MARKS, 0)
            yield asl.ChoiceRule(condition=self._dialect.present(marks), next=name)

    def _second_names(self, tasks: Iterable[Task]) -> Mapping[str, str]:
        """A name for the state of each call that undoes the tasks, beside the one that the ladder outside has."""
        undos = [undo for task in tasks for undo in (*task.compensations, task.lookup) if undo is not None]
        second = {undo.name: self._program.names.unique(f"{undo.name} at Once") for undo in undos}
        self._emitted.repeats.update({name: first for first, name in second.items()})
        return second

    def _add(self, scope: Scope, name: str, state: asl.State, location: Location) -> str:
        return self._emitted.add(scope, name, state, location, failing=True)
