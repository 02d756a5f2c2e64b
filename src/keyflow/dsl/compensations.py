"""What is done after a task has failed: calls that undo it or look for what it made, and the steps for an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Protocol, TypeVar

from keyflow.aws import Call, OperationCall, ServiceError
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block
from keyflow.dsl.checks import (
    check_call,
    check_errors,
    checked_timeout,
)
from keyflow.dsl.expressions import Condition, Value
from keyflow.dsl.retries import ALL_ERRORS, COMPENSATION_RETRY, Retry, check_known
from keyflow.dsl.values import values_of

T = TypeVar("T")
Gone = str | ServiceError | Sequence[str | ServiceError]
"""Errors that say that there is nothing to undo."""


class Scopes(Protocol):
    """What a step with compensations and handlers asks of the definition that it stands in."""

    def claim_name(self, name: str, location: Location) -> None:
        """Takes a state's name."""

    def opening(self, label: str, block: Block, value: T) -> AbstractContextManager[T]:
        """What opens a block for a method: adds what is written inside to `block`; gives `value`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Compensation:
    """A call that undoes its task. `gone` are errors, beyond the model's own, that say that nothing is left to undo."""

    name: str
    call: Call
    retry: Retry = COMPENSATION_RETRY
    timeout: int | None = None
    location: Location
    gone: tuple[str, ...] = ()

    @classmethod
    def declared(
        cls,
        scopes: Scopes,
        name: str,
        call: Call,
        *,
        retry: Retry,
        timeout: int | None,
        gone: str | ServiceError | Sequence[str | ServiceError],
    ) -> Compensation:
        """A compensation as `compensate` is given it.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF222, not a call; KF208, an
                error of another service; KF223, the timeout is no number of seconds.
        """
        location = calling_location()
        scopes.claim_name(name, location)
        check_call(call, "compensate")
        check_errors(call, retry.errors)
        check_known((retry,))
        return cls(
            name=name,
            call=call,
            retry=retry,
            timeout=checked_timeout(timeout),
            location=location,
            gone=tuple(call.error_name(error) for error in ((gone,) if isinstance(gone, str | ServiceError) else gone)),
        )

    @property
    def gone_errors(self) -> tuple[str, ...]:
        """The errors that count as done (S6)."""
        return tuple(dict.fromkeys((*self.call.gone_errors, *self.gone)))

    def values(self) -> Iterator[Value]:
        """The values that the call needs."""
        return iter(values_of(self.call))


_NEVER_GONE = (
    "Throttl",
    "TooManyRequests",
    "LimitExceeded",
    "AccessDenied",
    "Unauthorized",
    "InternalServer",
    "Timeout",
)
"""What stands in names of errors that say nothing of whether a thing is there."""


def check_undoes(name: str, compensation: Compensation) -> None:
    """Raises KF266 where a compensation undoes nothing, or takes for done what is not."""
    call = compensation.call
    if call.effect is Effect.READS:
        raise definition_error("KF266", f"{name!r} undoes nothing: {call.label} only reads")
    for error in compensation.gone:
        if error == ALL_ERRORS or error in call.ambiguous_errors or any(mark in error for mark in _NEVER_GONE):
            raise definition_error(
                "KF266",
                f"{name!r} counts as done when it ends with {error}, which does not say that anything is gone",
                hint="gone= names errors like NotFoundException; what fails otherwise is tried again, and then named",
            )


def check_finds(name: str, call: Call, find: Call) -> None:
    """Raises KF237 where a lookup does not only read, or is known to find other things than the task makes."""
    if find.effect not in (Effect.READS, Effect.UNKNOWN):
        raise definition_error("KF237", f"find= only looks: {find.label} {find.effect.value} something")
    if not isinstance(call, OperationCall) or not isinstance(find, OperationCall) or call.service is not find.service:
        return
    found_by = effect_of(call.model).found_by
    if not found_by or find.operation in found_by:
        return
    effects = (effect_of(each) for each in call.service.operations.values())
    others = [each.noun for each in effects if each.makes and find.operation in each.found_by]
    if others:
        raise definition_error(
            "KF237",
            f"{find.label} finds {others[0]}s, and no {effect_of(call.model).noun} of {name!r}",
            hint=f"what finds it is {' or '.join(found_by)}",
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Lookup:
    """A call that looks for what a task may have made, where its answer was lost (S10).

    The thing lies at `member` of the call's result, a list, or is the result itself (None); of a list, the first entry
    for which `where` holds is the one. `needed` are the members that compensations read of the task's result. `more` is
    the member of the call's result that is there where the list goes on on another page.
    """

    name: str
    call: Call
    member: str | None
    needed: tuple[str, ...]
    where: Condition | None
    location: Location
    more: str | None = None

    def values(self) -> Iterator[Value]:
        """The values that the lookup needs."""
        yield from values_of(self.call)
        if self.where is not None:
            yield from self.where.values()


@dataclass(eq=False)
class Handler:
    """What is done when a task ends with one of the errors."""

    errors: tuple[str, ...]
    location: Location
    block: Block = field(default_factory=Block)
