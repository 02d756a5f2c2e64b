"""A graph as text for a terminal: the way down with what leads away from it, then what errors lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from keyflow.render.graphs import Edge, Graph, Group, Kind, Node, Path
from keyflow.render.lettering import listed, shortened, visible
from keyflow.render.order import in_order
from keyflow.render.signs import UNDONE, change_sign

_SIGNS = {"Choice": "◇", "Succeed": "◉", "Fail": "✗", "Parallel": "▣", "Map": "▣", "Wait": "◷", "Missing": "?"}
_WIDEST = 40
"""Of labels, in widths of a capital M."""


def text(graph: Graph) -> str:
    """A graph in lines: `●` is a state, `◇` a choice, `▣` a Parallel or a Map, `✗` a Fail, `◉` an end.

    A full line leads to the next state below; `─▸` names another one, and `┄▸` one that an error leads to.
    """
    return "\n".join(_Text(graph).lines()) + "\n"


class _Text:
    def __init__(self, graph: Graph) -> None:
        self._start = graph.start
        self._nodes: dict[Path, list[Node]] = {}
        self._groups: dict[Path, list[Group]] = {}
        self._edges: dict[Path, list[Edge]] = {}
        for node in graph.nodes:
            self._nodes.setdefault(node.scope, []).append(node)
        for group in graph.groups:
            self._groups.setdefault(group.owner, []).append(group)
        for edge in graph.edges:
            self._edges.setdefault(edge.source, []).append(edge)

    def lines(self) -> Iterator[str]:
        return self._scope((), self._start)

    def _scope(self, path: Path, start: Path | None) -> Iterator[str]:
        nodes = self._nodes.get(path, ())
        edges = [edge for node in nodes for edge in self._edges.get(node.path, ())]
        way = in_order((node for node in nodes if not node.aside), edges, () if start is None else (start,))
        yield from self._states(way)
        caught = [edge.target for node in way for edge in self._edges.get(node.path, ())]
        aside = in_order((node for node in nodes if node.aside), edges, caught)
        if aside:
            yield from ("", "after an error:")
            yield from self._states(aside)

    def _states(self, nodes: Sequence[Node]) -> Iterator[str]:
        for node, following in zip_longest(nodes, nodes[1:]):
            yield from self._state(node, following)

    def _state(self, node: Node, following: Node | None) -> Iterator[str]:
        edges = self._edges.get(node.path, ())
        goes_on = following is not None and any(edge.target == following.path for edge in edges)
        undone = f" {UNDONE} {visible(', '.join(node.undone_by))}" if node.undone_by else ""
        sign = _SIGNS.get(node.kind, "◉" if node.ends else "●")
        yield f"{sign} {change_sign(node.change)}{visible(node.name)}  ({visible(node.detail)}){undone}"
        line = "│" if goes_on else " "
        for number, group in enumerate(self._groups.get(node.path, ()), start=1):
            yield f"{line} ┌ {group.kind} {number}"
            yield from (f"{line} │ {each}".rstrip() for each in self._scope(group.path, group.start))
            yield f"{line} └"
        for edge in edges:
            is_next = following is not None and edge.target == following.path
            if is_next and not edge.label and not edge.change:
                continue
            head, target = _arrow(edge), "next" if is_next else visible(str(edge.target[-1]))
            label = f"{_label(edge)} " if edge.label else ""
            yield f"{line} {change_sign(edge.change)}{label}{head} {target}"
        if goes_on:
            yield "│"
        elif following is not None:
            yield ""


def _arrow(edge: Edge) -> str:
    return "┄▸" if edge.kind is Kind.CATCH else "─▸"


def _label(edge: Edge) -> str:
    """The label of an edge; of the errors of a catcher the first ones, and of a condition its beginning."""
    text = visible(edge.label)
    if edge.kind is Kind.CATCH:
        text = listed(text.split(", "), 1, _WIDEST)
    return shortened(text, 1, _WIDEST)
