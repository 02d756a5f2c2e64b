"""Which tasks another one needs: what the judge holds the order of undoing to (S4, P3).

The compiler says the same in words of its own, by which it writes the states. The two are kept apart on purpose: what
one of them forgets, the other still asks for. So nothing here uses what the compiler's statement uses of the DSL, but
for the fields of calls, values and steps themselves.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws import Call, JsonText, OperationCall
from keyflow.dsl.blocks import Block
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.expressions import Value
from keyflow.dsl.maps import Collected, FailedItem, Item, ItemIndex, WrittenResults
from keyflow.dsl.steps import Chosen, Parallel
from keyflow.dsl.tasks import Task, TaskResult
from keyflow.dsl.values import Reference


def needs_result(compensation: Compensation, task: Task) -> bool:
    """Whether a compensation of a task can only be made with the task's own result."""
    return task in _makers(compensation.call)


def needed_to_start(task: Task) -> frozenset[Task]:
    """The tasks that must have ended before one starts: by its data, or by `after`."""
    return frozenset((*_makers(task.call), *task.after)) - {task}


def needed_by(task: Task) -> frozenset[Task]:
    """The tasks that one needs itself: to start, or for its compensations and its lookup."""
    calls = [each.call for each in task.compensations]
    where: list[Value] = []
    if task.lookup is not None:
        calls.append(task.lookup.call)
        where = [] if task.lookup.where is None else list(task.lookup.where.values())
    undoing = itertools.chain(_makers_in(where), *map(_makers, calls))
    return needed_to_start(task) | (frozenset(undoing) - {task})


def all_needed_by(task: Task) -> frozenset[Task]:
    """The tasks that one needs, through others, too."""
    found = set(needed_by(task))
    pending = list(found)
    while pending:
        more = needed_by(pending.pop()) - found - {task}
        found |= more
        pending += more
    return frozenset(found)


def early_in(block: Block) -> Mapping[Task, Task]:
    """The tasks that start before a task that they need has ended, each with the needed one, where steps are scheduled
    so.
    """
    found: dict[Task, Task] = {}
    _note_early(block, set(), found)
    return found


def _note_early(block: Block, before: set[Task], found: dict[Task, Task]) -> None:
    """Notes the tasks of a block that is entered when those `before` have ended; adds its own to them."""
    for step in block.steps:
        if isinstance(step, Task):
            found.update((step, needed) for needed in needed_to_start(step) - before)
            before.add(step)
        side_by_side = [{*before} if isinstance(step, Parallel) else before for _block in step.blocks()]
        for inner, known in zip(step.blocks(), side_by_side, strict=True):
            _note_early(inner, known, found)
        before.update(*side_by_side)


def _makers(call: Call) -> Iterator[Task]:
    """The tasks whose results a call is made with."""
    return _makers_in([call.written, call.role])


def _makers_in(tree: Any) -> Iterator[Task]:
    match tree:
        case Collected(value=value):
            yield from _makers_in(value)
        case Reference(source=TaskResult(task=task)):
            yield task
        case Reference(source=Chosen(step=step)):
            yield from _makers_in(step.options)
        case Reference(source=Item(map=around) | ItemIndex(map=around)):
            yield from _makers(around.over) if isinstance(around.over, OperationCall) else _makers_in(around.over)
            yield from _makers_in(around.result_writer)
        case Reference(source=FailedItem(map=around) | WrittenResults(map=around)):
            yield from _tasks_in(around.block)
        case JsonText(tree=inner):
            yield from _makers_in(inner)
        case Value():
            yield from _makers_in(list(tree.children()))
        case Mapping():
            yield from _makers_in(list(tree.values()))
        case list() | tuple():
            for each in tree:
                yield from _makers_in(each)


def _tasks_in(block: Block) -> Iterator[Task]:
    for step in block.steps:
        if isinstance(step, Task):
            yield step
        for inner in step.blocks():
            yield from _tasks_in(inner)
