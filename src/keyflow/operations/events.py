"""The events of an execution, whether GetExecutionHistory or a log group has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keyflow.dataclass import dataclass

_DETAILS = "EventDetails"
_ERRORS = ("Failed", "TimedOut", "Aborted")
_ENDED = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `id` counts within the execution, `previous` is the id of the one that led here, or 0.

    `seconds` is its moment, since 1970. `details` is what AWS says of it beside: a state's name, an error, a cause.
    """

    execution: str
    id: int
    previous: int
    type: str
    seconds: float
    details: Mapping[str, Any]

    @property
    def is_entry(self) -> bool:
        """Whether a state is entered."""
        return self.type.endswith("StateEntered")

    @property
    def is_error(self) -> bool:
        """Whether it is one of those that Step Functions logs at the level ERROR.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
        """
        return self.type.endswith(_ERRORS) or self.type == "FailStateEntered"

    @property
    def is_end(self) -> bool:
        """Whether the execution ends here."""
        return self.type in _ENDED

    @property
    def error(self) -> str | None:
        """The name of the error, where it has one."""
        return _text(self.details.get("error"))

    @property
    def cause(self) -> str | None:
        """What is said of the error."""
        return _text(self.details.get("cause"))

    def document(self) -> dict[str, Any]:
        """The event for programs."""
        return {
            "execution": self.execution,
            "id": self.id,
            "previous": self.previous,
            "type": self.type,
            "seconds": round(self.seconds, 3),
            "details": dict(self.details),
        }


def of_history(execution: str, found: Mapping[str, Any]) -> Event:
    """An event as GetExecutionHistory gives it: its details stand under a name of the event's kind.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
    """
    details: Mapping[str, Any] = next((value for key, value in found.items() if key.endswith(_DETAILS)), {})
    return Event(
        execution=execution,
        id=found["id"],
        previous=found.get("previousEventId", 0),
        type=found["type"],
        seconds=found["timestamp"].timestamp(),
        details=details,
    )


def of_log(message: str, seconds: float) -> Event | None:
    """An event as Step Functions writes it to a log group; None for a line that something else has written.

    Numbers are texts there, and the moment is one of milliseconds. LocalStack writes it as a date: then the moment
    counts that the group has noted, `seconds`.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    try:
        found = json.loads(message)
        moment = str(found.get("event_timestamp", ""))
        details = found.get("details", {})
        return Event(
            execution=str(found["execution_arn"]),
            id=int(found["id"]),
            previous=int(found.get("previous_event_id", 0)),
            type=str(found["type"]),
            seconds=int(moment) / 1000 if moment.isascii() and moment.isdigit() and len(moment) < 15 else seconds,
            details=details if isinstance(details, dict) else {},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def execution_name(arn: str) -> str:
    """The name of an execution in its ARN; that of an Express execution has AWS's own id after it.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-executions.html
    """
    parts = arn.split(":")
    if len(parts) < 8:
        return arn
    return parts[7]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
