"""How often a definition tries a task again."""

from __future__ import annotations

from keyflow import asl
from keyflow.engine.attempts import retries
from keyflow.engine.errors import matches
from keyflow.verify.world.faults import unmodelled_error_of


def retries_of(task: asl.Task) -> int:
    """The retries that an error gets which no retrier names."""
    error = unmodelled_error_of(task.resource)
    for retrier in task.retry or ():
        if matches(retrier.error_equals, error):
            return retries(retrier)
    return 0
