"""The dataflow schedule: side by side what needs nothing from each other, in the order of data otherwise."""

from __future__ import annotations

from dataclasses import replace

from keyflow.compiler.analysis.dependencies import direct_dependencies, producers
from keyflow.compiler.names import Names, joined
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.steps import Branch, Parallel, When
from keyflow.dsl.tasks import Task


def by_dataflow(block: Block, names: Names) -> Block:
    """The block with each run of tasks regrouped into levels: a task comes one level after what it needs.

    Conditions and ends keep their place: what stands before one has ended when it is decided.
    """
    steps: list[Step] = []
    run: list[Task] = []
    for step in block.steps:
        if isinstance(step, Task):
            run.append(step)
            continue
        steps += _levels(run, names)
        run = []
        steps.append(_inside(step, names))
    return Block(steps + _levels(run, names))


def _inside(step: Step, names: Names) -> Step:
    match step:
        case Parallel():
            branches = [replace(branch, block=by_dataflow(branch.block, names)) for branch in step.branches]
            return replace(step, branches=branches)
        case When():
            cases = [(condition, by_dataflow(block, names)) for condition, block in step.cases]
            otherwise = None if step.otherwise is None else by_dataflow(step.otherwise, names)
            return replace(step, cases=cases, otherwise=otherwise)
        case _:
            return step


def _levels(run: list[Task], names: Names) -> list[Step]:
    level_of: dict[Task, int] = {}
    levels: list[list[Task]] = []
    for task in run:
        level = max((level_of[needed] + 1 for needed in _needed(task) if needed in level_of), default=0)
        level_of[task] = level
        if level == len(levels):
            levels.append([])
        levels[level].append(task)
    return [_side_by_side(level, names) for level in levels]


def _needed(task: Task) -> set[Task]:
    """The tasks to run before this one: it, its handlers or its undoing read their results, or `after=` says so."""
    inside = [step for handler in task.handlers for step in handler.block.walk()]
    needed = {other for step in (task, *inside) for other in producers(step.values())}
    for each in (task, *(step for step in inside if isinstance(step, Task))):
        needed.update((*direct_dependencies(each), *producers(each.undoing_values())))
    return needed - {task}


def _side_by_side(level: list[Task], names: Names) -> Step:
    if len(level) == 1:
        return level[0]
    branches = [Branch(task.name, task.location, Block([task])) for task in level]
    return Parallel(names.unique(joined([task.name for task in level])), level[0].location, branches)
