"""Two graphs as one: what is in the new one, what was in the old one, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keyflow.render.graphs import Change, Edge, Graph, Group, Node, Path


def compared(new: Graph, old: Graph) -> Graph:
    """The new graph with what the old one had, too; what differs says how.

    States are the same by their paths. One is changed where it says something else; whatever its edges and the states
    inside of it say, they say themselves.
    """
    nodes, groups = _nodes(new, old), _groups(new, old)
    return replace(new, nodes=tuple(nodes), groups=tuple(groups), edges=tuple(_edges(new, old)))


def _nodes(new: Graph, old: Graph) -> Iterator[Node]:
    before = {node.path: node for node in old.nodes}
    for node in new.nodes:
        known = before.pop(node.path, None)
        if known is None:
            yield replace(node, change=Change.ADDED)
        elif (known.kind, known.content) != (node.kind, node.content):
            yield replace(node, change=Change.CHANGED)
        else:
            yield node
    for node in before.values():
        yield replace(node, change=Change.REMOVED)


def _groups(new: Graph, old: Graph) -> Iterator[Group]:
    yield from new.groups
    there = {group.path for group in new.groups}
    yield from (group for group in old.groups if group.path not in there)


def _edges(new: Graph, old: Graph) -> Iterator[Edge]:
    def identity(edge: Edge) -> tuple[Path, Path, str]:
        return edge.source, edge.target, edge.kind.value

    before = {identity(edge): edge for edge in old.edges}
    for edge in new.edges:
        known = before.pop(identity(edge), None)
        if known is None:
            yield replace(edge, change=Change.ADDED)
        elif known.label != edge.label:
            yield replace(edge, change=Change.CHANGED)
        else:
            yield edge
    for edge in before.values():
        yield replace(edge, change=Change.REMOVED)
