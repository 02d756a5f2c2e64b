"""A definition as a graph to be drawn: states, the scopes inside them, and what leads from state to state.

Nothing here expects a definition to be right: what is not of the right kind is passed over, and a state that is named
and does not exist is a node that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from keyflow import bounds
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic
from keyflow.render.conditions import condition_text
from keyflow.render.details import detail_of
from keyflow.render.roles import Part, parts_of
from keyflow.render.undoing import undoing_of

Path = tuple[str | int, ...]
"""Where a state stands: names of states, and the index of a branch between them: `("Reserve", 1, "Book Seat")`.

A Map's iterator has the index 0. A scope's path ends with its index, and that of the whole definition is empty.
"""
Scope = Mapping[str, Any]


class Role(StrEnum):
    """What a state is for.

    `COMPENSATION` are the states that only an error leads to: those that a catcher alone leads to, and those that they
    share with a choice that asks for failed branches; what is inside of one is one. A state that goes on with the way
    after an error is `FORWARD`. `FAILURE` ends in an error.
    """

    FORWARD = "forward"
    COMPENSATION = "compensation"
    FAILURE = "failure"


class Kind(StrEnum):
    """How an edge is taken."""

    NEXT = "next"
    CATCH = "catch"
    CHOICE = "choice"
    DEFAULT = "default"


class Change(StrEnum):
    """How something differs from an older graph."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A state.

    Attributes:
        path: Where it stands; its name is the last of it.
        kind: Its `Type`; `Missing` where another state names it and there is none.
        detail: What it does, in a line: the integration of a Task, how long a Wait waits.
        role: What it is for.
        aside: Whether only errors lead to it inside of its own scope: it stands beside the way down.
        ends: Whether its scope ends after it.
        undone_by: The states that undo what it does, by their names.
        content: What it says besides where it leads, as JSON: two states that say the same are equal in it.
    """

    path: Path
    kind: str
    detail: str = ""
    role: Role = Role.FORWARD
    aside: bool = False
    ends: bool = False
    undone_by: tuple[str, ...] = ()
    content: str = ""
    change: Change | None = None

    @property
    def name(self) -> str:
        """The state's name."""
        return str(self.path[-1])

    @property
    def scope(self) -> Path:
        """The scope that it stands in."""
        return self.path[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A scope inside a state: a branch of a Parallel, or the iterator of a Map. `start` is the state it begins with."""

    path: Path
    kind: str
    start: Path | None = None

    @property
    def owner(self) -> Path:
        """The state that it is inside of."""
        return self.path[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way from one state to another of its scope.

    `label` is the condition of a choice, or the names of the errors that are caught. `undoes` tells that it leads to
    compensation, or through it.
    """

    source: Path
    target: Path
    kind: Kind
    label: str = ""
    undoes: bool = False
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A definition as a graph, in the order in which it is written. `start` is the state it begins with."""

    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]
    edges: tuple[Edge, ...]
    start: Path | None = None
    comment: str = ""


def graph(
    definition: Mapping[str, Any],
    *,
    compensation: bool = True,
    undoing: Mapping[str, Sequence[str]] | None = None,
) -> Graph:
    """The graph of a definition in the States Language, right or wrong.

    Args:
        definition: The document.
        compensation: Whether the states that undo are in it; those that have an undoing say so either way.
        undoing: For each state the names of the states that undo it, where the definition says so; else what is known
            of AWS's operations says it.

    Raises:
        CheckError: KF120, it is too large to be drawn.
    """
    found = _Found()
    found.read((), definition, Role.FORWARD)
    _check_size(len(found.nodes), bounds.DRAWN_STATES, "states")
    _check_size(len(found.edges), bounds.DRAWN_EDGES, "ways between states")
    nodes = _with_undoing(found, undoing)
    comment = definition.get("Comment")
    made = Graph(
        nodes=nodes,
        groups=tuple(found.groups),
        edges=tuple(_edges(found.edges, {node.path: node.role for node in nodes})),
        start=_start((), definition),
        comment=comment if isinstance(comment, str) else "",
    )
    return made if compensation else _without_compensation(made)


def _check_size(number: int, most: int, things: str) -> None:
    if number > most:
        message = f"a definition with {number:,} {things} is too large to be drawn; keyflow draws {most:,}"
        raise CheckError(Diagnostic("KF120", message))


class _Found:
    """What reading a definition has found so far."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.groups: list[Group] = []
        self.edges: list[Edge] = []
        self.states: dict[Path, Scope] = {}

    def read(self, path: Path, scope: Scope, around: Role) -> None:
        """Reads a scope and those inside; `around` is the role of the state that it is inside of."""
        states = states_of(scope)
        parts = parts_of(scope)
        named: dict[str, None] = {}
        for name, state in states.items():
            part = parts[name]
            role = _role(part, state, around)
            self.states[(*path, name)] = state
            self.nodes.append(
                Node(
                    path=(*path, name),
                    kind=kind_of(state),
                    detail=detail_of(state),
                    role=role,
                    aside=part is not Part.WAY_DOWN,
                    ends=state.get("End") is True or kind_of(state) == "Succeed",
                    content=_content(state),
                )
            )
            for target, kind, label in _ways(state):
                named.setdefault(target)
                self.edges.append(Edge(source=(*path, name), target=(*path, target), kind=kind, label=label))
            for index, (word, inner) in enumerate(_scopes_in(state)):
                inside = (*path, name, index)
                self.groups.append(Group(path=inside, kind=word, start=_start(inside, inner)))
                self.read(inside, inner, role)
        for name in named:
            if name not in states:
                role = Role.COMPENSATION if around is Role.COMPENSATION else Role.FAILURE
                self.nodes.append(
                    Node(path=(*path, name), kind="Missing", detail="there is no such state", role=role, aside=True)
                )


def states_of(scope: Scope) -> Mapping[str, Scope]:
    """The states of a scope that are objects, by name."""
    states = scope.get("States")
    if not isinstance(states, Mapping):
        return {}
    return {str(name): state for name, state in states.items() if isinstance(state, Mapping)}


def kind_of(state: Scope) -> str:
    """What a state says of its type."""
    kind = state.get("Type")
    return kind if isinstance(kind, str) else ""


def _start(path: Path, scope: Scope) -> Path | None:
    start = scope.get("StartAt")
    return (*path, start) if isinstance(start, str) and start in states_of(scope) else None


def _role(part: Part, state: Scope, around: Role) -> Role:
    if around is Role.COMPENSATION or part is Part.UNDOING:
        return Role.COMPENSATION
    return Role.FAILURE if kind_of(state) == "Fail" else Role.FORWARD


def _entries(state: Scope, key: str) -> Iterator[Scope]:
    found = state.get(key)
    yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, Mapping))


def _scopes_in(state: Scope) -> Iterator[tuple[str, Scope]]:
    yield from (("branch", branch) for branch in _entries(state, "Branches"))
    for key in ("ItemProcessor", "Iterator"):
        inner = state.get(key)
        if isinstance(inner, Mapping):
            yield "iterator", inner
            return


def _ways(state: Scope) -> Iterator[tuple[str, Kind, str]]:
    """Where a state leads: the name, how, and the label. What leads to one state in one way is one."""
    found: dict[tuple[str, Kind], list[str]] = {}
    for target, kind, label in _ways_written(state):
        if isinstance(target, str):
            found.setdefault((target, kind), []).append(label)
    for (target, kind), labels in found.items():
        separator = ", " if kind is Kind.CATCH else " or "
        yield target, kind, separator.join(dict.fromkeys(filter(None, labels)))


def _ways_written(state: Scope) -> Iterator[tuple[Any, Kind, str]]:
    yield state.get("Next"), Kind.NEXT, ""
    for rule in _entries(state, "Choices"):
        yield rule.get("Next"), Kind.CHOICE, condition_text(rule)
    yield state.get("Default"), Kind.DEFAULT, "otherwise"
    for catcher in _entries(state, "Catch"):
        errors = catcher.get("ErrorEquals")
        yield catcher.get("Next"), Kind.CATCH, ", ".join(map(str, errors if isinstance(errors, list) else ()))


_SAID_BY_THE_GRAPH = ("Next", "End", "Default", "Branches", "Iterator", "ItemProcessor", "Catch", "Choices")


def _content(state: Scope) -> str:
    """What a state says that no edge and no scope says."""
    said = {key: value for key, value in state.items() if key not in _SAID_BY_THE_GRAPH}
    for key in ("Catch", "Choices"):
        if rules := [{name: rule[name] for name in rule if name != "Next"} for rule in _entries(state, key)]:
            said[key] = rules
    return json.dumps(said, sort_keys=True, default=str)


def _with_undoing(found: _Found, told: Mapping[str, Sequence[str]] | None) -> tuple[Node, ...]:
    undoing = {node.path for node in found.nodes if node.role is Role.COMPENSATION}
    known = undoing_of(found.states, undoing)
    if told is not None:
        known |= {path: tuple(told[str(path[-1])]) for path in found.states if path[-1] in told}
    return tuple(
        replace(node, undone_by=known[node.path]) if node.path in known and node.path not in undoing else node
        for node in found.nodes
    )


def _edges(edges: Iterable[Edge], roles: Mapping[Path, Role]) -> Iterator[Edge]:
    for edge in edges:
        if Role.COMPENSATION in (roles[edge.source], roles[edge.target]):
            yield replace(edge, undoes=True)
        else:
            yield edge


def shown_with_compensation(whole: Graph) -> frozenset[Path]:
    """The states that are shown with compensation alone: those that undo, and those that only these lead to."""
    undoing = {node.path for node in whole.nodes if node.role is Role.COMPENSATION}
    hidden = undoing | (
        _reached(whole, whole.edges) - _reached(whole, [edge for edge in whole.edges if not edge.undoes])
    )
    inside = {node.path for node in whole.nodes if any(node.path[:end] in hidden for end in range(1, len(node.path)))}
    return frozenset(hidden | inside)


def _reached(whole: Graph, edges: Iterable[Edge]) -> set[Path]:
    """The states that some way from the first one comes to, those inside of states included."""
    leading: dict[Path | None, list[Path]] = {}
    for edge in edges:
        leading.setdefault(edge.source, []).append(edge.target)
    for group in whole.groups:
        leading.setdefault(group.owner, []).extend([group.start] if group.start is not None else [])
    found, pending = set[Path](), [whole.start] if whole.start is not None else []
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += leading.get(path, ())
    return found


def _without_compensation(whole: Graph) -> Graph:
    hidden = shown_with_compensation(whole)
    return replace(
        whole,
        nodes=tuple(node for node in whole.nodes if node.path not in hidden),
        groups=tuple(group for group in whole.groups if group.owner not in hidden),
        edges=tuple(edge for edge in whole.edges if edge.source not in hidden and edge.target not in hidden),
    )
