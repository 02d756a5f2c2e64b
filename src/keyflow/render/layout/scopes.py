"""A whole graph, scope by scope: the way down on the left, what errors lead to in a column beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Graph, Group, Node, Path
from keyflow.render.layout.beside import Beside, beside
from keyflow.render.layout.items import Item
from keyflow.render.layout.placed import Box, Drawing, Frame, Label, Line, Start
from keyflow.render.layout.sizes import texts_of
from keyflow.render.layout.way_down import WayDown, way_down

MARGIN, _PADDING, _BETWEEN = 20, 12, 8


def layout(graph: Graph) -> Drawing:
    """Where everything of a graph stands; the same graph is always laid out the same."""
    nodes: dict[Path, list[Node]] = {}
    edges: dict[Path, list[Edge]] = {}
    groups: dict[Path, list[Group]] = {}
    for node in graph.nodes:
        nodes.setdefault(node.scope, []).append(node)
    for edge in graph.edges:
        edges.setdefault(edge.source[:-1], []).append(edge)
    for group in graph.groups:
        groups.setdefault(group.owner, []).append(group)
    inside = _Layout(nodes, edges, groups).scope((), graph.start)
    moved = inside.moved(MARGIN, MARGIN)
    return Drawing(
        width=inside.width + 2 * MARGIN,
        height=inside.height + 2 * MARGIN,
        boxes=moved.boxes,
        frames=moved.frames,
        lines=moved.lines,
        labels=moved.labels,
        starts=moved.starts,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    nodes: Mapping[Path, Sequence[Node]]
    edges: Mapping[Path, Sequence[Edge]]
    groups: Mapping[Path, Sequence[Group]]

    def scope(self, path: Path, start: Path | None) -> Drawing:
        """A scope with what is inside of its states; its upper left corner is at 0, 0."""
        items = [self._item(node) for node in self.nodes.get(path, ())]
        edges = self.edges.get(path, ())
        way = [item for item in items if not item.node.aside]
        aside = [item for item in items if item.node.aside]
        if not way:
            way, aside = aside, []
        down = way_down(way, edges, start)
        side = beside(down, aside, edges)
        return _put_together(down, side, start)

    def _item(self, node: Node) -> Item:
        inner = [(group, self.scope(group.path, group.start)) for group in self.groups.get(node.path, ())]
        scopes, x, depth = list[tuple[Group, Drawing, int]](), _PADDING, 0
        for group, drawing in inner:
            scopes.append((group, drawing, x))
            x += drawing.width + 2 * _PADDING + _BETWEEN
            depth = max(depth, drawing.height + 2 * _PADDING)
        texts = texts_of(node, x if inner else 0)
        item = Item(node=node, texts=texts, head=texts.height, width=texts.width, depth=depth, scopes=scopes)
        if inner:
            item.width = max(item.width, x - _BETWEEN + _PADDING)
            item.depth += _PADDING
        return item


def _put_together(down: WayDown, side: Beside, start: Path | None) -> Drawing:
    boxes: list[Box] = []
    frames: list[Frame] = []
    lines: list[Line] = [*down.lines, *side.lines]
    labels: list[Label] = [*down.labels, *side.labels]
    starts: list[Start] = []
    for item in (*down.items, *side.items):
        boxes.append(item.box())
        for frame, drawing in _scopes(item):
            frames.append(frame)
            moved = drawing.moved(frame.x + _PADDING, frame.y + _PADDING)
            boxes += moved.boxes
            frames += moved.frames
            lines += moved.lines
            labels += moved.labels
            starts += moved.starts
        if item.node.path == start:
            starts.append(Start(state=item.node.path, x=item.middle, y=down.top, to=item.y))
    return Drawing(
        width=max(down.width, side.right),
        height=max(down.height, side.bottom),
        boxes=tuple(boxes),
        frames=tuple(frames),
        lines=tuple(lines),
        labels=tuple(labels),
        starts=tuple(starts),
    )


def _scopes(item: Item) -> Iterator[tuple[Frame, Drawing]]:
    deepest = item.depth - _PADDING
    for group, drawing, x in item.scopes:
        frame = Frame(
            group=group,
            x=item.x + x,
            y=item.y + item.head,
            width=drawing.width + 2 * _PADDING,
            height=deepest,
        )
        yield frame, drawing
