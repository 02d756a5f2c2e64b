"""The undo ladder: its stages from the highest to the lowest, and behind them the error that the workflow ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keyflow import asl
from keyflow.compiler.analysis.rungs import VERDICT
from keyflow.compiler.data import AnyOf, Present, Result, put
from keyflow.compiler.failures import declared_rules, unhandled
from keyflow.compiler.fragments import Enclosed, Fragment, Mark, Written, joined, single
from keyflow.compiler.layout import LEFT, Place
from keyflow.compiler.program import Program
from keyflow.compiler.reports import compensation_failed
from keyflow.compiler.undo.undoing import Rung, Undoing
from keyflow.dsl.tasks import Task


def ladder(program: Program, undoing: Undoing, forward: Fragment) -> Fragment:
    """Every stage that a failure can enter, and the verdict behind them.

    `forward` tells which declared failures are under way, and what failed iterations have left.
    """
    rungs = program.names.rungs
    if not rungs:
        return Fragment()
    stages = [_stage(program, undoing, stage) for stage in sorted(rungs, reverse=True) if stage != VERDICT]
    left = (*forward.left, *(place for stage in stages for place in stage.left))
    return joined(asl.END, (*stages, _verdict(program, left, forward.marks)))


def _stage(program: Program, undoing: Undoing, stage: int) -> Fragment:
    tasks, rungs = program.saga.stages[stage - 1], program.names.rungs
    if len(tasks) > 1:
        return _side_by_side(program, undoing, stage, tasks)
    (task,) = tasks
    around = program.layout.around.get(task, ())
    return undoing.undone(task, Rung(name=rungs[stage], following=rungs[stage - 1], base=LEFT, around=around))


def _side_by_side(program: Program, undoing: Undoing, stage: int, tasks: Sequence[Task]) -> Fragment:
    """One branch for each task. No branch fails: its output says what it leaves."""
    slot = (*LEFT, undoing.keys.key(stage, None))
    branches = [
        undoing.branch(task, (*slot, index), program.layout.around.get(task, ())) for index, task in enumerate(tasks)
    ]
    name, following = program.names.rungs[stage], program.names.rungs[stage - 1]
    state = asl.Parallel(branches=(), **program.dialect.working(put(slot, Result())), next=following)
    scopes = tuple(Enclosed(branch.start, branch.states) for branch in branches)
    written = Written(name=name, state=state, location=tasks[0].location, failing=True, scopes=scopes)
    left = tuple(place for branch in branches for place in branch.left)
    return Fragment(entry=name, states=(written,), left=left)


def _verdict(program: Program, left: Iterable[Place], marks: Sequence[Mark]) -> Fragment:
    """The error that the workflow ends with: what is left over first, then what was declared (S7)."""
    dialect, name = program.dialect, program.names.rungs[VERDICT]
    failed, other = compensation_failed(program), unhandled(program)
    any_left = asl.ChoiceRule(condition=dialect.asks(AnyOf(tuple(map(Present, left)))), next=failed.start)
    choice = asl.Choice(choices=(any_left, *declared_rules(program, marks)), default=other.start)
    return joined(name, (failed, other, single(name, choice, program.workflow.location, failing=True)))
