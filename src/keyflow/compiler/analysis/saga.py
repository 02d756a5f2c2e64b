"""The saga: which compensations a failure owes, in which stages they run, and which must first ask.

A failure enters the ladder of undo stages at the highest stage that anything completed so far belongs to. A task's
compensation asks whether the task completed only where some way into its stage leaves that open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from keyflow.compiler.analysis.dependencies import (
    meets_ambiguity,
    needs_result,
    notes_doubt,
    notes_every_error,
    undo_stages,
)
from keyflow.compiler.analysis.pivots import owed_after
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, Parallel, RawState, Repeat, When, after_pivot
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow

FailingPoint = Task | Parallel | Map | Fail | RawState
"""Where an error can leave the forward path of the outermost block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaPlan:
    """What must be undone, from where, and with which questions.

    `stages[n]` are the tasks of undo stage n + 1, in the order written; `entries` gives the stage at which a failing
    point enters the ladder (0: nothing has completed that could be undone), and `uncertain` that of a task which may
    have taken effect, where it can be undone without its result (S10); `guarded` are the tasks whose compensation must
    ask; `fallible` are the parallel blocks and maps of which a branch or an iteration can fail; `owed` gives, for what
    comes after the pivot, the steps that are not done when it fails, its own included; `noting` are the tasks of which
    it is noted in their slots that their answer was lost. `whole` are the maps that have run to their ends wherever the
    stages of their tasks are entered, whatever their iterations came to.
    """

    stages: tuple[tuple[Task, ...], ...]
    entries: Mapping[FailingPoint, int]
    uncertain: Mapping[Task, int]
    guarded: frozenset[Task]
    fallible: frozenset[Parallel | Map]
    owed: Mapping[FailingPoint, tuple[str, ...]] = field(default_factory=dict)
    noting: frozenset[Task] = frozenset()
    whole: frozenset[Map] = frozenset()

    def asks(self, task: Task, compensation: Compensation) -> bool:
        """Whether a compensation must ask if its task's result is known."""
        return task in self.noting and needs_result(compensation, task)


def plan_saga(workflow: Workflow, block: Block) -> SagaPlan:
    """The plan for a workflow whose steps are `block`."""
    stage_of = undo_stages(workflow.tasks())
    stages: list[list[Task]] = [[] for _ in range(max(stage_of.values(), default=0))]
    for task, stage in stage_of.items():
        stages[stage - 1].append(task)
    around = [step for step in block.walk() if isinstance(step, Parallel | Map)]
    fallible = frozenset(step for step in around if _can_fail(step))
    inside = {each for step in around for inner in step.blocks() for each in inner.walk()}
    noting = frozenset(task for task in stage_of if notes_doubt(task, is_inside=task in inside))
    walk = _Walk(fallible, stage_of, after_pivot(block), noting)
    walk.block(block, 0)
    iterated = {each for step in around if isinstance(step, Map) for each in step.block.walk()}
    return SagaPlan(
        stages=tuple(map(tuple, stages)),
        entries=walk.entries,
        uncertain=walk.uncertain,
        guarded=frozenset((*walk.guarded, *(task for task in stage_of if task in iterated))),
        fallible=fallible,
        owed=dict(owed_after(block)),
        noting=noting,
        whole=frozenset(walk.whole),
    )


def _can_fail(parallel: Parallel | Map) -> bool:
    inner = (step for block in parallel.blocks() for step in block.walk())
    return any(isinstance(step, Task | RawState | Fail | FailIf | Repeat) for step in inner)


class _Walk:
    """Walks the outermost forward path in order, knowing the highest stage of what has completed."""

    def __init__(
        self,
        fallible: frozenset[Parallel | Map],
        stage_of: Mapping[Task, int],
        after: frozenset[Step],
        noting: frozenset[Task],
    ) -> None:
        self.entries: dict[FailingPoint, int] = {}
        self.uncertain: dict[Task, int] = {}
        self.guarded: set[Task] = set()
        self.whole: set[Map] = set()
        self._fallible = fallible
        self._stage_of = stage_of
        self._highest_entry = 0
        self._after_pivot = after
        self._noting = noting

    def block(self, block: Block, reached: int) -> int:
        """Walks a block entered when `reached` is the highest completed stage; gives the one at its end."""
        for step in block.steps:
            reached = self._step(step, reached)
        return reached

    def _step(self, step: Step, reached: int) -> int:
        match step:
            case Task():
                return self._task(step, reached)
            case Parallel() | Map():
                return self._parallel(step, reached)
            case When():
                inner = [self._conditional(block, reached) for block in step.blocks()]
                return max([reached, *inner])
            case Repeat():
                reached = self.block(step.block, reached)
                self._enter(step.failure, reached)
            case FailIf(failure=failure):
                self._enter(failure, reached)
            case Fail() | RawState():
                self._enter(step, reached)
            case _:
                pass
        return reached

    def _task(self, task: Task, reached: int) -> int:
        self._enter(task, reached)
        uncertain = self._uncertain(task, reached) if task in self._noting else reached
        rejoins, leaving_open, highest = False, self._highest_entry, self._highest_entry
        for handler in task.handlers:
            self._highest_entry = highest
            before = uncertain if meets_ambiguity(task, handler) else reached
            reached = max(reached, self._conditional(handler.block, before))
            rejoins = rejoins or not handler.block.ends()
            if not notes_every_error(task, handler):
                leaving_open = max(leaving_open, self._highest_entry)
            highest = max(highest, self._highest_entry)
        self._highest_entry = leaving_open
        stage = self._complete(task, certain=not rejoins)
        self._highest_entry = max(highest, self.uncertain.get(task, 0))
        return max(reached, stage)

    def _uncertain(self, task: Task, reached: int) -> int:
        """An outcome that nobody knows leads into the task's own stage."""
        entry = max(reached, self._stage_of[task])
        self.uncertain[task] = entry
        met = (handler for handler in task.handlers if meets_ambiguity(task, handler))
        if not all(notes_every_error(task, handler) for handler in met):
            self.guarded.add(task)
        return entry

    def _conditional(self, block: Block, reached: int) -> int:
        """A block that runs on some paths only: behind it, nothing in it is certain any more."""
        inner = self.block(block, reached)
        self.guarded.update(step for step in block.walk() if step in self._stage_of and isinstance(step, Task))
        self.whole.difference_update(step for step in block.walk() if isinstance(step, Map))
        return inner

    def _parallel(self, parallel: Parallel | Map, reached: int) -> int:
        """Failures inside end their branch only; the block as a whole fails when all branches have ended.

        What an iteration of a Map has done is asked of its own results.
        """
        inside = [step for block in parallel.blocks() for step in block.walk()]
        tasks = [step for step in inside if isinstance(step, Task) and step in self._stage_of]
        stages = [self._stage_of[task] for task in tasks]
        # a distributed one may fail before any iteration has begun
        if isinstance(parallel, Map) and parallel.distributed is None and self._highest_entry < min(stages, default=0):
            self.whole.add(parallel)
        stage = max((self._complete(task, certain=parallel not in self._fallible) for task in tasks), default=0)
        reached = max(reached, stage)
        self._enter(parallel, reached)
        return reached

    def _complete(self, task: Task, *, certain: bool) -> int:
        """Notes that a task may have completed; a way into its stage from before leaves that open, too."""
        stage = self._stage_of.get(task, 0)
        if stage and (not certain or self._highest_entry >= stage):
            self.guarded.add(task)
        return stage

    def _enter(self, point: FailingPoint, reached: int) -> None:
        self.entries[point] = reached = 0 if point in self._after_pivot else reached
        self._highest_entry = max(self._highest_entry, reached)
