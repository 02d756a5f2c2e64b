"""Time: each attempt gets a timeout, and the worst path with its compensations fits into the workflow's (S9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.compiler.analysis.saga import FailingPoint, SagaPlan
from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.maps import Map
from keyflow.dsl.retries import COMPENSATION_RETRY, Retry
from keyflow.dsl.steps import Fail, FailIf, Parallel, RawState, Repeat, Wait, When
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow
from keyflow.durations import duration

LONGEST_DEFAULT = 60
"""Seconds that a task gets at most where its author names no timeout."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many seconds, and whose they are."""

    seconds: int
    reason: str


@dataclass(frozen=True, slots=True)
class WorstPath:
    """The longest that an execution can take: seconds, and the states on the way."""

    seconds: float
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds for each attempt of a task and of a compensation, where their author names none, and the worst path."""

    task: int
    compensation: int
    worst: WorstPath
    limit: Limit | None

    def timeout(self, step: Task | Compensation) -> int:
        """Seconds for each attempt of the call."""
        default = self.task if isinstance(step, Task) else self.compensation
        return step.timeout if step.timeout is not None else default


def limit_of(workflow: Workflow, answer_within: int | None) -> Limit | None:
    """What an execution of the workflow has to fit into; None for a Standard workflow without a timeout.

    Args:
        workflow: The workflow.
        answer_within: The seconds that a caller waits for its end; None where none waits.
    """
    limits = []
    if workflow.timeout is not None:
        limits.append(Limit(workflow.timeout, f"the timeout of {workflow.name}"))
    if workflow.type == "EXPRESS":
        limits.append(Limit(EXPRESS_SECONDS, "the limit of Express workflows"))
    if answer_within is not None:
        limits.append(Limit(answer_within, "API Gateway's limit for an answer"))
    return min(limits, key=lambda limit: limit.seconds, default=None)


def allot(workflow: Workflow, block: Block, saga: SagaPlan, limit: Limit | None) -> Budget:
    """The largest timeouts, equal for all calls and then larger for the forward path, that keep the worst path inside.

    Raises:
        DefinitionError: KF301, even one second for each attempt is too much, or nobody knows how long a wait is.
    """

    def worst(task: int, compensation: int) -> WorstPath:
        return worst_path(workflow, block, saga, task, compensation)

    if limit is None:
        return Budget(LONGEST_DEFAULT, LONGEST_DEFAULT, worst(LONGEST_DEFAULT, LONGEST_DEFAULT), None)
    for step in block.walk():
        if isinstance(step, Wait) and not isinstance(step.seconds, int):
            raise DefinitionError(_unknown_length(step, limit))
    fits: Callable[[int, int], bool] = lambda task, compensation: worst(task, compensation).seconds <= limit.seconds  # noqa: E731
    both = _largest(lambda seconds: fits(seconds, seconds))
    if both == 0:
        raise DefinitionError(_too_long(workflow, worst(1, 1), limit))
    forward = _largest(lambda seconds: fits(seconds, both))
    return Budget(forward, both, worst(forward, both), limit)


def _largest(fits: Callable[[int], bool]) -> int:
    """The largest whole number up to `LONGEST_DEFAULT` that fits, 0 where none does; what fits is an interval."""
    low, high = 0, LONGEST_DEFAULT
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _unknown_length(wait: Wait, limit: Limit) -> Diagnostic:
    return Diagnostic(
        "KF301",
        f"how long {wait.name!r} takes is unknown, and {limit.reason} is {duration(limit.seconds)}",
        wait.location,
        "wait for a number of seconds, or in a Standard workflow without a timeout",
    )


def _too_long(workflow: Workflow, worst: WorstPath, limit: Limit) -> Diagnostic:
    path = " -> ".join(worst.path if len(worst.path) <= 12 else (*worst.path[:6], "...", *worst.path[-5:]))
    return Diagnostic(
        "KF301",
        f"{workflow.name} can take {duration(worst.seconds)}, over {limit.reason} ({duration(limit.seconds)}): {path}",
        workflow.location,
        "shorten timeouts and retries, run tasks in parallel, or start the rest in a second, asynchronous workflow",
    )


def worst_path(workflow: Workflow, block: Block, saga: SagaPlan, task: int, compensation: int) -> WorstPath:
    """The longest way through the workflow: to its end, or to a failure and through all that it undoes."""
    waves = dict(_waves(workflow.block, 1))
    return _Clock(workflow, saga, waves, task, compensation).worst(block)


_Trail = tuple["_Trail", str] | None


@dataclass(frozen=True, slots=True)
class _Time:
    """Seconds since the start, and the way there (a linked list, so that a long way costs no copies)."""

    seconds: float
    trail: _Trail

    def after(self, seconds: float, name: str) -> _Time:
        return _Time(self.seconds + seconds, (self.trail, name))


class _Clock:
    """Walks a workflow and keeps its latest end.

    A task takes `task` seconds an attempt, a compensation `compensation`; `waves` says how often one runs after itself.
    """

    def __init__(
        self, workflow: Workflow, saga: SagaPlan, waves: Mapping[Task | Map, int], task: int, compensation: int
    ) -> None:
        self._workflow = workflow
        self._saga = saga
        self._task = task
        self._compensation = compensation
        self._waves = waves
        self._ends: _Time = _Time(0, None)
        self._depth = 0

    def worst(self, block: Block) -> WorstPath:
        self._end(self._block(block, _Time(0, None)))
        names = []
        trail = self._ends.trail
        while trail is not None:
            trail, name = trail
            names.append(name)
        return WorstPath(self._ends.seconds, tuple(reversed(names)))

    @cached_property
    def _undo(self) -> list[tuple[float, list[str]]]:
        """Seconds from each rung of the ladder to the end, and the compensations on the longest way."""
        seconds, names = 0.0, list[str]()
        if self._workflow.dead_letter_call is not None and self._saga.stages:
            seconds, names = float(self._compensation), ["dead letter"]
        times = [(0.0, list[str]())]
        for stage in self._saga.stages:
            longest = max(stage, key=self._chain)
            seconds += self._chain(longest)
            names = [*(compensation.name for compensation in longest.compensations), *names][:20]
            times.append((seconds, names))
        return times

    def _chain(self, task: Task) -> float:
        once = sum(
            attempts(compensation.timeout or self._compensation, (compensation.retry,))
            for compensation in task.compensations
        )
        return once * self._waves.get(task, 1)

    def _block(self, block: Block, time: _Time) -> _Time:
        for step in block.steps:
            time = self._step(step, time)
        return time

    def _step(self, step: Step, time: _Time) -> _Time:
        """The time at which a step has ended; the ways on which it fails are noted."""
        match step:
            case Task():
                return self._after_task(step, time)
            case Parallel():
                return self._after_parallel(step, time)
            case Map():
                return self._after_map(step, time)
            case Repeat():
                return self._after_rounds(step, time)
            case When():
                return max([time, *(self._block(block, time) for block in step.blocks())], key=_seconds)
            case Wait(seconds=seconds):
                return time.after(seconds if isinstance(seconds, int) else 0, step.name)
            case RawState():
                return self._failing(step, time.after(_raw_seconds(step), step.name))
            case Fail():
                return self._failing(step, time)
            case FailIf(failure=failure):
                return self._failing(failure, time)
            case _:
                return time

    def _after_task(self, task: Task, time: _Time) -> _Time:
        done = self._failing(task, time.after(attempts(task.timeout or self._task, task.retry), task.name))
        found = done if task.lookup is None else done.after(self._lookup(task), task.lookup.name)
        self._fail_at(self._saga.uncertain.get(task, 0), found)
        return max([done, *(self._block(handler.block, done) for handler in task.handlers)], key=_seconds)

    def _after_parallel(self, parallel: Parallel, time: _Time) -> _Time:
        self._depth += 1
        done = max((self._block(branch.block, time) for branch in parallel.branches), key=_seconds)
        self._depth -= 1
        tasks = [step for block in parallel.blocks() for step in block.walk() if isinstance(step, Task)]
        self._failing(parallel, self._looked_up(parallel, done, tasks, 1))
        return done

    def _after_map(self, map_step: Map, time: _Time) -> _Time:
        """Waves of iterations; where failures are tolerated, each may undo what it has done, one task after another."""
        self._depth += 1
        once = float(self._block(map_step.block, _Time(0, None)).seconds)
        self._depth -= 1
        tasks = [step for step in map_step.block.walk() if isinstance(step, Task)]
        if map_step.is_tolerant:
            once += sum(self._chain(task) / self._waves[map_step] for task in tasks) + sum(map(self._lookup, tasks))
        done = time.after(once * map_step.waves, map_step.name)
        self._failing(map_step, self._looked_up(map_step, done, tasks, map_step.waves))
        return done

    def _looked_up(self, step: Parallel | Map, time: _Time, tasks: list[Task], waves: int) -> _Time:
        """The time at which what the tasks may have made is looked up, at the same time in each wave."""
        lookup = max(map(self._lookup, tasks), default=0) * waves
        return time.after(lookup, step.name) if lookup else time

    def _after_rounds(self, step: Repeat, time: _Time) -> _Time:
        """All rounds, and the pauses between them; what fails, fails in the last."""
        once = self._block(step.block, time).seconds - time.seconds
        done = time.after(once * step.at_most + step.every * (step.at_most - 1), step.name)
        for inner in step.block.walk():
            if isinstance(inner, Task | Parallel | Map | RawState):
                self._failing(inner, done)
        return self._failing(step.failure, done)

    def _lookup(self, task: Task) -> float:
        """Seconds that it takes to look up what a task may have made."""
        return 0 if task.lookup is None else attempts(self._compensation, (COMPENSATION_RETRY,))

    def _failing(self, point: FailingPoint, time: _Time) -> _Time:
        """The time, which is noted as that of a failure; in a branch its block fails, when all branches have ended."""
        if not self._depth and point in self._saga.owed and self._workflow.dead_letter_call is not None:
            self._end(time.after(self._compensation, "dead letter"))
        elif not self._depth:
            self._fail_at(self._saga.entries.get(point, 0), time)
        return time

    def _fail_at(self, entry: int, time: _Time) -> None:
        seconds, names = self._undo[entry]
        if time.seconds + seconds > self._ends.seconds:
            for name in names[:-1]:
                time = time.after(0, name)
            self._ends = time.after(seconds, names[-1]) if names else time

    def _end(self, time: _Time) -> None:
        if time.seconds > self._ends.seconds:
            self._ends = time


def _waves(block: Block, around: int) -> Iterator[tuple[Task | Map, int]]:
    """How many iterations, one after the other, each task inside a Map is run in; of a Map, with its own."""
    for step in block.steps:
        inside = around * step.waves if isinstance(step, Map) else around
        if isinstance(step, Task | Map):
            yield step, inside
        for inner in step.blocks():
            yield from _waves(inner, inside)


def _seconds(time: _Time) -> float:
    return time.seconds


def attempts(timeout: int, retries: tuple[Retry, ...]) -> float:
    """The longest that a call takes with all its attempts and the waits between them, in seconds."""
    more = sum(retry.attempts * timeout + retry.worst_wait() for retry in retries)
    return timeout + more


def _raw_seconds(step: RawState) -> float:
    """What a raw state says of its own time."""
    for key in ("TimeoutSeconds", "Seconds"):
        value = step.document.get(key)
        if isinstance(value, int):
            return value
    return 0
