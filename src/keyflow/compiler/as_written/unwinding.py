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
from keyflow.compiler.analysis.dependencies import tries_again_in_doubt
from keyflow.compiler.assembly import assembled
from keyflow.compiler.dialects.jsonpath import JsonPathDialect
from keyflow.compiler.dialects.jsonpath_text import selected
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.names import Names, identifier
from keyflow.compiler.retry_and_catch import undoing_catch, undoing_retry
from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, Location
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.machine_states import State, StateResult
from keyflow.dsl.retries import ALL_ERRORS
from keyflow.dsl.values import Reference
from keyflow.dsl.workflow import COMPENSATION_FAILED

_VERDICT = Label("Everything Undone?")
_NO_FAILURE: JSON = {"Error": "", "Cause": ""}
_CAUGHT: JSON = {"Error.$": "$.Error", "Cause.$": "$.Cause"}


def unwound(
    machine: asl.StateMachine,
    steps: Sequence[State],
    dialect: JsonPathDialect,
    variables: Mapping[State, str],
    sources: Mapping[str, Location],
) -> tuple[asl.StateMachine, Mapping[str, Location]]:
    """The machine with the compensations of its steps, and the lines that its outermost states come from.

    Args:
        machine: The states as their author wrote them.
        steps: The steps that have compensations, in the order written.
        dialect: Writes calls and values.
        variables: The variable that each of the steps is noted in.
        sources: The lines that the author's states come from.

    Raises:
        DefinitionError: KF242, a step cannot be compensated: it stands in a branch or a loop, or in JSONata.
    """
    for step in steps:
        _check(machine, step)
    everywhere = tuple(asl.all_states(machine))
    assigned = {name for _name, state in everywhere for name in getattr(state, "assign", None) or ()}
    own = Names((*assigned, *variables.values()), separator="")
    failure, left, any_left = (own.unique(name) for name in ("failure", "leftOver", "anythingLeft"))
    unwinding = _Unwinding(
        steps=steps,
        behind=frozenset(_behind(machine, [step.name for step in steps])),
        dialect=dialect,
        done=variables,
        failure=failure,
        left=left,
        any_left=any_left,
    )
    taken = {name for name, _state in everywhere} | {each.name for step in steps for each in step.compensations}
    whole = assembled(unwinding.whole(machine, sources), taken)
    return replace(machine, start_at=whole.start, states=whole.states), whole.sources


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unwinding:
    """Writes the ladder and the ways into it.

    `steps` are those that have compensations, `behind` the names of the states that can come after one of them. The
    variables: `done` for each step, the `failure` on its way down, what is `left` and whether there is `any_left`.
    """

    steps: Sequence[State]
    behind: frozenset[str]
    dialect: JsonPathDialect
    done: Mapping[State, str]
    failure: str
    left: str
    any_left: str

    def whole(self, machine: asl.StateMachine, sources: Mapping[str, Location]) -> Fragment:
        """The author's states between one in front that says that nothing is done, and the ladder."""
        by_name = {step.name: step for step in self.steps}
        own = (
            single(name, self._led(name, state, by_name.get(name)), sources[name])
            for name, state in machine.states.items()
        )
        nothing: dict[str, JSON] = {variable: {"done": False} for variable in self.done.values()}
        start = asl.Pass(
            assign={**nothing, self.failure: _NO_FAILURE, self.left: {}, self.any_left: False},
            result_path=None,
            next=machine.start_at,
        )
        first = single(Label("Start"), start, self.steps[0].location)
        return joined(first.entry, (first, *own, *self._ladder(), self._verdict()))

    # The author's states.

    def _led(self, name: str, state: asl.State, step: State | None) -> asl.State:
        """A state of the author's that notes its step as done, and leads into the ladder where it fails."""
        match state:
            case asl.Fail() if name in self.behind:
                return self._noted(state)
            case asl.Task() | asl.Parallel() | asl.Map():
                catchers = tuple(state.catch or ())
                if step is not None:
                    state = replace(state, assign={**(state.assign or {}), **self._note(step)})
                    catchers = (*self._ambiguous(step), *catchers)
                caught = {error for catcher in catchers for error in catcher.error_equals}
                if name in self.behind and ALL_ERRORS not in caught:
                    catchers = (*catchers, self._into_ladder((ALL_ERRORS,), self._may_be_done(step, state)))
                return replace(state, catch=catchers) if catchers else state
            case _:
                return state

    def _note(self, step: State) -> dict[str, JSON]:
        """The variable that says that a step is done, with what compensations read of its result."""
        read = results_in(each for other in self.steps for each in other.compensations)
        paths = dict.fromkeys(each.keys for each in read if _is_of(each, step))
        kept = {"result.$": "$"} if () in paths else {"result": selected(Reads(tuple(paths)))}
        return {self.done[step]: {"done": True, **kept}}

    def _ambiguous(self, step: State) -> Iterator[asl.Catcher]:
        """An outcome that nobody knows is undone where no compensation needs the result (S10)."""
        if step.call is not None and self._needs_no_result(step):
            yield self._into_ladder(step.call.ambiguous_errors, {self.done[step]: {"done": True}})

    def _may_be_done(self, step: State | None, state: asl.Task | asl.Parallel | asl.Map) -> Mapping[str, JSON]:
        """What any other error says of a step: where a lost answer is tried again, an earlier one may have worked."""
        if step is None or step.call is None or not self._needs_no_result(step):
            return {}
        retried = [retrier.error_equals for retrier in state.retry or () if retrier.max_attempts != 0]
        return {self.done[step]: {"done": True}} if tries_again_in_doubt(step.call, retried) else {}

    def _needs_no_result(self, step: State) -> bool:
        return not any(_is_of(value, step) for value in results_in(step.compensations))

    def _into_ladder(self, errors: tuple[str, ...], assign: Mapping[str, JSON]) -> asl.Catcher:
        assigned = {**assign, self.failure: _CAUGHT}
        return asl.Catcher(error_equals=errors, assign=assigned, result_path=None, next=_rung(self.steps[-1]))

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
            assign={self.failure: _CAUGHT},
            result_path=None,
            next=_rung(self.steps[-1]),
        )

    # The ladder.

    def _ladder(self) -> Iterator[Fragment]:
        """For each step, the last one first: whether it is done, and its compensations."""
        upwards = list(reversed(self.steps))
        for step, following in zip(upwards, [*map(_rung, upwards[1:]), _VERDICT], strict=True):
            names = [each.name for each in step.compensations]
            asked = _choice(f"{self.done[step]}.done", names[0], following)
            yield single(_rung(step), asked, step.location)
            for undo, behind in zip(step.compensations, [*names[1:], following], strict=True):
                yield self._compensation(step, undo, behind)

    def _verdict(self) -> Fragment:
        """The error that the machine ends with: what is left over first, then the one that it failed with (S7)."""
        failed, ended, location = Label("Compensation Failed"), Label("Failed"), self.steps[0].location
        left = f"States.Format('Left behind: {{}}', States.JsonToString(${self.left}))"
        states: tuple[tuple[Label, asl.State], ...] = (
            (_VERDICT, _choice(self.any_left, failed, ended)),
            (failed, asl.Fail(error=COMPENSATION_FAILED, cause=asl.Path(left))),
            (ended, asl.Fail(error=asl.Path(f"${self.failure}.Error"), cause=asl.Path(f"${self.failure}.Cause"))),
        )
        return joined(_VERDICT, (single(name, state, location) for name, state in states))

    def _compensation(self, step: State, undo: Compensation, following: str) -> Fragment:
        """What is gone already counts as done; any other failure is written down and stops nothing (S6)."""
        failed, discard = Label(f"{undo.name} Failed", undo), {"result_path": None}
        gone = undo.gone_errors
        call = asl.Task(
            resource=undo.call.resource,
            **self.dialect.call(undo.call),
            timeout=undo.timeout,
            result_path=None,
            retry=undoing_retry(undo.call, gone, undo.retry),
            catch=undoing_catch(gone, when_gone=following, into=discard, failed=failed, discard=discard),
            next=following,
        )
        parameters = self.dialect.template(undo.call.parameters, undo.location)
        noted = asl.Pass(
            parameters={
                identifier(undo.name): {"task": step.name, "compensation": undo.name, "parameters": parameters}
            },
            assign={f"{self.left}.$": f"States.JsonMerge(${self.left}, $, false)", self.any_left: True},
            result_path=None,
            next=following,
        )
        return joined(undo.name, (single(undo.name, call, undo.location), single(failed, noted, undo.location)))


def _rung(step: State) -> Label:
    """The state in which the undoing of a step begins."""
    return Label(f"Undo {step.name}?", step)


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
