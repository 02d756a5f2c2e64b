"""What a definition says should happen, told by walking its blocks: the measure of what the compiled states did.

The walk knows nothing of states, payloads or dialects. It is told what each call came to, and says which tasks run,
with which parameters, which have completed, and how the workflow ends (S2, S3, S7, S8).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from keyflow.aws import OperationCall
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Handler
from keyflow.dsl.maps import Map
from keyflow.dsl.retries import ALL_ERRORS, Retry
from keyflow.dsl.steps import Fail, FailIf, FirstOf, Parallel, Pivot, RawState, Repeat, Succeed, When
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import COMPLETION_FAILED, UNHANDLED_CAUSE, UNHANDLED_ERROR
from keyflow.engine.errors import matches
from keyflow.verify.judges.dependencies import needs_result
from keyflow.verify.judges.known import ANY, MISSING, Known, holds, value_of
from keyflow.verify.world.faults import Place, is_silent
from keyflow.verify.world.runner import Entry

Attempts = Mapping[Place, Sequence[Entry]]
"""The attempts of each call by its place, in all rounds."""


@dataclass(frozen=True, slots=True)
class Failing:
    """An error that the workflow may end with, and its cause; `declared` tells those that its author wrote.

    A cause that says what is owed is None here.
    """

    error: str
    cause: str | None
    declared: bool = True


UNHANDLED = Failing(UNHANDLED_ERROR, UNHANDLED_CAUSE, declared=False)
COMPLETION = Failing(COMPLETION_FAILED, None, declared=False)
"""What an execution ends with that has passed its pivot; its cause says what is owed."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A task in one of the iterations that it runs in, and what is known there; at other times, its only one."""

    task: Task
    iteration: tuple[int, ...]
    known: Known

    @property
    def place(self) -> Place:
        """The task's place in the log."""
        return (self.task.name, self.iteration)


@dataclass(kw_only=True, slots=True)
class Expected:
    """What should have happened.

    `called` are the tasks that run, each with its parameters, by their places and rounds; `completed` are the tasks
    that were done, `uncertain` those that may have been. `settled` are the places of tasks of either kind that a failed
    iteration undoes itself. Where `failings` is empty the workflow succeeds with `output`; `absent` are tasks that
    should have run and did not, `opaque` tells that a raw state's outcome is not known, `passed` that the pivot has
    been passed; `last` is the last step of the outermost scope that was begun; `tolerated` is what iterations fail with
    that Step Functions itself tolerates, None where a map fails that tolerates some: which others have then failed,
    nobody knows. `written` are the values that iterations write which succeed, by their Map and its place.
    """

    known: Known
    called: dict[tuple[Place, int], Any] = field(default_factory=dict)
    completed: list[Occurrence] = field(default_factory=list)
    uncertain: list[Occurrence] = field(default_factory=list)
    settled: set[Place] = field(default_factory=set)
    failings: tuple[Failing, ...] = ()
    output: Any = None
    has_output: bool = False
    absent: list[Task] = field(default_factory=list)
    opaque: bool = False
    passed: bool = False
    last: str | None = None
    tolerated: list[Failing] | None = field(default_factory=list)
    written: list[tuple[Map, Place, list[Any]]] = field(default_factory=list)


def visits(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """A task's attempts, those of each round that it ran in together: each round begins with a first attempt."""
    begins = [index for index, entry in enumerate(entries) if entry.call.attempt == 0]
    for begin, end in itertools.pairwise((*begins, len(entries))):
        yield entries[begin:end]


class _Ended(Exception):
    """The forward path ends here: with these failings, or with success where there are none."""

    def __init__(self, failings: tuple[Failing, ...]) -> None:
        super().__init__(failings)
        self.failings = failings


def expected(block: Block, known: Known, attempts: Attempts) -> Expected:
    """What the block says of an execution that knew so much at first, and whose calls came to what `attempts` tells."""
    walk = _Walk(attempts, Expected(known=known))
    try:
        walk.block(block)
    except _Ended as ended:
        walk.expected.failings = (COMPLETION,) if ended.failings and walk.expected.passed else ended.failings
    return walk.expected


class _Walk:
    def __init__(self, attempts: Attempts, result: Expected) -> None:
        self._attempts = attempts
        self.expected = result
        self._known = result.known
        self._iteration: tuple[int, ...] = ()
        self._visits: Counter[Place] = Counter()
        self._inside = 0

    def block(self, block: Block) -> None:
        for step in block.steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        known = self._known
        if not self._inside and isinstance(step, Task | Parallel | Map | RawState):
            self.expected.last = step.name
        match step:
            case Task():
                self._task(step)
            case Parallel():
                self._parallel(step)
            case Map():
                self._map(step)
            case Repeat():
                self._repeat(step)
            case When():
                for condition, block in step.cases:
                    if holds(condition, known):
                        return self.block(block)
                if step.otherwise is not None:
                    self.block(step.otherwise)
            case FirstOf(options=options):
                found = (value_of(each, known) for each in options)
                known.chosen[step] = next((each for each in found if each is not MISSING), MISSING)
            case FailIf(condition=condition, failure=failure):
                if holds(condition, known):
                    raise _Ended((Failing(failure.error, failure.cause),))
            case Fail():
                raise _Ended((Failing(step.error, step.cause),))
            case Succeed(output=output):
                self.expected.output = value_of(output, known)
                self.expected.has_output = output is not None
                raise _Ended(())
            case RawState():
                self._raw(step)
            case Pivot():
                self.expected.passed = True
            case _:
                pass
        return None

    def _task(self, task: Task) -> None:
        known, here = self._known, Occurrence(task, self._iteration, self._known)
        visit = self._visits[here.place]
        self._visits[here.place] += 1
        self.expected.called[here.place, visit] = known.parameters(task.call)
        made = next(itertools.islice(visits(self._attempts.get(here.place, ())), visit, None), ())
        if not made:
            self.expected.absent.append(task)
            raise _Ended((UNHANDLED,))
        last = made[-1]
        if last.error is None:
            known.results[task] = last.result
            self.expected.completed.append(here)
            return
        errors = [entry.error for entry in made if entry.error is not None]
        if any(_leaves_open(task, error) for error in errors) or _hides_attempts(task):
            self.expected.uncertain.append(here)
        handler = _handler(task, last.error)
        if handler is None:
            raise _Ended((UNHANDLED,))
        known.errors[handler] = {"Error": last.error, "Cause": ANY}
        self.block(handler.block)

    def _parallel(self, parallel: Parallel) -> None:
        """Every branch goes to its own end (S3); one that failed fails the block."""
        failings: list[Failing] = []
        for branch in parallel.branches:
            failings += self._to_its_end(branch.block)
        self._fail_together(failings)

    def _map(self, step: Map) -> None:
        """Every iteration goes to its own end; one failure more than is tolerated fails the map.

        Where failures are tolerated, an iteration that could not undo its own work still fails the map (S6).
        """
        items = self._read(step) if isinstance(step.over, OperationCall) else value_of(step.over, self._known)
        outside, around = self._known, self._iteration
        failings: list[tuple[Failing, ...]] = []
        is_left = False
        outside.iterations[step] = []
        for index, item in enumerate(_iterated(step, items)):
            self._known = outside.iteration(step, index, item)
            self._iteration = (*around, index)
            done, unknown = len(self.expected.completed), len(self.expected.uncertain)
            failed = self._to_its_end(step.block)
            outside.iterations[step].append(self._known)
            if failed:
                failings.append(failed)
                self._known.has_failed = True
            if failed and step.is_tolerant:
                own = (*self.expected.completed[done:], *self.expected.uncertain[unknown:])
                self.expected.settled |= {occurrence.place for occurrence in own}
                doubtful = any(map(_is_in_doubt, self.expected.uncertain[unknown:]))
                is_left = is_left or doubtful or any(map(self._is_left, own))
        self._known, self._iteration = outside, around
        if is_left or len(failings) > step.tolerated_failures > 0:
            self.expected.tolerated = None
        elif step.result_writer is not None and self.expected.tolerated is not None:
            self.expected.tolerated += [failed[0] for failed in failings]
        if step.written is not None:
            succeeded = (each for each in outside.iterations[step] if not each.has_failed)
            values = [value_of(step.written, each) for each in succeeded]
            self.expected.written.append((step, (step.name, around), values))
        if is_left:
            raise _Ended((UNHANDLED,))
        if len(failings) > step.tolerated_failures:
            self._fail_together([failing for failed in failings for failing in failed])
        if step.result_writer is not None:
            self._own_call(step, "putObject")

    def _is_left(self, occurrence: Occurrence) -> bool:
        """Whether something that undoes the task was tried in vain."""
        task = occurrence.task
        undos = [(undo.name, undo.gone_errors) for undo in task.compensations]
        if task.lookup is not None:
            undos.append((task.lookup.name, task.lookup.call.gone_errors))
        last = [(self._attempts.get((name, occurrence.iteration), ())[-1:], gone) for name, gone in undos]
        return any(entry.error is not None and entry.error not in gone for made, gone in last for entry in made)

    def _read(self, step: Map) -> Any:
        """What a Map's call has read."""
        assert isinstance(step.over, OperationCall)  # noqa: S101  asked by whoever calls
        return self._own_call(step, step.over.integration.arn.rpartition(":")[2])

    def _own_call(self, step: Map, action: str) -> Any:
        """What a call has come to that a Map makes itself; an error of it fails the Map."""
        attempts = self._attempts.get((step.name, self._iteration), ())
        made = [entry for entry in attempts if entry.call.resource.endswith(f":{action}")]
        if not made or made[-1].error is not None:
            raise _Ended((UNHANDLED,))
        return made[-1].result

    def _repeat(self, repeat: Repeat) -> None:
        """Rounds until the condition holds behind one, or the last one has been."""
        for _round in range(repeat.at_most):
            self.block(repeat.block)
            if repeat.until is not None and holds(repeat.until, self._known):
                return
        raise _Ended((Failing(repeat.failure.error, repeat.failure.cause),))

    def _to_its_end(self, block: Block) -> tuple[Failing, ...]:
        """Walks a branch or an iteration; gives what it fails with."""
        self._inside += 1
        try:
            self.block(block)
        except _Ended as ended:
            return ended.failings
        finally:
            self._inside -= 1
        return ()

    def _fail_together(self, failings: Sequence[Failing]) -> None:
        declared = tuple(failing for failing in failings if failing.declared)
        if failings:
            raise _Ended(declared or (UNHANDLED,))

    def _raw(self, step: RawState) -> None:
        made = self._attempts.get((step.name, self._iteration))
        if step.document.get("Type") != "Task":
            self.expected.opaque = True
        elif made and made[-1].error is not None:
            raise _Ended((UNHANDLED,))


def _leaves_open(task: Task, error: str) -> bool:
    """Whether a task that ended with the error may have taken effect (S10, S14)."""
    definite = task.call.definite_errors
    if is_silent(error) or error in task.call.ambiguous_errors:
        return True
    named = [name for handler in task.handlers for name in handler.errors]
    return definite is not None and error not in (*definite, *named)


def _hides_attempts(task: Task) -> bool:
    """Whether a task is tried again after errors that leave open what it did: its last error says nothing of that."""
    call = task.call
    retried = [call.error_name(error) for retry in task.retry if retry.attempts for error in retry.errors]
    return any(matches(retried, error) for error in call.ambiguous_errors) or any(
        error == ALL_ERRORS or _leaves_open(task, error) for error in retried
    )


def _is_in_doubt(occurrence: Occurrence) -> bool:
    """Whether nothing can undo what a task may have done: each of its compensations needs the answer that is lost."""
    task = occurrence.task
    return task.lookup is None and any(needs_result(undo, task) for undo in task.compensations)


def _iterated(step: Map, items: Any) -> Sequence[Any]:
    """What the iterations are about: items, or batches of them."""
    if not isinstance(items, list):
        return ()
    size = step.batch_of
    return items if size is None else [items[start : start + size] for start in range(0, len(items), size)]


def _handler(task: Task, error: str) -> Handler | None:
    ordered = sorted(task.handlers, key=lambda handler: ALL_ERRORS in handler.errors)
    return next((handler for handler in ordered if matches(handler.errors, error, of_task=True)), None)


def attempts_due(retries: Sequence[Retry], names: Callable[[Retry], Sequence[str]], errors: Sequence[str]) -> int:
    """How many attempts a call gets whose attempts end with these errors, in order: the last may be one too few."""
    ordered = sorted(retries, key=lambda retry: ALL_ERRORS in retry.errors)
    used = dict.fromkeys(range(len(ordered)), 0)
    due = 1
    for error in errors:
        index = next((index for index, retry in enumerate(ordered) if matches(names(retry), error, of_task=True)), None)
        if index is None or used[index] >= ordered[index].attempts:
            break
        used[index] += 1
        due += 1
    return due
