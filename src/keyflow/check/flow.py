"""Where control flows in a scope, right or wrong: what transitions name and reach, what is assigned on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow.check.definition import Definition, Scope
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass


def reachable(scope: Scope) -> set[str]:
    """The states that some way from StartAt comes to."""
    reached: set[str] = set()
    pending = [scope.document.get("StartAt")]
    while pending:
        name = pending.pop()
        if isinstance(name, str) and name in scope.states and name not in reached:
            reached.add(name)
            pending += [target for _keys, target in scope.targets[name]]
    return reached


@dataclass(frozen=True, slots=True)
class Variables:
    """A set of variables' names, each a bit: states can be many, and the sets before them large."""

    numbers: Mapping[str, int]
    bits: int

    def __contains__(self, name: object) -> bool:
        number = self.numbers.get(name) if isinstance(name, str) else None
        return number is not None and bool(self.bits >> number & 1)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.numbers if name in self)


def assigned_before(definition: Definition) -> Mapping[Path, Variables]:
    """The variables that a state may read, by its path: some way there assigns them, in its scope or one around it."""
    numbers: dict[str, int] = {}
    known: dict[Path, int] = {}
    for scope in definition.scopes:  # the outer ones come first
        outer = known.get(scope.parent.path, 0) if scope.parent is not None else 0
        for name, bits in _before(scope, outer, numbers).items():
            known[(*scope.path, "States", name)] = bits
    return {path: Variables(numbers, bits) for path, bits in known.items()}


def _before(scope: Scope, outer: int, numbers: dict[str, int]) -> Mapping[str, int]:
    """By each state's name the variables assigned before it: one look at each transition, whatever the loops."""
    graph, own = {}, {}
    for name, state in scope.states.items():
        found = (target for _keys, target in scope.targets[name])
        graph[name] = [target for target in found if isinstance(target, str) and target in scope.states]
        own[name] = sum(1 << numbers.setdefault(each, len(numbers)) for each in assigned_in(state))
    before = dict.fromkeys(graph, outer)
    for members in components(graph):
        among = 0
        for name in members:
            among |= before[name]
        if len(members) > 1 or members[0] in graph[members[0]]:  # each is before each
            for name in members:
                among |= own[name]
        for name in members:
            before[name] = among
            for target in graph[name]:
                before[target] |= among | own[name]
        before |= dict.fromkeys(members, among)
    return before


def components(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Loops as sets of states, and single states; walked in this order, no set leads back (Kosaraju's algorithm)."""
    finished: list[str] = []
    seen: set[str] = set()
    for start in graph:
        pending = [(start, False)]
        while pending:
            name, left = pending.pop()
            if left:
                finished.append(name)
            elif name not in seen:
                seen.add(name)
                pending += [(name, True), *((target, False) for target in graph[name])]
    sources: dict[str, list[str]] = {name: [] for name in graph}
    for name, targets in graph.items():
        for target in targets:
            sources[target].append(name)
    found: list[list[str]] = []
    for start in reversed(finished):
        members: list[str] = []
        open_names = [start]
        while open_names:
            name = open_names.pop()
            if name in seen:
                seen.discard(name)
                members.append(name)
                open_names += sources[name]
        if members:
            found.append(members)
    return found


def assigned_in(state: dict[str, Any]) -> set[str]:
    """The variables that a state may assign, by any of its ways out."""
    holders = [state]
    for key in ("Catch", "Choices"):
        entries = state.get(key)
        holders += [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    names = (key for holder in holders for key in (holder["Assign"] if isinstance(holder.get("Assign"), dict) else ()))
    return {name.removesuffix(".$") for name in names}
