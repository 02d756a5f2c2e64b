"""What the happy path costs: states entered, AWS calls made, and calls that wait for one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from keyflow import asl
from keyflow.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class HappyPath:
    """The longest execution without an error: states entered, calls in all, and calls one after the other."""

    states: int
    aws_calls: int
    critical_path: int


def happy_path(machine: asl.StateMachine, failing: frozenset[str]) -> HappyPath:
    """Counts over the states that an execution can enter without an error; `failing` names the others."""
    heaviest = _longest(machine.start_at, machine.states, failing)
    return HappyPath(states=heaviest.states, aws_calls=heaviest.calls, critical_path=heaviest.in_turn)


class _Weight(NamedTuple):
    """States, calls in all, and calls one after the other: each the most that there can be."""

    states: int = 0
    calls: int = 0
    in_turn: int = 0


def _longest(start: str, states: Mapping[str, asl.State], failing: frozenset[str]) -> _Weight:
    """The heaviest weights of the ways from `start` to an end that go round no loop twice."""
    heaviest: dict[str, _Weight] = {}
    pending, entered = [start], set[str]()
    while pending:
        name = pending[-1]
        following = [target for target in _following(states[name]) if target not in failing]
        unknown = [target for target in following if target not in heaviest and target not in entered]
        if unknown and name not in entered:
            entered.add(name)
            pending += unknown
            continue
        pending.pop()
        if name not in heaviest:
            behind = [heaviest.get(target, _Weight()) for target in following]
            heaviest[name] = _sum(_own(states[name], failing), _most(behind))
    return heaviest[start]


def _own(state: asl.State, failing: frozenset[str]) -> _Weight:
    """A state's own weight, with all that it holds: its branches run at the same time."""
    call = int(isinstance(state, asl.Task))
    inner = [_longest(scope.start_at, scope.states, failing) for scope in asl.scopes_in(state)]
    states, calls = sum(each.states for each in inner), sum(each.calls for each in inner)
    return _Weight(1 + states, call + calls, call + _most(inner).in_turn)


def _sum(first: _Weight, second: _Weight) -> _Weight:
    return _Weight(first.states + second.states, first.calls + second.calls, first.in_turn + second.in_turn)


def _most(weights: Sequence[_Weight]) -> _Weight:
    """The most of each."""
    match weights:
        case []:
            return _Weight()
        case [only]:
            return only
        case _:
            return _Weight(*(max(each) for each in zip(*weights, strict=True)))


def _following(state: asl.State) -> Iterator[str]:
    match state:
        case asl.Choice(choices=choices, default=default):
            yield from (rule.next for rule in choices)
            if default is not None:
                yield default
        case asl.Succeed() | asl.Fail():
            return
        case _ if isinstance(state.next, str):
            yield state.next
