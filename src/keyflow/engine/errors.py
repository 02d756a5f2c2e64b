"""Errors of an execution, and what Retry and Catch see of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

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
    """An error with a name and a cause, as an execution has them; a Fail state may give neither.

    `event` is the number of the last event of what has failed: what it makes fail follows that one.
    """

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.event = 0

    def without_frames(self) -> Self:
        """The error as it is kept: its frames hold it, a circle that only the garbage collector would find."""
        return self.with_traceback(None)

    def details(self) -> dict[str, str]:
        """The error as the members of a history event."""
        members = {"error": self.shown, "cause": self.cause}
        return {name: text for name, text in members.items() if text is not None}

    @property
    def shown(self) -> str | None:
        """The name that events and ends show: a heartbeat that did not come is a timeout there.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """
        return TIMEOUT if self.error == HEARTBEAT_TIMEOUT else self.error


class FieldError(StatesError):
    """An error of what a state's own fields say.

    `field` is where a JSONata expression stands, as AWS names it (`Output/result`). Whoever runs the state adds to the
    cause which state it was, once.
    """

    def __init__(self, error: str | None, cause: str | None = None, field: str | None = None) -> None:
        super().__init__(error, cause)
        self.field = field
        self.is_placed = False


def matches(names: Collection[str], error: str | None, *, of_task: bool = False) -> bool:
    """Whether a retrier's or catcher's ErrorEquals covers an error.

    `States.Runtime` is never covered; `States.DataLimitExceeded` only by its own name, and by `States.ALL` where a
    task's result is what is too large (`of_task`), as AWS recorded it. `States.TaskFailed` covers everything but a
    timeout.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if error == RUNTIME:
        return False
    if error == DATA_LIMIT and of_task and ALL in names:
        return True
    for name in names:  # noqa: SIM110  any() of a generator takes twice as long
        if _covers(name, error):
            return True
    return False


def _covers(name: str, error: str | None) -> bool:
    if name == error:
        return True
    if name == ALL:
        return error != DATA_LIMIT
    if name == TASK_FAILED:
        return error not in (TIMEOUT, HEARTBEAT_TIMEOUT, DATA_LIMIT)
    return name == TIMEOUT and error == HEARTBEAT_TIMEOUT
