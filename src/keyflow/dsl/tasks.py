"""Tasks: AWS calls with their retries, their handlers, and the compensations that undo them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Protocol, Self, TypeVar, runtime_checkable

from keyflow.asl.quotas import LARGEST_COUNT, LONGEST_DELAY_SECONDS
from keyflow.aws import Call, OperationCall, ServiceError
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import (
    check_call,
    check_count,
    check_errors,
    check_pattern,
    check_prompt,
    check_reason,
    checked_timeout,
)
from keyflow.dsl.expressions import Condition, Value, values_in
from keyflow.dsl.habits import NoText, no_such_member
from keyflow.dsl.mine import Where, check_written, fitting, takes_a_condition, with_condition
from keyflow.dsl.values import Parameter, Reference, Source
from keyflow.json_values import Unquoted
from keyflow.making import note_text

T = TypeVar("T")
Gone = str | ServiceError | Sequence[str | ServiceError]
"""Errors that say that there is nothing to undo."""

ALL_ERRORS = "States.ALL"


def several(wanted: type[T], given: T | Sequence[T]) -> tuple[T, ...]:
    """What an option is given, one or several; raises KF219 where it is something else."""
    found = given if isinstance(given, list | tuple) else (given,)
    for each in found:
        if not isinstance(each, wanted):
            hint = None
            if wanted is Retry:
                number = each if isinstance(each, int) and not isinstance(each, bool) else 3
                hint = f"write retry=Retry(max_attempts={number})"
            elif isinstance(each, str):
                hint = "give the task itself, as workflow.task(...) returned it"
            problem = f"here stands a {wanted.__name__} or several, not {each!r}"
            raise definition_error("KF219", problem, hint=hint)
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How a call is repeated. `max_attempts` is the States Language's: the retries after the first attempt.

    Intervals are whole seconds; each is `backoff` times the one before it, up to `max_delay`; with `jitter` a wait
    is drawn between nothing and the interval. What is None is not written: Step Functions then takes 3 attempts, an
    interval of 1 and a backoff of 2. `jitter="NONE"` is False, written out. In a `StateMachine` a number may be a
    parameter of the deployment, `Parameter("Tries", type=int)`.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
    """

    errors: tuple[str | ServiceError, ...] = (ALL_ERRORS,)
    max_attempts: int | Parameter | None = 2
    interval: int | Parameter | None = 1
    backoff: float | Parameter | None = 2.0
    max_delay: int | Parameter | None = None
    jitter: bool | Literal["NONE"] = True
    comment: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.errors, list | tuple):
            problem = f"the errors of a retry are several, not {self.errors!r}"
            raise definition_error("KF217", problem, hint=f"write errors=({self.errors!r},)")
        if ALL_ERRORS in self.errors and len(self.errors) > 1:
            raise definition_error("KF217", f"{ALL_ERRORS} stands alone: it covers the other errors")
        if not self.errors:
            raise definition_error("KF217", "a retry names at least one error")
        for label, number, least, most in (
            ("max_attempts", self.attempts, 0, LARGEST_COUNT),
            ("interval", self.first_wait, 1, LARGEST_COUNT),
            ("max_delay", _number(self.max_delay, 1), 1, LONGEST_DELAY_SECONDS),
        ):
            check_count("KF217", label, number, least, most)
        self._check_backoff_and_delay()

    def _check_backoff_and_delay(self) -> None:
        if self.jitter not in (True, False, "NONE"):
            hint = 'True spreads the waits (FULL); "NONE" says that they are not spread'
            raise definition_error("KF217", f"jitter is True, False or 'NONE', not {self.jitter!r}", hint=hint)
        is_number = isinstance(self.factor, int | float) and not isinstance(self.factor, bool)
        if not is_number or not math.isfinite(self.factor) or self.factor < 1:
            raise definition_error("KF217", f"backoff is a number from 1, not {self.backoff!r}")
        both_known = not any(isinstance(each, Parameter) for each in (self.max_delay, self.interval))
        if self.max_delay is not None and both_known and self.max_delay <= self.first_wait:
            raise definition_error(
                "KF217", f"max_delay ({self.max_delay} s) must be greater than interval ({self.first_wait} s)"
            )

    @property
    def jitter_strategy(self) -> str | None:
        """The field of the States Language; None where it is not written."""
        if isinstance(self.jitter, str):
            return self.jitter
        return "FULL" if self.jitter else None

    @property
    def attempts(self) -> int:
        """The retries after the first attempt, Step Functions' own number where none is written."""
        number: int = _number(self.max_attempts, 3)
        return number

    @property
    def first_wait(self) -> int:
        """The seconds before the first retry."""
        number: int = _number(self.interval, 1)
        return number

    @property
    def factor(self) -> float:
        """What each wait is multiplied by."""
        number: float = _number(self.backoff, 2.0)
        return number

    def worst_wait(self) -> float:
        """The longest that all waits between attempts take together, in seconds."""
        waits = (self.first_wait * self.factor**attempt for attempt in range(self.attempts))
        longest: float = _number(self.max_delay, math.inf)
        return sum(min(wait, longest) for wait in waits)

    def parameters(self) -> Iterator[Parameter]:
        """The parameters of a deployment among its numbers."""
        numbers = (self.max_attempts, self.interval, self.backoff, self.max_delay)
        return (each for each in numbers if isinstance(each, Parameter))


def check_known(retries: Iterable[Retry]) -> None:
    """Raises KF217 where only a deployment gives a number of a retry: a worst path could not be told."""
    for retry in retries:
        for parameter in retry.parameters():
            hint = "write the number; a StateMachine's retry may have a parameter"
            raise definition_error("KF217", f"the retry has {parameter!r}, and its worst time is unknown", hint=hint)


def _number(written: Any, otherwise: Any) -> Any:
    """The number of a field; of a parameter, what stands for it until a deployment gives its value."""
    if isinstance(written, Parameter):
        text = written.deployed_text()
        return text.stand_in if isinstance(text, Unquoted) and not isinstance(text.stand_in, bool) else text
    return otherwise if written is None else written


COMPENSATION_RETRY = Retry(max_attempts=2)
"""Three attempts in all, one and two seconds apart at most, with full jitter (S6)."""


def values_of(call: Call) -> Iterator[Value]:
    """The values that a call needs."""
    return values_in((call.written, call.role))


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
        return values_of(self.call)


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
    effects = (effect_of(each) for each in call.service.operations.values())
    others = [each.noun for each in effects if each.makes and find.operation in each.found_by]
    if others and found_by and find.operation not in found_by:
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


@dataclass(frozen=True, eq=False, slots=True)
class TaskResult(Source):
    """What a task's call gave."""

    chosen_by_caller: ClassVar[bool] = False
    task: Task

    def __repr__(self) -> str:
        return repr(self.task.name)


@dataclass(frozen=True, eq=False, slots=True)
class Found(Source):
    """What a lookup has found of a task's, or one entry of it."""

    chosen_by_caller: ClassVar[bool] = False
    task: Task

    def __repr__(self) -> str:
        return f"found {self.task.name!r}"


_OF_AN_ERROR = ("Error", "Cause")
"""The members of an error that is caught."""


@dataclass(frozen=True, eq=False, slots=True)
class CaughtError(Source):
    """The error that brought the execution into a handler."""

    chosen_by_caller: ClassVar[bool] = False
    handler: Handler

    def __repr__(self) -> str:
        return "error"

    def kind_of(self, keys: tuple[str | int, ...], key: str | int) -> str:
        """Both members are texts, and there are no others."""
        if keys or key not in _OF_AN_ERROR:
            hint = did_you_mean(key, _OF_AN_ERROR) or f"it has {' and '.join(_OF_AN_ERROR)}, which are texts"
            raise definition_error(
                "KF207", f"an error has no member {''.join(f'[{each!r}]' for each in (*keys, key))}", hint=hint
            )
        return "string"


@runtime_checkable
class Author(Scopes, Protocol):
    """What a task asks of the workflow that it stands in."""

    @property
    def type(self) -> str:
        """`EXPRESS` or `STANDARD`."""

    def admit(self, step: Step) -> None:
        """Checks that a step that was made elsewhere can stand here."""


@dataclass(eq=False, kw_only=True, repr=False)
class Task(NoText, Step):
    """An AWS call in a workflow. `task["member"]` is a member of its result.

    `kept` says why what it does may stay when the workflow fails.
    """

    call: Call
    author: Author
    timeout: int | None = None
    retry: tuple[Retry, ...] = ()
    after: tuple[Task, ...] = ()
    comment: str | None = None
    heartbeat: int | None = None
    compensations: list[Compensation] = field(default_factory=list)
    handlers: list[Handler] = field(default_factory=list)
    lookup: Lookup | None = None
    kept: str | None = None

    @property
    def result(self) -> Reference:
        """The whole result of the call."""
        return Reference(TaskResult(self), (), calling_location(), self.call.result)

    def __repr__(self) -> str:
        return note_text(f"Task({self.name!r})")

    def __getitem__(self, key: str | int) -> Reference:
        return self.result[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.result)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_such_member(self.result, name)

    def compensate(
        self,
        name: str,
        call: Call,
        *,
        retry: Retry = COMPENSATION_RETRY,
        timeout: int | None = None,
        gone: str | ServiceError | Sequence[str | ServiceError] = (),
        find: Call | None = None,
        where: Where | None = None,
        mine: Mapping[str, Any] | None = None,
    ) -> Compensation:
        """Declares a call that undoes this task; several run in the order written (S1).

        Args:
            name: The state's name.
            call: The call. It may use this task's result and whatever the task itself could use.
            retry: How it is repeated; by default three attempts in all, with full jitter (S6).
            timeout: Seconds for each attempt; by default what the workflow's budget allows (S9).
            gone: Errors that say that there is nothing (left) to undo, beside the model's NotFound errors: the one of a
                condition by which the call asks whose the thing is.
            find: A call that looks the thing up where the task's answer was lost, and with it the result that this
                compensation needs (S10). One for all compensations of a task is enough.
            where: Of what `find` lists, which entry it is: is given the entry, gives a condition.
            mine: By what the thing is recognised as this execution's own (S13): members that the task wrote, with their
                values. For an item of DynamoDB it becomes a condition, for what `find` lists a `where`.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF222, not a call; KF208, an
                error of another service; KF237, what is found cannot stand for the task's result; KF238, the call
                cannot wait, or says not how long; KF262, it is said to stay; KF263, nothing is recognised by `mine`;
                KF266, the call undoes nothing.
        """
        if self.kept is not None:
            raise definition_error("KF262", f"{self.name!r} is said to stay ({self.kept}): nothing then undoes it")
        if mine is not None:
            call, gone, where = self._asking(call, gone, find, where, mine)
        compensation = Compensation.declared(self.author, name, call, retry=retry, timeout=timeout, gone=gone)
        check_undoes(name, compensation)
        check_pattern(call, self.author.type, timeout, compensation.location)
        self.compensations.append(compensation)
        if find is not None:
            self._look_up(find, where, compensation.location)
        elif where is not None:
            raise definition_error("KF237", "where chooses among what find lists: give it a find")
        elif self.lookup is not None:
            self._look_for_more(self.lookup)
        return compensation

    def _asking(
        self, call: Call, gone: Gone, find: Call | None, where: Where | None, mine: Mapping[str, Any]
    ) -> tuple[Call, Gone, Where | None]:
        """A compensation's call, its `gone` and its `where`, asking for what is recognised by `mine`."""
        check_written(self.name, self.call, mine)
        if find is not None:
            return call, gone, fitting(mine, where)
        if not isinstance(call, OperationCall) or not takes_a_condition(call):
            raise definition_error(
                "KF263",
                f"mine= needs a call of DynamoDB that takes a condition, or a find: {call.label} takes none",
                hint="give it a find= that lists what there is, or name the thing by the execution's own name",
            )
        asking, refused = with_condition(call, mine)
        given = (gone,) if isinstance(gone, str | ServiceError) else gone
        return asking, (*given, refused), where

    def keep(self, why: str) -> Self:
        """Says that what the task does may stay when the workflow fails, and why (S12); gives the task.

        Raises:
            DefinitionError: KF262, it only reads, something undoes it, or it is said twice; KF219, no reason.
        """
        check_reason(why)
        if self.call.effect is Effect.READS:
            raise definition_error("KF262", f"{self.name!r} only reads: there is nothing to keep")
        if self.compensations or self.kept is not None:
            already = "is kept already" if self.kept is not None else "is undone"
            raise definition_error("KF262", f"{self.name!r} {already}, and cannot be kept")
        self.kept = why
        return self

    def _look_up(self, find: Call, where: Where | None, location: Location) -> None:
        """Declares how the task's result is found again."""
        check_call(find, "find")
        check_prompt(find, "find")
        check_finds(self.name, self.call, find)
        if self.lookup is not None:
            raise definition_error("KF237", f"{self.name!r} has a find already: one is enough", location=location)
        needed = self._needed()
        member, entry = find.result.holding(needed)
        name = f"Find {self.name}"
        self.author.claim_name(name, location)
        condition = where(Reference(Found(self), (), location, entry)) if where is not None else None
        more = None if member is None else find.next_page
        self.lookup = Lookup(
            name=name, call=find, member=member, needed=needed, where=condition, location=location, more=more
        )

    def _look_for_more(self, lookup: Lookup) -> None:
        """A later compensation may need more of the result: what is found must have that, too."""
        needed = self._needed()
        lookup.call.result.holding(needed)
        self.lookup = replace(lookup, needed=needed)

    def _needed(self) -> tuple[str, ...]:
        """The members of the task's result that its compensations need."""
        own = (
            value.keys
            for each in self.compensations
            for value in each.values()
            if isinstance(value, Reference) and isinstance(value.source, TaskResult) and value.source.task is self
        )
        return tuple(dict.fromkeys(str(keys[0]) for keys in own if keys))

    def undoing_values(self) -> Iterator[Value]:
        """The values that the task's compensations need, and the lookup for them."""
        for compensation in self.compensations:
            yield from compensation.values()
        if self.lookup is not None:
            yield from self.lookup.values()

    def on_error(self, *errors: str | ServiceError) -> AbstractContextManager[Reference]:
        """Steps to take when the call ends with one of the errors, after its retries; without any, with every error.

        The workflow then goes on behind the task, unless the steps end it. The context manager gives the error, with
        members `Error` and `Cause`.

        Raises:
            DefinitionError: KF208, an error of another service; KF209, an error that the task handles already.
        """
        names = tuple(self.call.error_name(error) for error in errors) or (ALL_ERRORS,)
        if ALL_ERRORS in names:
            names = (ALL_ERRORS,)
        seen = {name for handler in self.handlers for name in handler.errors}
        if seen & set(names):
            raise definition_error("KF209", f"{self.name!r} handles {', '.join(sorted(seen & set(names)))} already")
        handler = Handler(names, calling_location())
        self.handlers.append(handler)
        caught = Reference(CaughtError(handler), (), handler.location, None, "object")
        return self.author.opening("on_error", handler.block, caught)

    def blocks(self) -> tuple[Block, ...]:
        return tuple(handler.block for handler in self.handlers)

    def values(self) -> Iterator[Value]:
        return values_of(self.call)
