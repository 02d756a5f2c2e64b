"""Which states of a scope are on its way, and which are there for errors alone.

As `keyflow verify` sees it, an execution fails in the states from which it comes to no ordinary end, and an ordinary
end is one that is reached without an error having been caught (see `keyflow.verify.judges.declared`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

_Scope = Mapping[str, Any]


class Part(Enum):
    """What a state is in its scope.

    `HANDLING`, `UNDOING` and `ENDING` are there for errors: the first goes on with the way, the last ends it.
    """

    WAY_DOWN = auto()
    HANDLING = auto()
    UNDOING = auto()
    ENDING = auto()


def parts_of(scope: _Scope) -> Mapping[str, Part]:
    """What each state of a scope is, by name."""
    states = {str(name): state for name, state in _states(scope) if isinstance(state, Mapping)}
    ordinary = {name: tuple(_ordinary(state, states)) for name, state in states.items()}
    caught = {name: tuple(_caught(state, states)) for name, state in states.items()}
    leading = {name: (*ordinary[name], *caught[name]) for name in states}
    start = scope.get("StartAt")
    reached = _closure([start] if start in states else [], ordinary)
    succeeding = _closure((name for name in reached if _is_end(states[name])), _reversed(leading))
    errors = {target for name in _closure(reached, leading) for target in caught[name]}
    errors |= {
        target
        for name in reached
        if _catches_inside(states[name])
        for choice in ordinary[name]
        if states[choice].get("Type") == "Choice"
        for target in ordinary[choice]
        if succeeding and target not in succeeding
    }
    after_errors = _closure(errors, leading)
    aside = {
        name
        for name in after_errors
        if name != start and (name not in reached or (succeeding and name not in succeeding))
    }
    return {name: _part(name, states, aside) for name in states}


def _part(name: str, states: Mapping[str, Any], aside: Collection[str]) -> Part:
    if name not in aside:
        return Part.WAY_DOWN
    if states[name].get("Type") in ("Fail", "Succeed"):
        return Part.ENDING
    return Part.HANDLING if _goes_on(name, states, aside) else Part.UNDOING


def _goes_on(name: str, states: Mapping[str, Any], aside: Collection[str]) -> bool:
    """Whether an execution goes on with the way after a state, to its ordinary end: what it does is no undoing then."""
    seen = set[str]()
    while name in aside and name not in seen:
        seen.add(name)
        following = states[name].get("Next")
        if not isinstance(following, str) or following not in states:
            return False
        name = following
    return name not in aside and states[name].get("Type") != "Fail"


def _states(scope: _Scope) -> Iterable[tuple[Any, Any]]:
    states = scope.get("States")
    return states.items() if isinstance(states, Mapping) else ()


def _entries(state: _Scope, key: str) -> Iterator[_Scope]:
    found = state.get(key)
    yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, Mapping))


def _ordinary(state: _Scope, states: Mapping[str, Any]) -> Iterator[str]:
    named = (state.get("Next"), *(rule.get("Next") for rule in _entries(state, "Choices")), state.get("Default"))
    yield from (name for name in named if isinstance(name, str) and name in states)


def _caught(state: _Scope, states: Mapping[str, Any]) -> Iterator[str]:
    named = (catcher.get("Next") for catcher in _entries(state, "Catch"))
    yield from (name for name in named if isinstance(name, str) and name in states)


def _is_end(state: _Scope) -> bool:
    return state.get("Type") == "Succeed" or state.get("End") is True


def _catches_inside(state: _Scope) -> bool:
    """Whether a branch, or an iteration, goes on after an error: what comes next asks whether it has failed."""
    scopes = [*_entries(state, "Branches")]
    scopes += [inner for key in ("ItemProcessor", "Iterator") if isinstance(inner := state.get(key), Mapping)]
    return any("Catch" in inner for scope in scopes for _name, inner in _states(scope) if isinstance(inner, Mapping))


def _reversed(leading: Mapping[str, Iterable[str]]) -> Mapping[str, Iterable[str]]:
    before: dict[str, list[str]] = {}
    for name, targets in leading.items():
        for target in targets:
            before.setdefault(target, []).append(name)
    return before


def _closure(begin: Iterable[str], leading: Mapping[str, Iterable[str]]) -> set[str]:
    found, pending = set[str](), list(begin)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += leading.get(name, ())
    return found
