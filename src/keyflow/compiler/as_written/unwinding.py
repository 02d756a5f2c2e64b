"""Compensations for a state machine whose author keeps the data: a ladder behind its states, in variables of its own.

A `Workflow` knows at compile time what has completed, and keeps results in the data. Here states lead anywhere and
replace the data as they like; so each compensable task notes in a variable that it is done, and the ladder asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from keyflow import asl
from keyflow.asl import JSON
from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.attempts import undoing_catch, undoing_retry
from keyflow.compiler.dialects.jsonpath import JsonPathDialect
from keyflow.compiler.dialects.jsonpath_text import selected
from keyflow.compiler.names import Names, identifier
from keyflow.diagnostics import DefinitionError, Diagnostic, Location
from keyflow.dsl.states import State, StateResult
from keyflow.dsl.tasks import ALL_ERRORS, Compensation
from keyflow.dsl.values import Reference
from keyflow.dsl.workflow import COMPENSATION_FAILED

_NO_FAILURE: JSON = {"Error": "", "Cause": ""}


def unwound(
    machine: asl.StateMachine, steps: Sequence[State], dialect: JsonPathDialect, variables: Mapping[State, str]
) -> tuple[asl.StateMachine, Mapping[str, Location]]:
    """The machine with the compensations of its steps, and the lines that the new states come from.

    Args:
        machine: The states as their author wrote them.
        steps: The steps that have compensations, in the order written.
        dialect: Writes calls and values.
        variables: The variable that each of the steps is noted in.

    Raises:
        DefinitionError: KF242, a step cannot be compensated: it stands in a branch or a loop, or in JSONata.
    """
    for step in steps:
        _check(machine, step)
    return _Ladder(machine, steps, dialect, variables).machine()


def _check(machine: asl.StateMachine, step: State) -> None:
    state = machine.states.get(step.name)
    language = machine.query_language or asl.QueryLanguage.JSONPATH
    problem = None
    if not isinstance(state, asl.Task):
        problem = "only a Task of the outermost scope can be compensated here: a branch cannot say what it has done"
    elif (state.query_language or language) is asl.QueryLanguage.JSONATA:
        problem = "a JSONata state cannot be compensated here"
    elif step.name in _behind(machine, (step.name,)):
        problem = "it stands in a loop, and only its last completion would be undone"
    if problem is not None:
        hint = "a Workflow knows such compensations" if "loop" not in problem else "start a workflow for each round"
        raise DefinitionError(Diagnostic("KF242", f"{step.name!r}: {problem}", step.location, hint))


def _behind(machine: asl.StateMachine, names: Sequence[str]) -> set[str]:
    """The states that an execution can enter behind others."""
    found: set[str] = set()
    pending = [target for name in names for _place, target in asl.transitions(machine.states[name])]
    while pending:
        name = pending.pop()
        if name not in found and name in machine.states:
            found.add(name)
            pending += [target for _place, target in asl.transitions(machine.states[name])]
    return found


class _Ladder:
    def __init__(
        self,
        machine: asl.StateMachine,
        steps: Sequence[State],
        dialect: JsonPathDialect,
        variables: Mapping[State, str],
    ) -> None:
        self._machine = machine
        self._steps = steps
        self._by_name = {step.name: step for step in steps}
        self._after = _behind(machine, tuple(self._by_name))
        self._dialect = dialect
        self._variables = variables
        self._names = Names((name for name, _state in asl.all_states(machine)))
        for step in steps:
            for compensation in step.compensations:
                self._names.unique(compensation.name)
        taken = {name for _name, state in asl.all_states(machine) for name in getattr(state, "assign", None) or ()}
        own = Names((*taken, *variables.values()), separator="")
        self._failure, self._left, self._any = (own.unique(name) for name in ("failure", "leftOver", "anythingLeft"))
        self._sources: dict[str, Location] = {}
        self._rungs = [self._names.unique(f"Undo {step.name}?") for step in reversed(steps)]
        self._verdict = self._names.unique("Everything Undone?")

    def machine(self) -> tuple[asl.StateMachine, Mapping[str, Location]]:
        """The machine, with a state in front that says that nothing is done, and the ladder behind."""
        start = self._names.unique("Start")
        nothing: dict[str, JSON] = {self._variables[step]: {"done": False} for step in self._steps}
        first = asl.Pass(
            assign={**nothing, self._failure: _NO_FAILURE, self._left: {}, self._any: False},
            result_path=None,
            next=self._machine.start_at,
        )
        own = {name: self._state(name, state) for name, state in self._machine.states.items()}
        states = {start: first, **own, **dict(self._undoing())}
        for name in (start, self._verdict):
            self._sources[name] = self._steps[0].location
        return replace(self._machine, start_at=start, states=states), self._sources

    # The author's states.

    def _state(self, name: str, state: asl.State) -> asl.State:
        step = self._by_name.get(name)
        match state:
            case asl.Fail() if name in self._after:
                return self._noted(state)
            case asl.Task() | asl.Parallel() | asl.Map():
                catchers = tuple(state.catch or ())
                if step is not None:
                    state = replace(state, assign={**(state.assign or {}), **self._note(step)})
                    catchers = (*self._ambiguous(step), *catchers)
                caught = {error for catcher in catchers for error in catcher.error_equals}
                if name in self._after and ALL_ERRORS not in caught:
                    catchers = (*catchers, self._into_ladder((ALL_ERRORS,), {}))
                return replace(state, catch=catchers) if catchers else state
            case _:
                return state

    def _note(self, step: State) -> dict[str, JSON]:
        """The variable that says that a step is done, with what compensations read of its result."""
        read = results_in(each for other in self._steps for each in other.compensations)
        paths = dict.fromkeys(each.keys for each in read if _is_of(each, step))
        kept = {"result.$": "$"} if () in paths else {"result": selected(Reads(tuple(paths)))}
        return {self._variables[step]: {"done": True, **kept}}

    def _ambiguous(self, step: State) -> Iterator[asl.Catcher]:
        """An outcome that nobody knows is undone where no compensation needs the result (S10)."""
        assert step.call is not None  # noqa: S101  only Tasks have compensations
        if not any(_is_of(value, step) for value in results_in(step.compensations)):
            done = {self._variables[step]: {"done": True}}
            yield self._into_ladder(step.call.ambiguous_errors, done)

    def _into_ladder(self, errors: tuple[str, ...], assign: Mapping[str, JSON]) -> asl.Catcher:
        failure = {self._failure: {"Error.$": "$.Error", "Cause.$": "$.Cause"}}
        return asl.Catcher(error_equals=errors, assign={**assign, **failure}, result_path=None, next=self._rungs[0])

    def _noted(self, state: asl.Fail) -> asl.State:
        """A declared failure on its way down the ladder, which ends with it (S8)."""
        failure: dict[str, JSON] = {}
        for key, value in (("Error", state.error), ("Cause", state.cause)):
            if isinstance(value, asl.Path):
                failure[f"{key}.$"] = str(value)
            else:
                failure[key] = value or ""
        return asl.Pass(
            comment=state.comment,
            parameters=failure,
            assign={self._failure: {"Error.$": "$.Error", "Cause.$": "$.Cause"}},
            result_path=None,
            next=self._rungs[0],
        )

    # The ladder.

    def _undoing(self) -> Iterator[tuple[str, asl.State]]:
        for step, name, following in zip(
            reversed(self._steps), self._rungs, [*self._rungs[1:], self._verdict], strict=True
        ):
            self._sources[name] = step.location
            first = step.compensations[0].name
            yield name, _choice(f"{self._variables[step]}.done", first, following)
            names = [each.name for each in step.compensations]
            for compensation, behind in zip(step.compensations, [*names[1:], following], strict=True):
                yield from self._compensation(step, compensation, behind)
        failed = self._names.unique("Compensation Failed")
        ended = self._names.unique("Failed")
        yield self._verdict, _choice(self._any, failed, ended)
        left = f"States.Format('Left behind: {{}}', States.JsonToString(${self._left}))"
        yield failed, asl.Fail(error=COMPENSATION_FAILED, cause=asl.Path(left))
        yield ended, asl.Fail(error=asl.Path(f"${self._failure}.Error"), cause=asl.Path(f"${self._failure}.Cause"))
        self._sources.update(dict.fromkeys((failed, ended), self._steps[0].location))

    def _compensation(self, step: State, undo: Compensation, following: str) -> Iterator[tuple[str, asl.State]]:
        failed = self._names.unique(f"{undo.name} Failed")
        self._sources[undo.name] = self._sources[failed] = undo.location
        catchers = undoing_catch(
            undo.gone_errors,
            when_gone=following,
            into={"result_path": None},
            failed=failed,
            discard={"result_path": None},
        )
        yield (
            undo.name,
            asl.Task(
                resource=undo.call.resource,
                **self._dialect.call(undo.call),
                timeout=undo.timeout,
                result_path=None,
                retry=undoing_retry(undo.call, undo.gone_errors, undo.retry),
                catch=catchers,
                next=following,
            ),
        )
        parameters = self._dialect.template(undo.call.parameters, undo.location)
        entry = {"task": step.name, "compensation": undo.name, "parameters": parameters}
        merged = f"States.JsonMerge(${self._left}, $, false)"
        told = {f"{self._left}.$": merged, self._any: True}
        yield (
            failed,
            asl.Pass(parameters={identifier(undo.name): entry}, assign=told, result_path=None, next=following),
        )


def results_in(compensations: Iterable[Compensation]) -> Iterator[Reference]:
    """The steps' results that compensations use."""
    for compensation in compensations:
        for value in compensation.values():
            if isinstance(value, Reference) and isinstance(value.source, StateResult):
                yield value


def _is_of(value: Reference, step: State) -> bool:
    return isinstance(value.source, StateResult) and value.source.step is step


def _choice(variable: str, yes: str, no: str) -> asl.Choice:
    condition = asl.Comparison(f"${variable}", "BooleanEquals", True)
    return asl.Choice(choices=(asl.ChoiceRule(condition=condition, next=yes),), default=no)
