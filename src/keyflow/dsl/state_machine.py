"""State machines written state by state, whose author keeps the data: the States Language in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, Unpack

from keyflow.aws import Call
from keyflow.diagnostics import calling_location, definition_error, did_you_mean
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import check_call, check_condition, check_state
from keyflow.dsl.definition import Definition, MachineType, QueryLanguage
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.expressions import Condition, Holds
from keyflow.dsl.machine_states import (
    Case,
    ChoiceState,
    EndHere,
    GoTo,
    RuleFields,
    ScopeFields,
    State,
    StateFields,
    Verbatim,
)
from keyflow.dsl.openings import opens_block
from keyflow.dsl.retries import Retry, several
from keyflow.dsl.steps import Branch
from keyflow.dsl.values import Data, JsonataText, Reference, Variable
from keyflow.json_values import with_leaves

S = TypeVar("S", bound=Step)


class StateMachine(Definition):
    """A state machine as the States Language has it: keyflow adds nothing, and keeps no data.

    States follow one another as they are written; blocks branch off, and `go_to` leads anywhere. What each does with
    its data its author says, with AWS's own fields: `result_path`, `assign`, `output`. For workflows whose failures
    are undone, and that are proven, write a `Workflow`.

    Args:
        name: The state machine's name: letters, digits, `-` and `_`, at most 80.
        type: `"EXPRESS"` or `"STANDARD"`.
        query_language: `"JSONPath"` (AWS's default) or `"JSONata"`.
        timeout: Seconds for a whole execution.
        comment: What it does.
        version: The version of the States Language.

    Raises:
        DefinitionError: KF218, an argument cannot be.
    """

    def __init__(
        self,
        name: str,
        *,
        type: MachineType = "STANDARD",  # noqa: A002  AWS's name for it
        query_language: QueryLanguage | None = None,
        timeout: int | Parameter | None = None,
        comment: str | None = None,
        version: str | None = None,
    ) -> None:
        late = timeout if isinstance(timeout, Parameter) else None
        known = None if isinstance(timeout, Parameter) else timeout
        super().__init__(name, type=type, query_language=query_language, timeout=known, comment=comment)
        self.late_timeout = late
        """A timeout that a deployment gives."""
        self.version = version

    # Values.

    @property
    def data(self) -> Reference:
        """What `$` stands for where the value is used: a state's input, or in a selector its result."""
        return Reference(Data(), (), calling_location())

    def variable(self, name: str) -> Reference:
        """A variable that a state has assigned: `$name`."""
        return Reference(Variable(name), (), calling_location())

    # States.

    def __getitem__(self, name: str) -> State:
        """The state of that name, of whatever scope; not a Choice, and not one that is written as JSON.

        Raises:
            DefinitionError: KF240, there is none.
        """
        found = {step.name: step for step in self.steps() if isinstance(step, State)}
        if name not in found:
            raise definition_error("KF240", f"{self.name} has no state {name!r}", hint=did_you_mean(name, found))
        return found[name]

    def task(
        self, name: str, call: Call, *, retry: Retry | Sequence[Retry] = (), **fields: Unpack[StateFields]
    ) -> State:
        """Adds a Task.

        Args:
            name: The state's name.
            call: What it calls: made from a service of `keyflow.aws`, or `keyflow.aws.resource(arn, parameters)`.
            retry: How it is repeated on which errors.
            **fields: The state's other fields.

        Raises:
            DefinitionError: KF220, the name is taken; KF221, it is no name for a state; KF222, not a call.
        """
        check_call(call, "task")
        return self._state("Task", name, fields, call=call, retry=several(Retry, retry))

    def pass_state(self, name: str, **fields: Unpack[StateFields]) -> State:
        """Adds a Pass: it reshapes the data, or gives a fixed `result`."""
        return self._state("Pass", name, fields)

    def wait(self, name: str, seconds: Any = None, *, until: Any = None, **fields: Unpack[StateFields]) -> State:
        """Adds a Wait: of so many seconds, or until a timestamp; either may be a value."""
        if (seconds is None) == (until is None):
            raise definition_error("KF223", "a wait has either seconds or until")
        length = {"seconds": seconds} if until is None else {"timestamp": until}
        return self._state("Wait", name, {**fields, **length})

    def succeed(self, name: str, **fields: Unpack[StateFields]) -> State:
        """Adds a Succeed, which ends its scope."""
        return self._state("Succeed", name, fields)

    def fail(self, name: str, error: Any = None, cause: Any = None, **fields: Unpack[StateFields]) -> State:
        """Adds a Fail, which ends its scope with an error; each may be a value."""
        given = {key: value for key, value in (("error", error), ("cause", cause)) if value is not None}
        return self._state("Fail", name, {**fields, **given})

    @opens_block
    def parallel(
        self, name: str, *, retry: Retry | Sequence[Retry] = (), **fields: Unpack[StateFields]
    ) -> Iterator[State]:
        """Adds a Parallel; each `branch` in the block is one of its branches."""
        parallel = self._state("Parallel", name, fields, retry=several(Retry, retry))
        with self._branches_of(parallel):
            yield parallel

    @opens_block
    def branch(self, **fields: Unpack[ScopeFields]) -> Iterator[None]:
        """The states of one branch of the `parallel` block that it stands in."""
        parallel = self._open[-1]
        if not isinstance(parallel, State):
            raise definition_error("KF224", "a branch stands directly in a parallel block")
        branch = Branch(f"{parallel.name} {len(parallel.branches) + 1}", calling_location())
        parallel.branches.append(branch)
        parallel.scopes[branch] = fields
        with self._steps_of(branch.block, "branch", branch.name, branch.location):
            yield

    @opens_block
    def map(self, name: str, *, retry: Retry | Sequence[Retry] = (), **fields: Unpack[StateFields]) -> Iterator[State]:
        """Adds a Map, which runs the states of the block once for each item.

        It is inline; with `processor_config={"Mode": "DISTRIBUTED", "ExecutionType": ...}` it is distributed. With
        `iterator=True` the states stand under the older name of `ItemProcessor`.
        """
        map_state = self._state("Map", name, fields, retry=several(Retry, retry))
        branch = Branch(name, map_state.location)
        map_state.branches.append(branch)
        with self._steps_of(branch.block, "map", name, map_state.location):
            yield map_state

    @opens_block
    def when(
        self,
        condition: Condition | JsonataText,
        *,
        name: str,
        exhaustive: bool = False,
        rule: RuleFields | None = None,
        **fields: Unpack[StateFields],
    ) -> Iterator[None]:
        """Adds a Choice, and what is done where the condition holds; `otherwise` may follow.

        Args:
            condition: Made of `data` and variables, or a `jsonata` expression.
            name: The state's name.
            exhaustive: Whether it has no Default: one of the conditions holds, else it is an error.
            rule: Fields of the rule.
            **fields: The state's other fields.
        """
        condition = _condition(condition, "when")
        location = self._claim(name)
        choice = self._add(ChoiceState(name, location, fields=fields, exhaustive=exhaustive))
        with self._case(choice, condition, rule):
            yield

    @opens_block
    def otherwise(
        self, condition: Condition | JsonataText | None = None, *, rule: RuleFields | None = None
    ) -> Iterator[None]:
        """The block for the case that no earlier condition holds; with a condition, only if this one does."""
        choice = self._step_before
        if not isinstance(choice, ChoiceState) or choice.otherwise is not None:
            raise definition_error("KF225", "otherwise follows a when block directly")
        if condition is not None:
            with self._case(choice, _condition(condition, "otherwise"), rule):
                yield
            return
        choice.otherwise = Block()
        with self.inside(choice.otherwise, None):
            yield

    def go_to(self, name: str) -> None:
        """Goes on with the state of that name, which stands in the same scope."""
        self._add(GoTo(name, calling_location()))

    def end(self) -> None:
        """Ends the scope with the output of the state before: what stands behind is reached by `go_to` only."""
        self._add(EndHere("", calling_location()))

    def state(self, name: str, document: Mapping[str, Any]) -> None:
        """Adds a state as JSON has it, with its Next or End, or without them and followed by what comes next.

        A parameter may stand in it.
        """
        location = self._claim(name)
        complete = bool({"Next", "End"} & document.keys()) or document.get("Type") in ("Choice", "Succeed", "Fail")
        written = with_leaves(document, lambda leaf: leaf.deployed_text() if isinstance(leaf, Parameter) else leaf)
        check_state(name, written if complete else {**written, "End": True})
        self._add(Verbatim(name, location, written, complete))

    # Nesting.

    @contextmanager
    def _case(self, choice: ChoiceState, condition: Condition, rule: RuleFields | None) -> Iterator[None]:
        case = Case(condition, rule or {})
        choice.cases.append(case)
        with self.inside(case.block, None):
            yield

    def _state(
        self,
        type: str,  # noqa: A002  AWS's name for it
        name: str,
        fields: Mapping[str, Any],
        *,
        call: Call | None = None,
        retry: tuple[Retry, ...] = (),
    ) -> State:
        return self._add(State(name, self._claim(name), type=type, fields=fields, machine=self, call=call, retry=retry))

    def _add(self, step: S) -> S:
        self.open_block.steps.append(step)
        return step


def _condition(condition: Condition | JsonataText, method: str) -> Condition:
    return Holds(condition) if isinstance(condition, JsonataText) else check_condition(condition, method)
