"""How often a definition tries a task again, and for which errors."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow import asl
from keyflow.engine.attempts import retries
from keyflow.engine.errors import matches
from keyflow.verify.world.faults import errors_of, is_ambiguous, lost_error_of, unmodelled_error_of


def retries_of(task: asl.Task) -> int:
    """The retries that an error gets which no retrier names."""
    error = unmodelled_error_of(task.resource)
    for retrier in task.retry or ():
        if matches(retrier.error_equals, error, of_task=True):
            return retries(retrier)
    return 0


def retried_errors_of(task: asl.Task) -> Iterator[str]:
    """For each retrier that tries again: the first error that reaches it, and the first of these that leaves open what
    the attempt did; and the lost answer that does.
    """
    lost, seen = lost_error_of(task.resource), set[tuple[int, bool]]()
    for error in (*errors_of(task.resource), lost):
        index = next(
            (at for at, each in enumerate(task.retry or ()) if matches(each.error_equals, error, of_task=True)), None
        )
        if index is None or not retries((task.retry or ())[index]):
            continue
        kind = (index, is_ambiguous(task.resource, error))
        if error == lost or kind not in seen:
            seen.add(kind)
            yield error
