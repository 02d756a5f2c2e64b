"""Failures that are tolerated: an iteration that fails undoes itself, and says what it could not undo."""

from __future__ import annotations

from dataclasses import replace

from keyflow import asl
from keyflow.compiler.data import AnyOf, Present
from keyflow.compiler.failures import Rules, settling_start
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.layout import LEFT, NOT_UNDONE_MARKS, SETTLED, Place, Slot
from keyflow.compiler.movements import collect_left, settle
from keyflow.compiler.program import Program
from keyflow.compiler.scopes import Iteration
from keyflow.compiler.undo.keys import has_compensations, inside_of, settled_tasks, settling_rungs
from keyflow.compiler.undo.undoing import Rung, Undoing
from keyflow.dsl.maps import Map


def settled(program: Program, undoing: Undoing, scope: Iteration) -> Fragment:
    """Undoes at once what a failed iteration has done, latest stage first, and ends it with what it left."""
    map_step, start = scope.map, settling_start(scope.map)
    root = program.layout.maps[map_step].root
    tasks = settled_tasks(map_step, program.saga)
    undone = asl.Pass(**scope.dialect.passing(settle(root, left=False)))
    if not tasks:
        return single(start, undone, map_step.location, failing=True)
    ended, left, asks = (
        Label(f"{map_step.name}: {what}", map_step) for what in ("Item Undone", "Item Not Undone", "Everything Undone?")
    )
    own = replace(undoing, dialect=scope.dialect, at_once=map_step)
    _first, *others = settling_rungs(map_step, tasks)
    rungs = [start, *(Label(rung, map_step, task) for rung, task in zip(others, tasks[1:], strict=True))]
    stages = []
    for task, name, following in zip(tasks, rungs, [*rungs[1:], asks], strict=True):
        around = inside_of(program.layout.around[task], map_step)
        stages.append(own.undone(task, Rung(name=name, following=following, base=SETTLED, around=around)))
    places = [place for stage in stages for place in stage.left]
    rule = asl.ChoiceRule(condition=scope.dialect.asks(AnyOf(tuple(map(Present, places)))), next=left)
    ends = (
        (asks, asl.Choice(choices=(rule,), default=ended)),
        (left, asl.Pass(**scope.dialect.passing(settle(root, left=True)))),
        (ended, undone),
    )
    return joined(start, (*stages, *(single(name, state, map_step.location, failing=True) for name, state in ends)))


def left_in_items(program: Program, undoing: Undoing, map_step: Map) -> Rules:
    """Where a Map goes on when a failed iteration could not undo itself: everything else is undone, too (S6)."""
    if not has_compensations(map_step):
        return Rules(())
    slot: Slot = (*LEFT, undoing.keys.key(map_step, None))
    name = Label(f"{map_step.name}: Items Not Undone", map_step)
    target = program.names.rungs[program.saga.entries[map_step]]
    state = asl.Pass(**program.dialect.passing(collect_left(program.layout.maps[map_step], slot)), next=target)
    marks: Place = (*program.layout.maps[map_step].slot, NOT_UNDONE_MARKS, 0)
    rule = asl.ChoiceRule(condition=program.dialect.asks(Present(marks)), next=name)
    return Rules((rule,), replace(single(name, state, map_step.location, failing=True), left=(slot,)))
