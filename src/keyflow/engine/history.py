"""The events of an execution, as GetExecutionHistory has them.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keyflow.asl import JSON

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When executions begin unless something else is said, so that two runs have the same timestamps."""


def timestamp(seconds: float, start: datetime = EPOCH) -> str:
    """A moment of virtual time in the form that the context object has."""
    return (start + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `details` are those that the event's type has in the API, under the API's names."""

    id: int
    previous: int
    type: str
    seconds: float
    details: Mapping[str, Any]

    def document(self, start: datetime = EPOCH) -> JSON:
        """The event as GetExecutionHistory gives it."""
        document: dict[str, JSON] = {
            "id": self.id,
            "previousEventId": self.previous,
            "timestamp": timestamp(self.seconds, start),
            "type": self.type,
        }
        key = _DETAILS.get(self.type) or _details_of_state(self.type)
        if key is not None and self.details:
            document[key] = dict(self.details)
        return document


_DETAILS = {
    name: name[:1].lower() + name[1:] + "EventDetails"
    for name in (
        "ExecutionStarted",
        "ExecutionSucceeded",
        "ExecutionFailed",
        "ExecutionTimedOut",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskFailed",
        "TaskTimedOut",
        "MapStateStarted",
        "MapIterationStarted",
        "MapIterationSucceeded",
        "MapIterationFailed",
    )
}


def _details_of_state(event_type: str) -> str | None:
    if event_type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    return "stateExitedEventDetails" if event_type.endswith("StateExited") else None
