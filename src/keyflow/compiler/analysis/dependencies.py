"""Who needs whom: the order among tasks that their data, or their author, tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from keyflow.aws import Call
from keyflow.dsl.compensations import Compensation, Handler
from keyflow.dsl.expressions import Value
from keyflow.dsl.maps import Collected, FailedItem, Item, ItemIndex, WrittenResults
from keyflow.dsl.retries import ALL_ERRORS, Retry
from keyflow.dsl.steps import Chosen
from keyflow.dsl.tasks import Task, TaskResult
from keyflow.dsl.values import Reference


def producers(values: Iterable[Value]) -> tuple[Task, ...]:
    """The tasks whose results the values are, each once, in the order of the values."""
    found: dict[Task, None] = {}
    for value in values:
        match value:
            case Reference(source=TaskResult(task=task)):
                found[task] = None
            case Reference(source=Chosen(step=step)):
                found |= dict.fromkeys(producers(step.values()))
            case Reference(source=Item(map=each) | ItemIndex(map=each)):
                found |= dict.fromkeys(producers(each.values()))
            case Reference(source=FailedItem(map=each) | WrittenResults(map=each)):
                found |= dict.fromkeys(step for step in each.block.walk() if isinstance(step, Task))
            case Collected(value=each):
                found |= dict.fromkeys(producers((each,)))
            case _:
                pass
    return tuple(found)


def needs_result(compensation: Compensation, task: Task) -> bool:
    """Whether a compensation of a task can only be made with the task's own result."""
    return task in producers(compensation.values())


def recovers(task: Task) -> bool:
    """Whether something of the task can be undone though nobody knows its result (S10)."""
    return task.lookup is not None or any(not needs_result(each, task) for each in task.compensations)


def notes_doubt(task: Task, *, is_inside: bool) -> bool:
    """Whether a lost answer is noted in the task's own slot, so that its undoing asks for it.

    It is where something can be undone without the result, where a handler goes on, and `is_inside` a branch or an
    iteration, whose failure the block around it sees. Elsewhere what is in doubt is written down at once.
    """
    if not task.compensations:
        return False
    return is_inside or recovers(task) or any(meets_ambiguity(task, handler) for handler in task.handlers)


def in_doubt(task: Task) -> Compensation | None:
    """The compensation that cannot be made where the task's answer is lost, and whose work is then in doubt (S10)."""
    if task.lookup is not None:
        return None
    return next((each for each in task.compensations if needs_result(each, task)), None)


def meets_ambiguity(task: Task, handler: Handler) -> bool:
    """Whether a handler takes an error after which nobody knows what the task has done."""
    return any(is_ambiguous for _names, is_ambiguous in told_apart(task, handler.errors))


def notes_every_error(task: Task, handler: Handler) -> bool:
    """Whether it is noted, before a handler takes an error, that nobody knows what the task has done: each leaves it
    open.
    """
    return all(is_ambiguous for _names, is_ambiguous in told_apart(task, handler.errors))


def told_apart(task: Task, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The errors that a handler or a catcher names, those first after which nobody knows what the task has done (S14).

    Of somebody's own code, an error that is not named leaves that open. Where a lost answer is tried again, every error
    does: an attempt before the last one may have taken effect.
    """
    call = task.call
    if tries_again_in_doubt(call, [_names(call, retry) for retry in task.retry if retry.attempts]):
        yield tuple(names), True
        return
    if call.definite_errors is not None and {ALL_ERRORS, TASK_FAILED} & set(names):
        if call.definite_errors:
            yield call.definite_errors, False
        yield tuple(names), True
        return
    covered = tuple(error for error in call.ambiguous_errors if error in names or _covers(names, error))
    rest = tuple(name for name in names if name not in covered)
    if covered:
        yield covered, True
    if rest:
        yield rest, False


def tries_again_in_doubt(call: Call, retried: Iterable[Sequence[str]]) -> bool:
    """Whether a call is tried again after an attempt of which nobody knows what it has done; by what is retried."""
    own_code = call.definite_errors
    return any(
        any(error in names or _covers(names, error) for error in call.ambiguous_errors)
        or (own_code is not None and not set(names) <= set(own_code))
        for names in retried
    )


def _names(call: Call, retry: Retry) -> tuple[str, ...]:
    return tuple(call.error_name(error) for error in retry.errors)


def _covers(names: Sequence[str], error: str) -> bool:
    return ALL_ERRORS in names or (TASK_FAILED in names and error != TIMEOUT)


TASK_FAILED, TIMEOUT = "States.TaskFailed", "States.Timeout"
"""What stands for every error of a task but its timeout, and that.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
"""


def direct_dependencies(task: Task) -> tuple[Task, ...]:
    """The tasks that must have completed before this one starts."""
    return tuple(dict.fromkeys((*producers(task.values()), *task.after)))


def undo_stages(tasks: Iterable[Task]) -> dict[Task, int]:
    """The stage of each compensable task: 1 for those that depend on no other, and one more with each dependency.

    Undoing runs from the highest stage to the lowest, so whatever depends on a task is undone before it (S4). A
    compensation that uses another task's result makes its task depend on that one too.
    """
    depths: dict[Task, int] = {}
    stages: dict[Task, int] = {}
    for task in tasks:
        needed = {*direct_dependencies(task), *producers(task.undoing_values())} - {task}
        depth = max((depths.get(other, 0) for other in needed), default=0)
        if task.compensations:
            stages[task] = depth = depth + 1
        depths[task] = depth
    return stages
