"""The events of a workflow's log group: read page by page, and each once while more come."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.log_group import log_group_name
from keyflow.deploy.target import Clients, Target, aws_errors
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.operations.events import Event, execution_name, of_log
from keyflow.operations.trace import Execution

_PAUSE = 2.0
"""Seconds between two looks at a group: FilterLogEvents is answered 5 times a second in most regions.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""
_LATE = 300_000
"""Milliseconds that an event may come after one that is younger: so far each look goes back."""
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One event of a log group. `event` is None for a line that Step Functions has not written.

    `id` is the group's own; `seconds` are since 1970. `state` is the one that the event belongs to, where it is
    known.
    """

    id: str
    seconds: float
    text: str
    event: Event | None
    state: str | None

    def document(self) -> dict[str, Any]:
        """The line for programs."""
        if self.event is None:
            return {"time": self.time, "execution": None, "message": self.text}
        event = self.event
        return {
            "time": self.time,
            "execution": event.execution,
            "type": event.type,
            "state": self.state,
            "error": event.error,
            "cause": event.cause,
            "id": event.id,
            "previous": event.previous,
            "details": dict(event.details),
        }

    @property
    def time(self) -> str:
        """The moment, in UTC."""
        seconds = self.seconds if self.event is None else self.event.seconds
        moment = datetime.fromtimestamp(seconds, UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def since(text: str, now: float) -> float:
    """The moment that a text means, in seconds since 1970: so long ago (`10m`, `2h`, `1d`), or a date and time of ISO.

    A time without a zone is one of UTC.

    Raises:
        ProjectError: KF535, it means none.
    """
    ago = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if ago is not None:
        return max(0.0, now - int(ago[1]) * _UNITS[ago[2]])
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ProjectError(Diagnostic("KF535", f"{text!r} is no time")) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are asked for: from a moment on, of one execution, or of errors alone.

    `execution` is an ARN or a name. `prefix` is what the names of executions begin with.
    """

    start: float
    execution: str | None = None
    prefix: str | None = None
    errors: bool = False

    @property
    def pattern(self) -> str | None:
        """What the group itself filters by: it sends no more than that.

        Errors are not among it: what came before says which state they belong to.

        Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
        """
        if self.prefix is not None:
            return f'{{ $.execution_arn = "*:{self.prefix}*" }}'
        if self.execution is None:
            return None
        if ":" in self.execution:
            return f'{{ $.execution_arn = "{self.execution}" }}'
        return f'{{ ($.execution_arn = "*:{self.execution}") || ($.execution_arn = "*:{self.execution}:*") }}'

    def has(self, event: Event | None) -> bool:
        """Whether an event is of the execution that is asked for; lines of something else are of none."""
        if self.execution is None and self.prefix is None:
            return True
        if event is None:
            return False
        if self.prefix is not None:
            return execution_name(event.execution).startswith(self.prefix)
        return self.execution in (event.execution, execution_name(event.execution))

    def shows(self, event: Event | None) -> bool:
        """Whether it is shown, once it is known which state it belongs to."""
        return not self.errors or (event is not None and event.is_error)


def check_execution(text: str) -> None:
    """Refuses what is neither an execution's name nor its ARN, which the group could not be asked for.

    Raises:
        ProjectError: KF532.
    """
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,80}|arn:[0-9A-Za-z:_/.-]{1,400}", text):
        raise ProjectError(Diagnostic("KF532", f"{text!r} is neither the name nor the ARN of an execution"))


class LogReader:
    """Reads a workflow's log group. What it has given once, it does not give again."""

    def __init__(self, workflow: str, clients: Clients, target: Target, wanted: Wanted) -> None:
        self.group = log_group_name(workflow, target)
        self._clients, self._target, self._wanted = clients, target, wanted
        self._first = self._start = self._newest = int(wanted.start * 1000)
        self._seen: dict[str, int] = {}
        self._executions: dict[str, Execution] = {}

    def new(self) -> Iterator[LogLine]:
        """The events that have come since the last time, those of a page in the order in which they happened.

        Raises:
            ProjectError: KF531, the group is not there.
            DeployError: KF503, AWS refused; KF504, it could not be reached.
        """
        for page in self._pages():
            lines = [line for each in page if (line := self._line(each)) is not None]
            lines.sort(key=lambda line: (line.seconds, line.event.id if line.event else 0))
            for line in lines:
                known = self._with_state(line)
                if self._wanted.shows(known.event):
                    yield known
        self._start = max(self._first, self._newest - _LATE)
        self._seen = {each: moment for each, moment in self._seen.items() if moment >= self._start}

    def followed(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[LogLine]:
        """As `new`, for ever."""
        while True:
            yield from self.new()
            sleep(_PAUSE)

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        logs = self._clients.client("logs")
        asked: dict[str, Any] = {"logGroupName": self.group, "startTime": self._start}
        if self._wanted.pattern is not None:
            asked["filterPattern"] = self._wanted.pattern
        with aws_errors():
            try:
                for page in logs.get_paginator("filter_log_events").paginate(**asked):
                    yield page["events"]
            except logs.exceptions.ResourceNotFoundException:
                message = f"there is no log group {self.group} in {self._target.region}"
                raise ProjectError(Diagnostic("KF531", message)) from None

    def _line(self, found: dict[str, Any]) -> LogLine | None:
        """A line that has not been read yet, and that is asked for."""
        moment: int = found["timestamp"]
        if found["eventId"] in self._seen:
            return None
        self._seen[found["eventId"]] = moment
        self._newest = max(self._newest, moment)
        event = of_log(found["message"], moment / 1000)
        if not self._wanted.has(event):
            return None
        return LogLine(id=found["eventId"], seconds=moment / 1000, text=found["message"], event=event, state=None)

    def _with_state(self, line: LogLine) -> LogLine:
        event = line.event
        if event is None:
            return line
        execution = self._executions.setdefault(event.execution, Execution())
        state = execution.add(event)
        if event.is_end:
            del self._executions[event.execution]
        return LogLine(id=line.id, seconds=line.seconds, text=line.text, event=event, state=state)


def events_of(
    reader: LogReader,
    names: Collection[str],
    *,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    report: Callable[[int], None] = lambda _ended: None,
) -> tuple[dict[str, list[Event]], bool]:
    """The events of executions by their names, as soon as each has ended; else what has come in time.

    The second value says whether all have ended. Logs come seconds after the answer, and AWS promises no time.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html

    Args:
        reader: Reads the group.
        names: Those of the executions; no other one's events are given.
        seconds: For how long.
        clock: Says how late it is.
        sleep: Waits between two looks.
        report: Is given how many have ended.
    """
    deadline, pause = clock() + seconds, 0.25
    found: dict[str, list[Event]] = {}
    ended: set[str] = set()
    while True:
        for line in reader.new():
            if line.event is not None and (name := execution_name(line.event.execution)) in names:
                found.setdefault(name, []).append(line.event)
                if line.event.is_end:
                    ended.add(name)
        report(len(ended))
        if len(ended) == len(names) or clock() >= deadline:
            return found, len(ended) == len(names)
        sleep(min(pause, max(0.0, deadline - clock())))
        pause = min(pause * 1.5, _PAUSE)
