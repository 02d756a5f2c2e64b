"""What can go wrong with one call.

A fault strikes before the call has taken effect, or after it; a call that times out, or whose connection is lost, has
one or the other, and nobody can tell which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import KW_ONLY
from enum import Enum
from functools import cache

from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass
from keyflow.engine.errors import DATA_LIMIT, HEARTBEAT_TIMEOUT, TASK_FAILED, TIMEOUT
from keyflow.verify.world.results import Keys, value_at, with_value, without


class Kind(Enum):
    """How a call goes wrong."""

    REFUSED = "fails with"
    TIMED_OUT_BEFORE = "times out before it takes effect"
    TIMED_OUT_AFTER = "takes effect, and times out"
    LOST = "takes effect, and its answer is lost"
    FAILED_AFTER = "takes effect, and fails with"
    MALFORMED = "gives a result without the members that are read"
    LACKS = "gives a result without"
    NULL = "gives a result with null for"
    RETYPED = "gives a result with a value of another type for"
    TOO_LARGE = "takes effect, and its result is over 256 KiB"
    """Nothing but `States.DataLimitExceeded` itself catches that, as the documentation has it."""
    LISTS_OWN = "lists nothing that is another's"
    """No fault, but what comes of others is worth nothing without: a lookup usually lists another's thing first."""
    NEXT_PAGE = "lists only what is another's, and goes on on another page"
    EMPTY_PAGE = "lists nothing, and goes on on another page"

    @property
    def takes_effect(self) -> bool:
        """Whether the call has done what it was for."""
        return self not in (Kind.REFUSED, Kind.TIMED_OUT_BEFORE)

    @property
    def is_answered(self) -> bool:
        """Whether the execution gets a result."""
        return self in (Kind.LISTS_OWN, *PAGES, *_OTHER_RESULTS)

    @property
    def is_malformed(self) -> bool:
        """Whether it gives another result than its service's model says."""
        return self is Kind.TOO_LARGE or self in _OTHER_RESULTS

    @property
    def hangs(self) -> bool:
        """Whether no answer comes until the task's timeout."""
        return self in (Kind.TIMED_OUT_BEFORE, Kind.TIMED_OUT_AFTER)


PAGES = (Kind.NEXT_PAGE, Kind.EMPTY_PAGE)
"""A lookup does not find on the first page what is on another one."""
_OTHER_RESULTS = (Kind.MALFORMED, Kind.LACKS, Kind.NULL, Kind.RETYPED)

Place = tuple[str, tuple[int, ...]]
"""A task's state, and the index of the item in each Map around."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a task's attempts: with all of them, or with the first `attempts`.

    Where the first attempt ends in another way, `first` says how, and with which error. `keys` lead to the member of
    the result that is not as it should be.
    """

    place: Place
    kind: Kind
    error: str
    attempts: int | None = None
    _: KW_ONLY
    first: tuple[Kind, str] | None = None
    keys: Keys = ()

    @property
    def is_alone(self) -> bool:
        """Whether it is tried alone, and with no other: it is two errors already, or one of many odd results."""
        return self.first is not None or bool(self.keys)

    def at(self, attempt: int) -> Fault | None:
        """What goes wrong with one attempt."""
        if self.first is not None and attempt == 0:
            return Fault(self.place, *self.first)
        return self if self.attempts is None or attempt < self.attempts else None

    def of(self, result: JSON) -> JSON:
        """What the execution gets of a result."""
        match self.kind:
            case Kind.MALFORMED:
                return {}
            case Kind.LACKS:
                return without(result, self.keys)
            case Kind.NULL:
                return with_value(result, self.keys, None)
            case Kind.RETYPED:
                is_text = isinstance(value_at(result, self.keys), str)
                return with_value(result, self.keys, _NUMBER if is_text else _TEXT)
            case _:
                return result

    def __str__(self) -> str:
        state, iteration = self.place
        where = f"{state!r}" + "".join(f"[{index}]" for index in iteration)
        if self.first is not None:
            kind, error = self.first
            return f"{where} {_how(kind, error)}, and then {_how(self.kind, self.error)}"
        how = _how(self.kind, self.error or ".".join(map(str, self.keys)))
        return f"{where} {how}{_limit(self.attempts)}"


_NUMBER, _TEXT = 7, "another type"
"""What stands where a value of another type is expected."""


def _how(kind: Kind, what: str) -> str:
    names_it = kind in (Kind.REFUSED, Kind.FAILED_AFTER, Kind.LACKS, Kind.NULL, Kind.RETYPED)
    return f"{kind.value} {what}" if names_it else kind.value


def _limit(attempts: int | None) -> str:
    if attempts is None:
        return ""
    return f", at its first {attempts} attempts" if attempts > 1 else ", once"


def faults_of(
    place: Place,
    resource: str,
    *,
    named: Sequence[str] = (),
    retries: int = 0,
    retried: Sequence[str] = (),
    read: Sequence[Keys] | None = (),
    lists: bool = False,
    has_pages: bool = False,
) -> tuple[Fault, ...]:
    """Every fault of a call.

    Args:
        place: The task.
        resource: What it calls.
        named: The errors that the definition itself names for it.
        retries: How often it is tried again: then each kind also strikes all attempts but the last.
        retried: An error for each of its retriers, which that one is the first to take.
        read: The paths that anything reads of the result; None where nothing does.
        lists: Whether it is a lookup that lists things, so that it may list none.
        has_pages: Whether it is one whose list may go on on another page.
    """
    errors = dict.fromkeys((*errors_of(resource), *own_errors_of(resource, named)))
    found = [Fault(place, Kind.REFUSED, error) for error in errors]
    found += [Fault(place, Kind.TIMED_OUT_BEFORE, TIMEOUT), Fault(place, Kind.TIMED_OUT_AFTER, TIMEOUT)]
    found.append(Fault(place, Kind.LOST, lost_error_of(resource)))
    found += [Fault(place, Kind.FAILED_AFTER, error) for error in errors if _is_a_failing_answer(resource, error)]
    if may_be_too_large(resource):
        found += [Fault(place, Kind.FAILED_AFTER, DATA_LIMIT), Fault(place, Kind.TOO_LARGE, DATA_LIMIT)]
    if read is not None:
        found.append(Fault(place, Kind.MALFORMED, ""))
        odd = (Kind.LACKS, Kind.NULL, Kind.RETYPED)
        found += [Fault(place, kind, "", keys=keys) for keys in dict.fromkeys(read) for kind in odd if keys]
    if lists:
        found.append(Fault(place, Kind.LISTS_OWN, ""))
    if has_pages:
        found += [Fault(place, page, "") for page in PAGES]
    return (*found, *_passing(place, resource, retries), *_successive(place, resource, retried, named))


def _passing(place: Place, resource: str, retries: int) -> Iterator[Fault]:
    """Faults that are over before the last attempt."""
    if retries:
        refused = unmodelled_error_of(resource)
        yield Fault(place, Kind.REFUSED, refused, retries)
        yield Fault(place, Kind.TIMED_OUT_AFTER, TIMEOUT, 1)


def _successive(place: Place, resource: str, retried: Sequence[str], named: Sequence[str]) -> Iterator[Fault]:
    """Faults whose first attempt ends otherwise than those after it: each with what its retrier takes, or lost.

    The first attempt may have taken effect unanswered: a named error of the second one must not hide that.
    """
    firsts = [_at_first(resource, error) for error in retried]
    later = ((Kind.REFUSED, plain_error_of(resource)), *firsts)
    handled = [(Kind.REFUSED, error) for error in named if not error.startswith("States.") and not is_silent(error)]
    for first in firsts:
        took_effect = first[0] is not Kind.REFUSED
        for kind, error in dict.fromkeys((*later, *(handled if took_effect else ()))):
            if error != first[1]:
                yield Fault(place, kind, error, first=first)


def _at_first(resource: str, error: str) -> tuple[Kind, str]:
    """How an attempt ends with an error that leaves open what it did: at its worst, it took effect."""
    if error == lost_error_of(resource):
        return Kind.LOST, error
    return (Kind.FAILED_AFTER if _is_a_failing_answer(resource, error) else Kind.REFUSED), error


def may_be_too_large(resource: str) -> bool:
    """Whether a result may be over 256 KiB: it is of somebody's own code, or has what somebody has stored.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB),
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (an item has up to 400 KB).
    """
    found = resource_of(resource)
    if found.integration is None:
        return found.definite_errors is not None
    model = found.integration.model
    is_stored = (model.service.name, found.integration.operation) in _STORED
    return is_stored or effect_of(model).effect is Effect.UNKNOWN


_STORED = {
    ("dynamodb", "get_item"), ("dynamodb", "query"), ("dynamodb", "scan"), ("dynamodb", "batch_get_item"),
    ("dynamodb", "transact_get_items"), ("s3", "get_object"),
}  # fmt: skip


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
