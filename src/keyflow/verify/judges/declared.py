"""What a definition says of its own states, as the account is told it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from keyflow import asl
from keyflow.dataclass import dataclass

Branches = Mapping[str, tuple[tuple[str, int], ...]]
"""By state, the parallel blocks around it with the number of its branch in each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What a definition says of its states, by their names.

    `kept` may leave what they do; `undoing` leads from the states that undo to those whose work it is, None where that
    is not declared. `told` leads
    from states to the resources that undo what they do, or to nothing, for those that do nothing: whoever knows the
    functions says it. `where_it_fails` are the states from which no execution comes to an ordinary end, `ends` those in
    which one ends without an error having been caught. `fix` says what to write where something is left.
    """

    kept: frozenset[str] = frozenset()
    undoing: Mapping[str, str] | None = None
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    where_it_fails: frozenset[str] = frozenset()
    ends: frozenset[str] | None = None
    side_by_side: Branches = field(default_factory=dict)
    reports: tuple[str, ...] = ()
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
        where_it_fails=frozenset({*failing, *inside}),
        ends=ends,
        side_by_side=dict(_branches(machine, ())),
    )


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
    found = set(ends)
    while True:
        more = {
            name
            for name, state in machine.states.items()
            if name not in found and any(to in found for _place, to in asl.transitions(state))
        }
        if not more:
            return frozenset(found)
        found |= more


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
