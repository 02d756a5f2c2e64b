"""Where results are kept: one slot for each task, whose path is the same inside a branch and behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from keyflow.compiler.analysis.dataflow import Dataflow
from keyflow.compiler.analysis.dependencies import meets_ambiguity
from keyflow.compiler.names import Names, identifier
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Handler
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch, Fail, FirstOf, Parallel, Repeat
from keyflow.dsl.tasks import Task

Slot = tuple[str, ...]
"""The keys that lead from the execution's data to a place that keyflow owns."""
Place = tuple[str | int, ...]
"""A slot, or an entry of an array in one."""

ROOT = "results"
"""The one member of the data that keyflow owns; the first state that runs writes it whole."""
LEFT: Slot = (ROOT, "left")
"""What compensations leave, by compensation or, where they run side by side, by the stage's outputs."""
LEFT_OVER = "leftOver"
"""The member of what a compensation leaves by which everything that is left is found."""
OWED = "owed"
"""Where in LEFT stands what was not done after the pivot."""
ALL, LOOK, NEXT, COUNT = "all", "look", "next", "count"
"""The members of a lookup's slot: all that it lists, the entry looked at, the number of the next, and of all."""
UNDONE: Slot = (ROOT, "undone")
"""What the compensations of one undo branch came to."""
FAILURE: Slot = (ROOT, "failure")
"""Which declared failure is under way."""
UNCERTAIN = "uncertain"
"""The member of a task's slot which says that the task may have taken effect, and nobody knows its result (S10)."""
FOUND: Slot = (ROOT, "found")
"""What lookups have found, by task."""
CONTEXT = "context"
"""The member of the data of a distributed Map's iteration that holds what the execution itself is."""
MARKS = "marks"
"""The member of an iteration's output that says that it failed, and with which declared error.

It is an array, because a path that selects one thing only gives that thing in some engines, and an array in others.
"""
ITEM, INDEX = "item", "index"
"""The members of an iteration's own data beside its results; a batch's ITEM is the array of its items."""
FAILED_ITEM, NOT_UNDONE, NOT_UNDONE_MARKS = "failedItem", "notUndone", "notUndoneMarks"
"""What an iteration that failed and is tolerated ends with beside its mark: its item, and what it could not undo.

The marks say that there is any such; a Map's slot has the array of them.
"""
LOOKED_AT = (LOOK, ITEM)
"""Where, in a lookup's slot, the entry is that is looked at."""
SETTLED: Slot = (ROOT, NOT_UNDONE)
"""What the compensations of a failed iteration came to that are run in the iteration itself."""
ENDED = "ended"
"""The member of a branch's slot that says that it has ended, where nothing else does."""
_RESERVED = (
    *(slot[-1] for slot in (FOUND, LEFT, UNDONE, FAILURE, SETTLED)),
    *(UNCERTAIN, "failed", ENDED, ITEM, INDEX, MARKS, FAILED_ITEM, NOT_UNDONE_MARKS),
)
"""Members of the data that no task's result may have the name of."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Where an execution notes that a declared failure is under way: by its name, or by a `key` in a text of marks."""

    place: Place
    key: str | None = None


@dataclass(frozen=True, slots=True)
class BranchLayout:
    """A branch's slot: in a `direct` branch the output of its only task, else an object of its results."""

    key: str
    slot: Slot
    direct: bool


@dataclass(frozen=True, slots=True)
class MapLayout:
    """A Map's slot, and the one member of an iteration's data that is its own.

    The iteration's data keeps `results` and `input` beside it, so outer values have the same paths as outside.
    """

    slot: Slot
    root: str


ITEMS, FAILED, DECLARED = "items", "failed", "declared"
"""The members of a Map's slot: what each iteration ended with, the marks of those that failed, and the same as text."""
ROUND = "round"
"""The member of a loop's slot that counts its rounds, from 1."""
CHOSEN = "value"
"""The member of a choice's slot that holds what was chosen."""
INPUT = "input"
"""The member of an iteration's data that holds the execution's input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The slots of everything that is kept; `direct` are the tasks of direct branches.

    `around` has the Maps around a task, outermost first; `found` the slots of what lookups have found.
    """

    tasks: Mapping[Task, Slot] = field(default_factory=dict)
    direct: frozenset[Task] = frozenset()
    parallels: Mapping[Parallel, Slot] = field(default_factory=dict)
    branches: Mapping[Branch, BranchLayout] = field(default_factory=dict)
    errors: Mapping[Handler, Slot] = field(default_factory=dict)
    rounds: Mapping[Repeat, Slot] = field(default_factory=dict)
    maps: Mapping[Map, MapLayout] = field(default_factory=dict)
    chosen: Mapping[FirstOf, Slot] = field(default_factory=dict)
    around: Mapping[Task, tuple[Map, ...]] = field(default_factory=dict)
    found: Mapping[Task, Slot] = field(default_factory=dict)


def layout(block: Block, dataflow: Dataflow) -> Layout:
    """The layout of a workflow."""
    walk, keys = _Walk(dataflow), Names((), separator="")
    walk.block(block, (ROOT,))
    return Layout(
        tasks=walk.tasks,
        direct=frozenset(walk.direct),
        parallels=walk.parallels,
        branches=walk.branches,
        errors=walk.errors,
        rounds=walk.rounds,
        maps=walk.maps,
        chosen=walk.chosen,
        around=dict(_around(block, ())),
        found={task: (*FOUND, keys.unique(identifier(task.name))) for task in walk.tasks if task.lookup is not None},
    )


def _around(block: Block, maps: tuple[Map, ...]) -> Iterator[tuple[Task, tuple[Map, ...]]]:
    """The Maps around each task that stands in one, outermost first."""
    for step in block.steps:
        if isinstance(step, Task) and maps:
            yield step, maps
        for inner in step.blocks():
            yield from _around(inner, (*maps, step) if isinstance(step, Map) else maps)


class _Walk:
    """A walk that gives each step its slot, in the order written."""

    def __init__(self, dataflow: Dataflow) -> None:
        self.tasks: dict[Task, Slot] = {}
        self.direct: set[Task] = set()
        self.parallels: dict[Parallel, Slot] = {}
        self.branches: dict[Branch, BranchLayout] = {}
        self.errors: dict[Handler, Slot] = {}
        self.rounds: dict[Repeat, Slot] = {}
        self.maps: dict[Map, MapLayout] = {}
        self.chosen: dict[FirstOf, Slot] = {}
        self._names = Names(_RESERVED, separator="")
        self._roots = Names((ROOT, INPUT, CONTEXT), separator="")
        self._dataflow = dataflow

    def block(self, block: Block, scope: Slot) -> None:
        """Gives slots to the steps of a block in a scope."""
        for step in block.steps:
            self._step(step, scope)

    def _step(self, step: Step, scope: Slot) -> None:
        match step:
            case Task():
                self._task(step, self._slot(scope, step.name), scope)
            case Parallel():
                self.parallels[step] = slot = self._slot(scope, step.name)
                for branch in step.branches:
                    self._branch(branch, slot)
            case Repeat():
                self.rounds[step] = self._slot(scope, step.name)
                self.block(step.block, scope)
            case FirstOf():
                self.chosen[step] = self._slot(scope, step.name or "first of")
            case Map():
                slot, root = self._slot(scope, step.name), self._roots.unique(identifier(step.name))
                self.maps[step] = MapLayout(slot, root)
                self.block(step.block, (root,))
            case _:
                for inner in step.blocks():
                    self.block(inner, scope)

    def _slot(self, scope: Slot, name: str) -> Slot:
        return (*scope, self._names.unique(identifier(name)))

    def _task(self, task: Task, slot: Slot, scope: Slot) -> None:
        self.tasks[task] = slot
        for handler in task.handlers:
            self.errors[handler] = (*scope, self._names.unique(f"{slot[-1]}Error"))
            self.block(handler.block, scope)

    def _branch(self, branch: Branch, parallel: Slot) -> None:
        slot, task = self._slot(parallel, branch.name), _only_task(branch, self._dataflow)
        self.branches[branch] = BranchLayout(slot[-1], slot, task is not None)
        if task is None:
            self.block(branch.block, slot)
        else:
            self.tasks[task] = slot
            self.direct.add(task)


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
        and not (task.compensations and meets_ambiguity(task, handler))
        and all(isinstance(step, Fail) for step in handler.block.steps)
        and handler.block.ends()
    )


def resetting_step(block: Block, layout: Layout) -> Step | None:
    """The step that runs first and can write all that keyflow owns, so that nothing in the input passes for it."""
    match block.steps:
        case [Task() as task, *_]:
            return task if _fails_for_nothing(task) else None
        case [Parallel() as parallel, *_]:
            return parallel if all(layout.branches[branch].direct for branch in parallel.branches) else None
        case _:
            return None


def _fails_for_nothing(task: Task) -> bool:
    """Whether nothing is owed where the workflow's first task fails: then nobody asks what it would have written."""
    only_fails = all(isinstance(step, Fail) for handler in task.handlers for step in handler.block.walk())
    ends = all(handler.block.ends() for handler in task.handlers)
    return (
        only_fails and ends and not (task.compensations and any(meets_ambiguity(task, each) for each in task.handlers))
    )
