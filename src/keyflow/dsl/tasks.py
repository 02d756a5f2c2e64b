"""Tasks: AWS calls, with what is done after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, Self, runtime_checkable

from keyflow.aws import Call, OperationCall, ServiceError
from keyflow.aws.effects import Effect
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import check_call, check_pattern, check_prompt, check_reason
from keyflow.dsl.compensations import Compensation, Gone, Handler, Lookup, Scopes, check_finds, check_undoes
from keyflow.dsl.expressions import Value
from keyflow.dsl.habits import NoText, no_such_member
from keyflow.dsl.mine import Where, check_written, fitting, takes_a_condition, with_condition
from keyflow.dsl.retries import ALL_ERRORS, COMPENSATION_RETRY, Retry
from keyflow.dsl.values import Reference, Source, values_of
from keyflow.making import note_text


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
        return self._result_at(calling_location())

    def _result_at(self, location: Location) -> Reference:
        return Reference(TaskResult(self), (), location, self.call.result)

    def __repr__(self) -> str:
        return note_text(f"Task({self.name!r})")

    def __getitem__(self, key: str | int) -> Reference:
        return self._result_at(self.location)[key]  # the member has a location of its own

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
        return tuple([handler.block for handler in self.handlers]) if self.handlers else ()

    def values(self) -> Iterator[Value]:
        return iter(values_of(self.call))
