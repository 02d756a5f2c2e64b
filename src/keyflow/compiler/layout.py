"""Where results are kept: one slot for each task, whose path is the same inside a branch and behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from keyflow.compiler.dataflow import Dataflow
from keyflow.compiler.dependencies import meets_ambiguity, recovers
from keyflow.compiler.names import Names, identifier
from keyflow.dsl.blocks import Block
from keyflow.dsl.steps import Branch, Fail, Parallel
from keyflow.dsl.tasks import Handler, Task

Slot = tuple[str, ...]
"""The keys that lead from the execution's data to a place that keyflow owns."""

ROOT = "results"
"""The one member of the data that keyflow owns; the first state that runs writes it whole."""
LEFT: Slot = (ROOT, "left")
"""What compensations leave, by compensation or, where they run side by side, by the stage's outputs."""
UNDONE: Slot = (ROOT, "undone")
"""What the compensations of one undo branch came to."""
FAILURE: Slot = (ROOT, "failure")
"""Which declared failure is under way."""
UNCERTAIN = "uncertain"
"""The member of a task's slot which says that the task may have taken effect, and nobody knows its result (S10)."""
FOUND: Slot = (ROOT, "found")
"""What lookups have found, by task."""
_RESERVED = (FOUND[-1], LEFT[-1], UNDONE[-1], FAILURE[-1], UNCERTAIN, "failed", "ended")


@dataclass(frozen=True, slots=True)
class BranchLayout:
    """A branch's slot: in a `direct` branch the output of its only task, else an object of its results."""

    key: str
    slot: Slot
    direct: bool


@dataclass(slots=True)
class Layout:
    """The slots of everything that is kept."""

    tasks: dict[Task, Slot] = field(default_factory=dict)
    direct: set[Task] = field(default_factory=set)
    parallels: dict[Parallel, Slot] = field(default_factory=dict)
    branches: dict[Branch, BranchLayout] = field(default_factory=dict)
    errors: dict[Handler, Slot] = field(default_factory=dict)
    found: dict[Task, Slot] = field(default_factory=dict)


def layout(block: Block, dataflow: Dataflow) -> Layout:
    """The layout of a workflow."""
    result = Layout()
    _lay_out(block, (ROOT,), result, dataflow, Names(_RESERVED, separator=""))
    keys = Names((), separator="")
    for task in result.tasks:
        if task.lookup is not None:
            result.found[task] = (*FOUND, keys.unique(identifier(task.name)))
    return result


def _lay_out(block: Block, scope: Slot, result: Layout, dataflow: Dataflow, names: Names) -> None:
    for step in block.steps:
        match step:
            case Task():
                _task(step, (*scope, names.unique(identifier(step.name))), scope, result, dataflow, names)
            case Parallel():
                slot = (*scope, names.unique(identifier(step.name)))
                result.parallels[step] = slot
                for branch in step.branches:
                    _branch(branch, slot, result, dataflow, names)
            case _:
                for inner in step.blocks():
                    _lay_out(inner, scope, result, dataflow, names)


def _task(task: Task, slot: Slot, scope: Slot, result: Layout, dataflow: Dataflow, names: Names) -> None:
    result.tasks[task] = slot
    for handler in task.handlers:
        result.errors[handler] = (*scope, names.unique(f"{slot[-1]}Error"))
        _lay_out(handler.block, scope, result, dataflow, names)


def _branch(branch: Branch, parallel: Slot, result: Layout, dataflow: Dataflow, names: Names) -> None:
    slot = (*parallel, names.unique(identifier(branch.name)))
    task = _only_task(branch, dataflow)
    result.branches[branch] = BranchLayout(slot[-1], slot, task is not None)
    if task is not None:
        result.tasks[task] = slot
        result.direct.add(task)
    else:
        _lay_out(branch.block, slot, result, dataflow, names)


def _only_task(branch: Branch, dataflow: Dataflow) -> Task | None:
    """The task of a branch that is nothing else, but for errors that become failures of the workflow."""
    match branch.block.steps:
        case [Task() as task] if all(_only_fails(task, handler, dataflow) for handler in task.handlers):
            return task
        case _:
            return None


def _only_fails(task: Task, handler: Handler, dataflow: Dataflow) -> bool:
    return (
        handler not in dataflow.read_errors
        and not (recovers(task) and meets_ambiguity(task, handler))
        and all(isinstance(step, Fail) for step in handler.block.steps)
        and handler.block.ends()
    )
