"""What a definition says of its own states, as the account is told it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass

Branches = Mapping[str, tuple[tuple[str, int], ...]]
"""By state, the parallel blocks around it with the number of its branch in each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What a definition says of its states, by their names.

    `kept` may leave what they do, `reads` change nothing, whatever they call; `undoing` maps each undoing state to the
    state whose work it undoes; None where that is not declared. `told` leads from states to the resources that undo
    what they do, or to nothing, for those that do nothing: whoever knows the functions says it. `outermost` are the
    states that are in no branch and no iteration, `where_it_fails` those from which no execution comes to an ordinary
    end, `ends` the outermost in which one ends without an error having been caught; `reports` are the states that send
    the dead letter. `handed_over` are members of the input that name things which the starter hands over to the
    execution. `unknown` are the states whose effect nobody knows. `fix` says what to write where something is left,
    `hint` how such an effect is told.
    """

    kept: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    undoing: Mapping[str, str] | None = None
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outermost: frozenset[str] = frozenset()
    where_it_fails: frozenset[str] = frozenset()
    ends: frozenset[str] | None = None
    side_by_side: Branches = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    handed_over: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    hint: str = 'say it with --effects: {"State": ["what undoes it"]}, "reads" or "kept"'
    fix: str = "catch States.ALL at every task after it, compensations included, and lead to what undoes it"


def declared_by_machine(machine: asl.StateMachine, told: Mapping[str, Sequence[str]]) -> Declared:
    """What a definition's own shape says: where it fails, where it ends, and what stands side by side."""
    ordinary = _reached(machine)
    ends = frozenset(name for name in ordinary if _is_end(machine.states[name]))
    succeeding = _leading_to(machine, ends)
    failing = frozenset(machine.states) - succeeding
    inside = {name for top in failing for name, _state in _within(machine, top)}
    return Declared(
        told=told,
        outermost=frozenset(machine.states),
        where_it_fails=frozenset({*failing, *inside}),
        ends=ends,
        side_by_side=dict(_branches(machine, ())),
        unknown=tuple(name for name, task in asl.all_tasks(machine) if _is_unknown(name, task, told)),
    )


def _is_unknown(name: str, task: asl.Task, told: Mapping[str, Sequence[str]]) -> bool:
    """Whether nobody knows the effect of a state's call: no model does, and nothing is told of it."""
    integration = resource_of(task.resource).integration
    unknown = integration is None or effect_of(integration.model).effect is Effect.UNKNOWN
    return unknown and not any(each in told for each in names_of_task(name, task))


def names_of_task(name: str, task: asl.Task) -> Iterator[str]:
    """What a state's call goes by where its effect is told."""
    yield from names_of_call(name, task.resource, task.given)


def names_of_call(state: str, resource: str, parameters: JSON) -> Iterator[str]:
    """What a call goes by where its effect is told: the state, its resource, and the function's name."""
    yield state
    named = parameters.get("FunctionName") if isinstance(parameters, dict) else None
    for text in (resource, named):
        if isinstance(text, str):
            yield text
            yield text.split(":function:")[-1].split(":")[0]


def _reached(machine: asl.StateMachine) -> frozenset[str]:
    """The outermost states that an execution comes to without an error being caught."""
    found, pending = set[str](), [machine.start_at]
    while pending:
        name = pending.pop()
        if name not in found and name in machine.states:
            found.add(name)
            pending += [to for place, to in asl.transitions(machine.states[name]) if not place.startswith("Catch")]
    return frozenset(found)


def _is_end(state: asl.State) -> bool:
    return isinstance(state, asl.Succeed) or getattr(state, "next", None) is asl.END


def _leading_to(machine: asl.StateMachine, ends: frozenset[str]) -> frozenset[str]:
    """The outermost states from which an execution can come to one of these."""
    before: dict[str, list[str]] = {}
    for name, state in machine.states.items():
        for _place, to in asl.transitions(state):
            before.setdefault(to, []).append(name)
    found, pending = set[str](), list(ends)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += before.get(name, ())
    return frozenset(found)


def _within(machine: asl.StateMachine, name: str) -> Iterator[tuple[str, asl.State]]:
    for scope in asl.scopes_in(machine.states[name]):
        yield from asl.all_states(scope)


def _branches(
    scope: asl.StateMachine | asl.Branch, around: tuple[tuple[str, int], ...]
) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """By state, the parallel blocks around it with the number of its branch in each."""
    for name, state in scope.states.items():
        yield name, around
        for index, inner in enumerate(asl.scopes_in(state)):
            yield from _branches(inner, (*around, (name, index)))
