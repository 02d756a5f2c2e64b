"""What the happy path costs: states entered, AWS calls made, and calls that wait for one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

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
    return HappyPath(
        states=_longest(machine.start_at, machine.states, failing, lambda _state: 1, sum),
        aws_calls=_longest(machine.start_at, machine.states, failing, _is_task, sum),
        critical_path=_longest(machine.start_at, machine.states, failing, _is_task, max),
    )


def _is_task(state: asl.State) -> int:
    return int(isinstance(state, asl.Task))


Weight = Callable[[asl.State], int]
Join = Callable[[list[int]], int]


def _longest(start: str, states: Mapping[str, asl.State], failing: frozenset[str], weight: Weight, join: Join) -> int:
    """The weight of the heaviest way from `start` to an end that goes round no loop twice."""
    heaviest: dict[str, int] = {}
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
        if name in heaviest:
            continue
        own = weight(states[name]) + _inside(states[name], failing, weight, join)
        heaviest[name] = own + max((heaviest.get(target, 0) for target in following), default=0)
    return heaviest[start]


def _inside(state: asl.State, failing: frozenset[str], weight: Weight, join: Join) -> int:
    inner = asl.scopes_in(state)
    return join([_longest(each.start_at, each.states, failing, weight, join) for each in inner]) if inner else 0


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
