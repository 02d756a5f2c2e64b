"""What the happy path costs: states entered, AWS calls made, and calls that wait for one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from keyflow import asl


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
    """The weight of the heaviest way from `start` to an end; what the compiler writes has no loops."""
    heaviest: dict[str, int] = {}
    pending = [start]
    while pending:
        name = pending[-1]
        following = [target for target in _following(states[name]) if target not in failing]
        unknown = [target for target in following if target not in heaviest]
        if unknown:
            pending += unknown
            continue
        pending.pop()
        own = weight(states[name]) + _inside(states[name], failing, weight, join)
        heaviest[name] = own + max((heaviest[target] for target in following), default=0)
    return heaviest[start]


def _inside(state: asl.State, failing: frozenset[str], weight: Weight, join: Join) -> int:
    if not isinstance(state, asl.Parallel):
        return 0
    return join([_longest(branch.start_at, branch.states, failing, weight, join) for branch in state.branches])


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
