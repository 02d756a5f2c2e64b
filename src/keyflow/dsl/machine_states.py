"""States as the States Language has them: the steps of a `StateMachine`, whose author keeps the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Any, ClassVar, TypedDict, Unpack

from keyflow.aws import Call, ResourceCall, ServiceError
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import check_prompt
from keyflow.dsl.compensations import Compensation, Scopes
from keyflow.dsl.expressions import Condition, Value, values_in
from keyflow.dsl.retries import ALL_ERRORS, COMPENSATION_RETRY, Retry
from keyflow.dsl.steps import Branch
from keyflow.dsl.values import Reference, Source, values_of


class StateFields(TypedDict, total=False):
    """The fields of states, as `keyflow.asl` names them. Paths are text; templates may hold values.

    Which type of state has which: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
    """

    comment: str
    query_language: str
    input_path: str | None
    parameters: Any
    arguments: Any
    result: Any
    result_selector: Any
    result_path: str | None
    output_path: str | None
    assign: Mapping[str, Any]
    output: Any
    credentials: Any
    timeout: Any
    heartbeat: Any
    items_path: str
    items: Any
    item_reader: Mapping[str, Any]
    item_selector: Any
    item_batcher: Mapping[str, Any]
    result_writer: Mapping[str, Any]
    max_concurrency: Any
    tolerated_failure_count: Any
    tolerated_failure_percentage: Any
    label: str
    processor_config: Mapping[str, Any]
    iterator: bool


class CatcherFields(TypedDict, total=False):
    """The fields of a catcher."""

    comment: str
    result_path: str | None
    assign: Mapping[str, Any]
    output: Any


class RuleFields(TypedDict, total=False):
    """The fields of a rule of a Choice."""

    comment: str
    assign: Mapping[str, Any]
    output: Any


class ScopeFields(TypedDict, total=False):
    """The fields of a branch."""

    comment: str


@dataclass(frozen=True, eq=False, slots=True)
class StateResult(Source):
    """What the call of a step gave, before any selector: known to compensations."""

    chosen_by_caller: ClassVar[bool] = False
    step: State

    def __repr__(self) -> str:
        return repr(self.step.name)


@dataclass(eq=False)
class Catch:
    """Where a state's errors lead: to the steps of a block."""

    errors: tuple[str, ...]
    fields: Mapping[str, Any]
    location: Location
    block: Block = field(default_factory=Block)


@dataclass(eq=False, kw_only=True)
class State(Step):
    """A state of any type but Choice. `fields` are those that its author gives, by `keyflow.asl`'s names."""

    type: str
    fields: Mapping[str, Any]
    machine: Scopes
    call: Call | None = None
    retry: tuple[Retry, ...] = ()
    branches: list[Branch] = field(default_factory=list)
    catches: list[Catch] = field(default_factory=list)
    scopes: dict[Branch, Mapping[str, Any]] = field(default_factory=dict)
    compensations: list[Compensation] = field(default_factory=list)

    def on_error(self, *errors: str | ServiceError, **fields: Unpack[CatcherFields]) -> AbstractContextManager[None]:
        """Steps to take when the state ends with one of the errors, after its retries; without any, with every error.

        Behind the steps the machine goes on behind the state, unless they end it or lead elsewhere.
        """
        names = tuple(error if isinstance(error, str) else self._error_name(error) for error in errors) or (ALL_ERRORS,)
        catch = Catch(names, fields, calling_location())
        self.catches.append(catch)
        return self.machine.opening("on_error", catch.block, None)

    @property
    def result(self) -> Reference:
        """The whole result of the step's call, for compensations."""
        return Reference(StateResult(self), (), calling_location(), None if self.call is None else self.call.result)

    def __getitem__(self, key: str | int) -> Reference:
        return self.result[key]

    def compensate(
        self,
        name: str,
        call: Call,
        *,
        retry: Retry = COMPENSATION_RETRY,
        timeout: int | None = None,
        gone: str | ServiceError | Sequence[str | ServiceError] = (),
    ) -> Compensation:
        """Declares a call that undoes this Task, where the execution fails behind it; several run as written.

        The machine then fails with the error that it would have failed with, or with `CompensationFailed`, whose cause
        names what is left. Steps are undone in the reverse of the order written.

        Args:
            name: The state's name.
            call: The call. It may use this step's result, `step["Id"]`, and that of other compensated steps.
            retry: How it is repeated; by default three attempts in all, with full jitter.
            timeout: Seconds for each attempt.
            gone: Errors that say that there is nothing (left) to undo, beside the model's NotFound errors.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF222, not a call; KF208, an
                error of another service; KF238, it waits; KF242, it is no Task.
        """
        if self.call is None:
            raise definition_error("KF242", f"{self.name!r} calls nothing that could be undone")
        compensation = Compensation.declared(self.machine, name, call, retry=retry, timeout=timeout, gone=gone)
        check_prompt(call, "compensate")
        self.compensations.append(compensation)
        return compensation

    def _error_name(self, error: ServiceError) -> str:
        if self.call is None:
            hint = "name it as the tasks inside do: 'DynamoDB.ConditionalCheckFailedException'"
            raise definition_error("KF208", f"{self.name!r} calls nothing that has {error.name} of its own", hint=hint)
        return self.call.error_name(error)

    def blocks(self) -> tuple[Block, ...]:
        return (*(branch.block for branch in self.branches), *(catch.block for catch in self.catches))

    def values(self) -> Iterator[Value]:
        yield from values_in(self.fields)
        for retry in self.retry:
            yield from retry.parameters()
        if self.call is not None:
            yield from values_of(self.call)
            if isinstance(self.call, ResourceCall):
                yield from values_in(self.call.arn)
        for catch in self.catches:
            yield from values_in(catch.fields)
        for compensation in self.compensations:
            yield from compensation.values()

    def ends(self) -> bool:
        return self.type in ("Succeed", "Fail")


@dataclass(eq=False)
class Case:
    """A rule of a Choice."""

    condition: Condition
    fields: Mapping[str, Any]
    block: Block = field(default_factory=Block)


@dataclass(eq=False, kw_only=True)
class ChoiceState(Step):
    """A Choice: the block of the first case whose condition holds, else `otherwise`, else what comes behind it.

    An `exhaustive` one has no Default: where no condition holds, it ends with `States.NoChoiceMatched`.
    """

    fields: Mapping[str, Any]
    exhaustive: bool = False
    cases: list[Case] = field(default_factory=list)
    otherwise: Block | None = None

    def blocks(self) -> tuple[Block, ...]:
        blocks = tuple(case.block for case in self.cases)
        return blocks if self.otherwise is None else (*blocks, self.otherwise)

    def values(self) -> Iterator[Value]:
        yield from values_in(self.fields)
        for case in self.cases:
            yield from case.condition.values()
            yield from values_in(case.fields)

    def ends(self) -> bool:
        decided = self.otherwise is not None or self.exhaustive
        return decided and all(block.ends() for block in self.blocks())


@dataclass(eq=False)
class GoTo(Step):
    """Goes on with the state that `name` names."""

    def ends(self) -> bool:
        return True


@dataclass(eq=False)
class EndHere(Step):
    """Ends the scope with the output of the state before."""

    def ends(self) -> bool:
        return True


@dataclass(eq=False)
class Verbatim(Step):
    """A state written as JSON; with `complete` with its own transitions, else with Next or End added."""

    document: Mapping[str, Any]
    complete: bool

    def ends(self) -> bool:
        return self.complete
