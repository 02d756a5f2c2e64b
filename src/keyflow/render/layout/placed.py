"""What a layout is made of: boxes of states, frames around scopes, lines of edges, and their labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Group, Node, Path

Point = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state: its upper left corner, its size, and the lines of its name and of what it does.

    `head` is how high the part with the texts is: the rest of it are scopes. `end_at` is how far below the box the sign
    for an end stands; 0 where it is none.
    """

    node: Node
    x: int
    y: int
    width: int
    height: int
    head: int
    name: Sequence[str]
    detail: Sequence[str]

    @property
    def right(self) -> int:
        """Where it ends to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Where it ends below."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """Its middle, from left to right."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A scope inside a state."""

    group: Group
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An edge: one line of points, or two, with its label between them. The last point is at the box it leads to."""

    edge: Edge
    pieces: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The label of an edge: the room for it, and the lines of its text."""

    edge: Edge
    x: int
    y: int
    width: int
    height: int
    text: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The dot that a scope begins with, and the line from there to a state."""

    state: Path
    x: int
    y: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A layout. Everything lies between 0 and its width and height."""

    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    frames: tuple[Frame, ...] = ()
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    starts: tuple[Start, ...] = ()

    def moved(self, x: int, y: int) -> Drawing:
        """The same, somewhere else."""
        return Drawing(
            width=self.width,
            height=self.height,
            boxes=tuple([replace(each, x=each.x + x, y=each.y + y) for each in self.boxes]),
            frames=tuple([replace(each, x=each.x + x, y=each.y + y) for each in self.frames]),
            lines=tuple(
                [
                    replace(each, pieces=tuple([tuple([(a + x, b + y) for a, b in piece]) for piece in each.pieces]))
                    for each in self.lines
                ]
            ),
            labels=tuple([replace(each, x=each.x + x, y=each.y + y) for each in self.labels]),
            starts=tuple([replace(each, x=each.x + x, y=each.y + y, to=each.to + y) for each in self.starts]),
        )


def simplified(points: Iterable[Point]) -> tuple[Point, ...]:
    """Without the points that a straight line passes."""
    found: list[Point] = []
    for point in points:
        if found and found[-1] == point:
            continue
        if len(found) > 1 and _is_straight(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    return tuple(found)


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    return (a[0] == b[0] == c[0]) or (a[1] == b[1] == c[1])
