"""A graph as SVG: one state is one group, addressed by its path; compensation is a layer of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape

from keyflow.render.graphs import Edge, Graph, Kind, Node, Path, shown_with_compensation
from keyflow.render.layout import Box, Drawing, Frame, Label, Line, layout
from keyflow.render.layout.placed import Point, Start
from keyflow.render.layout.sizes import DETAIL_LINE, END_SIGN, LABEL_LINE, NAME_LINE
from keyflow.render.lettering import visible
from keyflow.render.signs import CHANGES, MARKS, UNDONE
from keyflow.render.stylesheet import STYLESHEET

_HEAD = 5
_CORNER = 5


def svg(graph: Graph, *, styled: bool = True, marks: Mapping[Path, str] | None = None) -> str:
    """A picture of a graph as an SVG document, without its XML declaration: it can stand in a page as it is.

    Args:
        graph: The graph.
        styled: Whether the style is in it. Without, it has neither a style element nor a style attribute, and takes
            its looks from `STYLESHEET`.
        marks: By the path of a state what became of it: its group gets the class `mark-...`, and a sign.

    Raises:
        CheckError: KF120, too many lines pass too many states.
    """
    return "\n".join(_document(layout(graph), graph, marks or {}, styled=styled)) + "\n"


def element_id(path: Path) -> str:
    """The id of a state's group: `state-Reserve-1-Book-Seat`, and a few letters where that could be another's."""
    name = "-".join(map(str, path))
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
    if len(path) == 1 and plain == name:
        return f"state-{plain}"
    return f"state-{plain}-{hashlib.sha256(repr(path).encode()).hexdigest()[:8]}"


def text(value: str) -> str:
    """A text as XML and HTML have it; what they cannot have is made visible."""
    return escape(visible(value), quote=True)


def _document(drawing: Drawing, graph: Graph, marks: Mapping[Path, str], *, styled: bool) -> Iterator[str]:
    size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="keyflow-graph" role="img" {size}>'
    if graph.comment:
        yield f"<title>{text(graph.comment)}</title>"
    if styled:
        yield f"<style>\n{STYLESHEET}</style>"
        yield f'<rect class="ground" width="{drawing.width}" height="{drawing.height}"/>'
    hidden = shown_with_compensation(graph)
    for layer in (False, True):
        content = [*_layer(drawing, hidden, marks, undoes=layer)]
        if content:
            yield f'<g class="{"compensation" if layer else "way"}">'
            yield from content
            yield "</g>"
    yield "</svg>"


def _layer(drawing: Drawing, hidden: Collection[Path], marks: Mapping[Path, str], *, undoes: bool) -> Iterator[str]:
    """What belongs to compensation, or what does not: frames first, then boxes from the outside in, then lines."""
    boxes = [box for box in drawing.boxes if (box.node.path in hidden) is undoes]
    frames: dict[Path, list[Frame]] = {}
    for frame in drawing.frames:
        if (frame.group.owner in hidden) is undoes:
            frames.setdefault(frame.group.owner, []).append(frame)
    for box in sorted(boxes, key=lambda box: len(box.node.path)):
        yield from _state(box, frames.get(box.node.path, ()), marks.get(box.node.path))
    for start in drawing.starts:
        if (start.state in hidden) is undoes:
            yield from _start(start)
    labels = {id(label.edge): label for label in drawing.labels}
    for line in drawing.lines:
        if (line.edge.source in hidden or line.edge.target in hidden) is undoes:
            yield from _edge(line, labels.get(id(line.edge)))


def _state(box: Box, frames: Sequence[Frame], mark: str | None) -> Iterator[str]:
    node = box.node
    classes = ["state", node.kind.lower() or "untyped", node.role.value]
    classes += [node.change.value] if node.change else []
    classes += [f"mark-{mark}"] if mark else []
    names = " ".join(re.sub(r"[^a-z0-9-]+", "-", each.lower()) for each in classes)
    yield f'<g class="{names}" id="{element_id(node.path)}" data-state="{text(node.name)}">'
    yield f"<title>{escape(_title(node))}</title>"
    yield _shape(box)
    for frame in frames:
        yield f'<rect class="frame" x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}"/>'
    yield from _texts(box)
    yield from _signs(box, mark)
    if node.ends and node.kind != "Succeed":
        x, y = box.middle, box.bottom
        yield f'<path class="from-start" d="M{x} {y}V{y + END_SIGN - 12}"/>'
        yield f'<circle class="ring" cx="{x}" cy="{y + END_SIGN - 6}" r="5"/>'
        yield f'<circle class="end" cx="{x}" cy="{y + END_SIGN - 6}" r="2.5"/>'
    yield "</g>"


def _title(node: Node) -> str:
    lines = [node.name, node.detail]
    if node.undone_by:
        lines.append(f"undone by {', '.join(node.undone_by)}")
    if node.change:
        lines.append(node.change.value)
    return "\n".join(filter(None, (visible(line) for line in lines)))


def _shape(box: Box) -> str:
    x, y, width, height = box.x, box.y, box.width, box.height
    match box.node.kind:
        case "Choice":
            cut, middle = 10, y + height / 2
            return (
                f'<path class="shape" d="M{x + cut} {y}H{box.right - cut}L{box.right} {middle:g}'
                f'L{box.right - cut} {box.bottom}H{x + cut}L{x} {middle:g}Z"/>'
            )
        case "Succeed" | "Fail":
            round_ = min(16, height // 2)
        case "Pass":
            round_ = 2
        case _:
            round_ = 6
    return f'<rect class="shape" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}"/>'


def _texts(box: Box) -> Iterator[str]:
    high = NAME_LINE * len(box.name) + DETAIL_LINE * len(box.detail)
    y = box.y + (box.head - high) // 2
    for line in box.name:
        yield f'<text x="{box.middle}" y="{y + 13}">{escape(line)}</text>'
        y += NAME_LINE
    for line in box.detail:
        yield f'<text class="detail" x="{box.middle}" y="{y + 11}">{escape(line)}</text>'
        y += DETAIL_LINE


def _signs(box: Box, mark: str | None) -> Iterator[str]:
    """What stands in the corners: that a state has an undoing, how it has changed, what became of it."""
    x = box.right - (12 if box.node.kind == "Choice" else 5)
    if box.node.undone_by:
        yield f'<text class="badge" x="{x}" y="{box.y + box.head - 5}">{UNDONE}</text>'
    if box.node.change:
        yield f'<text class="sign" x="{x}" y="{box.y + 14}">{CHANGES[box.node.change]}</text>'
    elif mark in MARKS:
        yield f'<text class="mark" x="{x}" y="{box.y + 14}">{MARKS[mark]}</text>'


def _start(start: Start) -> Iterator[str]:
    yield f'<circle class="dot" cx="{start.x}" cy="{start.y}" r="5"/>'
    yield f'<path class="from-start" d="M{start.x} {start.y}V{start.to}"/>'


def _edge(line: Line, label: Label | None) -> Iterator[str]:
    edge = line.edge
    classes = f"edge {edge.kind.value}" + (f" {edge.change.value}" if edge.change else "")
    yield f'<g class="{classes}">'
    yield f"<title>{escape(_edge_title(edge))}</title>"
    # From the end: dashes of lines that run into one lie on each other.
    yield f'<path d="{"".join(_path(piece[::-1]) for piece in reversed(_without_head(line.pieces)))}"/>'
    yield f'<path class="head" d="{_head(line.pieces[-1])}"/>'
    if label is not None:
        yield from _label(label)
    yield "</g>"


def _edge_title(edge: Edge) -> str:
    way = f"{visible(str(edge.source[-1]))} → {visible(str(edge.target[-1]))}"
    word = {Kind.CATCH: "catches ", Kind.CHOICE: "if ", Kind.DEFAULT: "", Kind.NEXT: ""}[edge.kind]
    return f"{way}\n{word}{visible(edge.label)}" if edge.label else way


def _path(points: Sequence[Point]) -> str:
    """A line of points whose corners are round."""
    made = f"M{points[0][0]} {points[0][1]}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        round_ = min(_CORNER, _distance(before, corner) // 2, _distance(corner, after) // 2)
        begin, end = _towards(corner, before, round_), _towards(corner, after, round_)
        made += f"L{begin[0]} {begin[1]}Q{corner[0]} {corner[1]} {end[0]} {end[1]}"
    return f"{made}L{points[-1][0]} {points[-1][1]}"


def _distance(a: Point, b: Point) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(point: Point, other: Point, far: int) -> Point:
    return point[0] + far * _sign(other[0] - point[0]), point[1] + far * _sign(other[1] - point[1])


def _without_head(pieces: Sequence[Sequence[Point]]) -> Sequence[Sequence[Point]]:
    """The line, which ends where its head begins."""
    (a, b), (x, y) = pieces[-1][-2], pieces[-1][-1]
    shorter = (x, y - _sign(y - b) * _HEAD) if a == x else (x - _sign(x - a) * _HEAD, y)
    return [*pieces[:-1], [*pieces[-1][:-1], shorter]]


def _head(points: Sequence[Point]) -> str:
    """The head of an arrow, its tip at the last point."""
    (a, b), (x, y) = points[-2], points[-1]
    if a == x:
        foot = y - _sign(y - b) * (_HEAD + 3)
        return f"M{x} {y}L{x - 4} {foot}H{x + 4}Z"
    foot = x - _sign(x - a) * (_HEAD + 3)
    return f"M{x} {y}L{foot} {y - 4}V{y + 4}Z"


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _label(label: Label) -> Iterator[str]:
    y = label.y + (label.height - LABEL_LINE * len(label.text)) // 2
    for line in label.text:
        yield f'<text class="label" x="{label.x + label.width // 2}" y="{y + 11}">{escape(line)}</text>'
        y += LABEL_LINE
