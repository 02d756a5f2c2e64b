"""The events of an execution, as GetExecutionHistory has them.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError

EVENT_LIMIT = 1_000_000
"""Events that a simulation may have: those of Map within Map multiply."""
STANDARD_EVENTS = 25_000
"""Events that a Standard execution may have, the last of which says how it ended.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
"""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When executions begin unless something else is said, so that two runs have the same timestamps."""


@lru_cache(maxsize=1024)
def timestamp(seconds: float, start: datetime = EPOCH) -> str:
    """A moment of virtual time in the form that the context object has."""
    try:
        moment = start + timedelta(seconds=seconds)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=start.tzinfo)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `details` are those that the event's type has in the API, under the API's names.

    Inputs, outputs and parameters are JSON values here; `document` writes them as the text that the API gives.
    """

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
        if self.details or self.type in ("ExecutionFailed", "ExecutionTimedOut"):
            document[_details_key(self.type)] = dict(_members(self.details))
        return document


class Clock(Protocol):
    """Tells the seconds of virtual time."""

    @property
    def now(self) -> float:
        """How many have passed."""


Told = Mapping[str, Any] | tuple[Any, ...]
"""An event's details, or a function that makes them and what it is given: of a large Map nobody may ever ask."""
_MEMBERS = 4
"""Of each event in the list of all: a list for each would be most of what a large Map keeps. Of the event before it, it
has how far back that is: small numbers are no objects of their own.
"""


class HistoryFull(Exception):
    """An execution has as many events as Step Functions takes."""


class History(Sequence[Event]):
    """The events of an execution as they happen by a clock. Each is made an `Event` when it is asked for.

    One that is not `kept` counts nothing: the numbers that it gives to events are all 0. Where there is a `most`, the
    event of that number says how the execution ended.
    """

    def __init__(self, clock: Clock, *, kept: bool = True, most: int | None = None) -> None:
        self._clock = clock
        self._kept = kept
        self._most = EVENT_LIMIT if most is None else most
        self._added = 0
        self._members: list[Any] = []

    def add(self, kind: str, previous: int, told: Told) -> int:
        """Notes an event; gives its number.

        Raises:
            HistoryFull: it would be the last one, and the execution goes on.
            EngineError: KF605, there are so many that the execution may never end.
        """
        self._added = number = self._added + 1
        if number >= self._most:
            self._check(kind)
        if not self._kept:
            return 0
        self._members += (number - previous, kind, self._clock.now, told)
        return number

    def _check(self, kind: str) -> None:
        """Refuses an event that is one too many."""
        if self._most >= EVENT_LIMIT:
            message = f"the execution has more than {EVENT_LIMIT:,} events: it may never end"
            raise EngineError(Diagnostic("KF605", message))
        if not kind.startswith("Execution"):
            self._added -= 1
            raise HistoryFull

    def __len__(self) -> int:
        return self._added if self._kept else 0

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        number = range(len(self))[index]
        start = number * _MEMBERS
        back, kind, seconds, told = self._members[start : start + _MEMBERS]
        details = told[0](*told[1:]) if isinstance(told, tuple) else told
        return Event(number + 1, number + 1 - back, kind, seconds, details)


_PAYLOADS = ("input", "output")


def _members(details: Mapping[str, Any]) -> list[tuple[str, JSON]]:
    members: list[tuple[str, JSON]] = []
    for name, value in details.items():
        if name in _PAYLOADS:
            members += [(name, _text(value)), (f"{name}Details", {"truncated": False})]
        elif name == "parameters":
            members.append((name, _text(value)))
        elif name == "assignedVariables":
            members.append((name, {variable: _text(each) for variable, each in value.items()}))
            members.append((f"{name}Details", {"truncated": False}))
        elif value is not None:
            members.append((name, value))
    return members


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _details_key(event_type: str) -> str:
    if event_type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if event_type.endswith("StateExited"):
        return "stateExitedEventDetails"
    return f"{event_type[:1].lower()}{event_type[1:]}EventDetails"
