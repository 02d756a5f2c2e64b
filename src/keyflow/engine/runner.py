"""What an engine asks of whoever answers its tasks."""

from __future__ import annotations

from typing import Protocol

from keyflow.asl import JSON
from keyflow.aws.error_names import ServiceError
from keyflow.dataclass import dataclass


@dataclass(slots=True)
class TaskCall:
    """One attempt of a task.

    `attempt` counts the retries before it. `timeout` is the attempt's limit in seconds of virtual time, where it has
    one; `token` the task token of a `.waitForTaskToken` call; `iteration` the index of the item in each Map around;
    `heartbeat` the seconds that may pass without a sign of life.
    """

    state: str
    resource: str
    parameters: JSON
    attempt: int
    timeout: float | None = None
    token: str | None = None
    iteration: tuple[int, ...] = ()
    heartbeat: float | None = None


@dataclass(frozen=True, slots=True)
class Success:
    """The call's result, after so many seconds of virtual time.

    `submitted` is what the service answered when it took a call that ends later, as TaskSubmitted has it.
    """

    result: JSON
    seconds: float = 0
    submitted: JSON = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The call's error, after so many seconds of virtual time.

    `error` is a name as a Catch meets it, or one of a service's errors, as `on_error` takes them. `submitted` is as
    that of a `Success`: the call was taken, and failed later.
    """

    error: str | ServiceError
    cause: str | None = None
    seconds: float = 0
    submitted: JSON = None

    @property
    def name(self) -> str:
        """The error's name."""
        return self.error if isinstance(self.error, str) else self.error.name


@dataclass(frozen=True, slots=True)
class Waiting:
    """The call was taken after so many seconds; its task ends when somebody gives its token back.

    `submitted` is what the service answered to the call.
    """

    seconds: float = 0
    submitted: JSON = None


Outcome = Success | Failure | Waiting


class Runner(Protocol):
    """Answers tasks."""

    def call(self, call: TaskCall) -> Outcome:
        """The outcome of one attempt."""
