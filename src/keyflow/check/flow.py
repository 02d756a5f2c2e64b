"""Where control flows in a scope, right or wrong: what transitions name and reach, what is assigned on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.check.definition import Definition, Scope
from keyflow.check.json5 import Path


def targets(scope: Scope) -> Iterator[tuple[Path, Any]]:
    """Every name of a state that the scope's transitions say, with its place."""
    if "StartAt" in scope.document:
        yield (*scope.path, "StartAt"), scope.document["StartAt"]
    for name, state in scope.states.items():
        for keys, target in _targets_of(state):
            yield (*scope.path, "States", name, *keys), target


def _targets_of(state: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for key in ("Next", "Default"):
        if key in state:
            yield (key,), state[key]
    for key in ("Catch", "Choices"):
        entries = state.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and "Next" in entry:
                yield (key, index, "Next"), entry["Next"]


def reachable(scope: Scope) -> set[str]:
    """The states that some way from StartAt comes to."""
    reached: set[str] = set()
    pending = [scope.document.get("StartAt")]
    while pending:
        name = pending.pop()
        if isinstance(name, str) and name in scope.states and name not in reached:
            reached.add(name)
            pending += [target for _keys, target in _targets_of(scope.states[name])]
    return reached


def assigned_before(definition: Definition) -> Mapping[Path, frozenset[str]]:
    """By each state's path, the variables that some way to it assigns: in its scope, or in those around it."""
    known: dict[Path, frozenset[str]] = {}
    for scope in definition.scopes:  # the outer ones come first
        outer = known.get(scope.parent.path, frozenset()) if scope.parent is not None else frozenset()
        before = {name: set(outer) for name in scope.states}
        changed = True
        while changed:
            changed = False
            for name, state in scope.states.items():
                after = before[name] | _assigned(state)
                for _keys, target in _targets_of(state):
                    if isinstance(target, str) and target in before and not after <= before[target]:
                        before[target] |= after
                        changed = True
        for name, variables in before.items():
            known[(*scope.path, "States", name)] = frozenset(variables)
    return known


def _assigned(state: dict[str, Any]) -> set[str]:
    """The variables that a state may assign, by any of its ways out."""
    holders = [state]
    for key in ("Catch", "Choices"):
        entries = state.get(key)
        holders += [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    names = (key for holder in holders for key in (holder["Assign"] if isinstance(holder.get("Assign"), dict) else ()))
    return {name.removesuffix(".$") for name in names}
