"""Errors of an execution, and what Retry and Catch see of them."""

from __future__ import annotations

from collections.abc import Iterable

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"
RESULT_PATH_MATCH = "States.ResultPathMatchFailure"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
QUERY_EVALUATION = "States.QueryEvaluationError"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
FAILURE_TOLERANCE = "States.ExceedToleratedFailureThreshold"
ITEM_READER = "States.ItemReaderFailed"
RESULT_WRITER = "States.ResultWriterFailed"


class StatesError(Exception):
    """An error with a name and a cause, as an execution has them."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause

    def details(self) -> dict[str, str]:
        """The error as the members of a history event and of a tolerated iteration's result."""
        return {"error": self.error} if self.cause is None else {"error": self.error, "cause": self.cause}


def matches(names: Iterable[str], error: str) -> bool:
    """Whether a retrier's or catcher's ErrorEquals covers an error.

    `States.Runtime` is never covered, `States.DataLimitExceeded` only by its own name; `States.TaskFailed` covers
    everything but a timeout.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if error == RUNTIME:
        return False
    return any(_covers(name, error) for name in names)


def _covers(name: str, error: str) -> bool:
    if name == error:
        return True
    if name == ALL:
        return error != DATA_LIMIT
    if name == TASK_FAILED:
        return error not in (TIMEOUT, HEARTBEAT_TIMEOUT, DATA_LIMIT)
    return name == TIMEOUT and error == HEARTBEAT_TIMEOUT
