"""What ran last: each request with its answer, and each execution with its history. The oldest are let go."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic
from keyflow.engine import Execution

KEPT = 200
_EVENTS = 50_000
"""Events of histories that are kept in all: those of large Maps are many."""
_BODY = 20_000
"""Characters of a body that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A request, or an execution that nobody waited for.

    `moment` is in seconds since 1970, `milliseconds` are those that the caller waited. `status` is that of the answer;
    of an execution alone it is None, and so are both bodies.
    """

    id: str
    label: str
    api: str | None = None
    workflow: str | None = None
    moment: float
    milliseconds: float
    status: int | None = None
    sent: str | None = None
    answered: str | None = None
    execution: Execution | None = None
    problem: Diagnostic | None = None


class Runs:
    """The last runs, the newest first."""

    def __init__(self) -> None:
        self._runs: deque[Run] = deque()
        self._lock = threading.Lock()
        self._events = 0

    def add(self, run: Run) -> None:
        """Keeps a run."""
        with self._lock:
            self._runs.appendleft(run)
            self._events += _events(run)
            while len(self._runs) > KEPT or (self._events > _EVENTS and len(self._runs) > 1):
                self._events -= _events(self._runs.pop())

    def all(self) -> Sequence[Run]:
        """Those that are kept."""
        with self._lock:
            return tuple(self._runs)

    def find(self, number: str) -> Run | None:
        """The run with an id, while it is kept."""
        return next((run for run in self.all() if run.id == number), None)


def shortened(body: str) -> str:
    """A body as it is kept."""
    return body if len(body) <= _BODY else f"{body[:_BODY]}... ({len(body) - _BODY:,} characters more)"


def _events(run: Run) -> int:
    return 0 if run.execution is None else len(run.execution.history)
