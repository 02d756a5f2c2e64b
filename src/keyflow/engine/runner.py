"""What an engine asks of whoever answers its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keyflow.asl import JSON


@dataclass(frozen=True, slots=True)
class TaskCall:
    """One attempt of a task: the state, the resource's ARN, the parameters, and how often it was tried before."""

    state: str
    resource: str
    parameters: JSON
    attempt: int


@dataclass(frozen=True, slots=True)
class Success:
    """The call's result, after so many seconds of virtual time."""

    result: JSON
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The call's error, after so many seconds of virtual time."""

    error: str
    cause: str | None = None
    seconds: float = 0


Outcome = Success | Failure


class Runner(Protocol):
    """Answers tasks."""

    def call(self, call: TaskCall) -> Outcome:
        """The outcome of one attempt."""
