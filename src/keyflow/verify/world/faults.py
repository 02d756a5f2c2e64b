"""What can go wrong with one call.

A fault strikes before the call has taken effect, or after it; a call that times out, or whose connection is lost, has
one or the other, and nobody can tell which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from functools import cache

from keyflow.aws import resource_of
from keyflow.dataclass import dataclass
from keyflow.engine.errors import HEARTBEAT_TIMEOUT, TASK_FAILED, TIMEOUT


class Kind(Enum):
    """How a call goes wrong."""

    REFUSED = "fails with"
    TIMED_OUT_BEFORE = "times out before it takes effect"
    TIMED_OUT_AFTER = "takes effect, and times out"
    LOST = "takes effect, and its answer is lost"
    FAILED_AFTER = "takes effect, and fails with"
    MALFORMED = "gives a result without the members that are read"
    LISTS_OWN = "lists nothing that is another's"
    """No fault, but what comes of others is worth nothing without: a lookup usually lists another's thing first."""

    @property
    def takes_effect(self) -> bool:
        """Whether the call has done what it was for."""
        return self in (
            Kind.TIMED_OUT_AFTER,
            Kind.LOST,
            Kind.FAILED_AFTER,
            Kind.MALFORMED,
            Kind.LISTS_OWN,
        )

    @property
    def hangs(self) -> bool:
        """Whether no answer comes until the task's timeout."""
        return self in (Kind.TIMED_OUT_BEFORE, Kind.TIMED_OUT_AFTER)


Place = tuple[str, tuple[int, ...]]
"""A task's state, and the index of the item in each Map around."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a task's attempts: with all of them, or with the first `attempts`."""

    place: Place
    kind: Kind
    error: str
    attempts: int | None = None

    def __str__(self) -> str:
        state, iteration = self.place
        where = f"{state!r}" + "".join(f"[{index}]" for index in iteration)
        names_error = self.kind in (Kind.REFUSED, Kind.FAILED_AFTER)
        how = f"{self.kind.value} {self.error}" if names_error else self.kind.value
        limit = (
            ""
            if self.attempts is None
            else f", at its first {self.attempts} attempts"
            if self.attempts > 1
            else ", once"
        )
        return f"{where} {how}{limit}"


def faults_of(
    place: Place,
    resource: str,
    *,
    named: Sequence[str] = (),
    retries: int = 0,
    reads_result: bool = True,
    lists: bool = False,
) -> tuple[Fault, ...]:
    """Every fault of a call.

    Args:
        place: The task.
        resource: What it calls.
        named: The errors that the definition itself names for it.
        retries: How often it is tried again: then each kind also strikes all attempts but the last.
        reads_result: Whether anything reads the result, so that a malformed one matters.
        lists: Whether it is a lookup that lists things, so that it may list none.
    """
    errors = dict.fromkeys((*errors_of(resource), *own_errors_of(resource, named)))
    found = [Fault(place, Kind.REFUSED, error) for error in errors]
    found += [Fault(place, Kind.TIMED_OUT_BEFORE, TIMEOUT), Fault(place, Kind.TIMED_OUT_AFTER, TIMEOUT)]
    found.append(Fault(place, Kind.LOST, lost_error_of(resource)))
    found += [Fault(place, Kind.FAILED_AFTER, error) for error in errors if _is_a_failing_answer(resource, error)]
    if reads_result:
        found.append(Fault(place, Kind.MALFORMED, ""))
    if lists:
        found.append(Fault(place, Kind.LISTS_OWN, ""))
    return (*found, *_passing(place, resource, retries))


def _passing(place: Place, resource: str, retries: int) -> Iterator[Fault]:
    """Faults that are over before the last attempt."""
    if retries:
        refused = unmodelled_error_of(resource)
        yield Fault(place, Kind.REFUSED, refused, retries)
        yield Fault(place, Kind.TIMED_OUT_AFTER, TIMEOUT, 1)


def _is_a_failing_answer(resource: str, error: str) -> bool:
    """Whether a call may end with the error when it has done its work: its service failed, or somebody's own code."""
    silent = (TIMEOUT, HEARTBEAT_TIMEOUT, lost_error_of(resource))
    return error == UNNAMED or (error not in silent and error in resource_of(resource).ambiguous_errors)


UNNAMED = "UnnamedException"
"""An exception of a function that no definition names."""


def own_errors_of(resource: str, named: Sequence[str]) -> tuple[str, ...]:
    """The errors of a call beside those of its model: those that the definition names, and one that it does not."""
    own = tuple(error for error in named if not error.startswith("States."))
    return own if resource_of(resource).definite_errors is None else (*own, UNNAMED)


@cache
def errors_of(resource: str) -> tuple[str, ...]:
    """The errors of the service's model for a call, and the one that stands for all that it does not have."""
    return tuple(dict.fromkeys((*resource_of(resource).errors, unmodelled_error_of(resource))))


@cache
def unmodelled_error_of(resource: str) -> str:
    """What an error is called that the model does not have."""
    integration = resource_of(resource).integration
    return TASK_FAILED if integration is None else integration.unmodelled_error


@cache
def plain_error_of(resource: str) -> str:
    """A refusal that stands for others: nothing was done, and nothing more is said."""
    unmodelled, gone = unmodelled_error_of(resource), gone_errors_of(resource)
    plain = (error for error in (unmodelled, *errors_of(resource)) if error not in gone)
    return next((error for error in plain if not is_ambiguous(resource, error)), unmodelled)


@cache
def gone_errors_of(resource: str) -> tuple[str, ...]:
    """The errors by which a call says that what it is about does not exist."""
    integration = resource_of(resource).integration
    return () if integration is None else integration.gone_errors


@cache
def lost_error_of(resource: str) -> str:
    """The error of a call whose answer never came."""
    integration = resource_of(resource).integration
    return "Lambda.SdkClientException" if integration is None else integration.lost_error


def is_ambiguous(resource: str, error: str | None, named: Collection[str] = ()) -> bool:
    """Whether a call that ended with the error may have taken effect (S10, S14).

    An error that the definition names, `named`, is the answer of somebody's own code that it has done nothing.
    """
    if error is None:
        return False
    found = resource_of(resource)
    if is_silent(error) or error in found.ambiguous_errors:
        return True
    return found.definite_errors is not None and error not in (*found.definite_errors, *named)


def is_silent(error: str) -> bool:
    """Whether an error says that no answer came."""
    return error in (TIMEOUT, HEARTBEAT_TIMEOUT) or error.endswith(".SdkClientException")
