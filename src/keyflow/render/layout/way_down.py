"""The way down of a scope: rows of states, the lines between them, and those that leave it to the right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Kind, Path
from keyflow.render.layout.channels import Channel, Net, channel
from keyflow.render.layout.columns import place_columns
from keyflow.render.layout.items import Item
from keyflow.render.layout.layers import Layers, Link, Site, Step, layers
from keyflow.render.layout.placed import Label, Line, Point, simplified
from keyflow.render.layout.sizes import label_of, label_size, port_height

_APART = 22
_START = 24
"""How far above the first row a scope's dot stands."""
_FAR = 1_000_000
_WORK = ("Task", "Parallel", "Map")


@dataclass(frozen=True, slots=True)
class Door:
    """Where an edge leaves the way down, or comes back to it: the points between the state and the right border."""

    edge: Edge
    points: tuple[Point, ...]


@dataclass(slots=True, kw_only=True)
class WayDown:
    """The way down, placed. `doors` are the edges that leave it and come back, by what they lead from and to."""

    items: list[Item]
    width: int = 0
    height: int = 0
    top: int = 6
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    exits: list[Door] = field(default_factory=list)
    entries: dict[Path, tuple[Point, ...]] = field(default_factory=dict)


def way_down(items: list[Item], edges: Sequence[Edge], start: Path | None) -> WayDown:
    """Places the states of the way down of a scope, and draws the edges between them."""
    placed = WayDown(items=items)
    if not items:
        return placed
    number = {item.node.path: index for index, item in enumerate(items)}
    inner = [edge for edge in edges if edge.source in number and edge.target in number]
    texts = [label_of(edge) for edge in inner]
    links = [
        Link(
            source=number[edge.source],
            target=number[edge.target],
            label=label_size(text),
            style="catch" if edge.kind is Kind.CATCH else "",
            is_ordinary=edge.kind is not Kind.CATCH,
        )
        for edge, text in zip(inner, texts, strict=True)
    ]
    first = number.get(start, 0) if start is not None else 0
    sites = [Site((item.width, item.room), 2 if item.node.kind in _WORK else 1, item.node.ends) for item in items]
    made = layers(sites, links, first)
    place_columns(made, _APART)
    leaving = [edge for edge in edges if edge.source in number and edge.target not in number]
    returning = list(
        dict.fromkeys(edge.target for edge in edges if edge.target in number and edge.source not in number)
    )
    sides = _sides(made, items, leaving, returning, number)
    _Placing(placed, made, sides, number).run(inner, texts, leaving, returning)
    return placed


@dataclass(slots=True)
class _Sides:
    """What goes through the right side of a state, by its number: edges, and None for those that come back to it."""

    ports: dict[int, list[Edge | None]]


def _sides(
    made: Layers, items: Sequence[Item], leaving: Iterable[Edge], returning: Iterable[Path], number: Mapping[Path, int]
) -> _Sides:
    """The lines at the right sides of the last states of rows; those of other states leave by the channels."""
    last = {row[-1] for row in made.rows if row}
    ports: dict[int, list[Edge | None]] = {}
    for target in returning:
        if number[target] in last:
            ports.setdefault(number[target], []).append(None)
    for edge in leaving:
        if number[edge.source] in last:
            ports.setdefault(number[edge.source], []).append(edge)
    for index, found in ports.items():
        items[index].make_room(found)
        made.elements[index].height = items[index].room
    return _Sides(ports)


_Key = tuple[str, int]


class _Placing:
    """Gives the rows their heights, and the lines their points."""

    def __init__(self, placed: WayDown, made: Layers, sides: _Sides, number: Mapping[Path, int]) -> None:
        self._placed, self._made, self._sides, self._number = placed, made, sides, number
        self._elements = made.elements
        self._nets: dict[int, dict[_Key, Net]] = {}
        self._offsets: dict[tuple[int, _Key], int] = {}
        self._row_top: list[int] = []
        self._row_height = [max((made.elements[each].height for each in row), default=0) for row in made.rows]
        self._has_one_target: set[tuple[int, _Key]] = set()

    def run(
        self,
        inner: Sequence[Edge],
        texts: Sequence[Sequence[str]],
        leaving: Sequence[Edge],
        returning: Sequence[Path],
    ) -> None:
        placed, made = self._placed, self._made
        by_channel = [edge for edge in leaving if self._number[edge.source] not in self._sides.ports]
        into_channel = [path for path in returning if self._number[path] not in self._sides.ports]
        self._collect(by_channel, into_channel)
        bottom = self._stack()
        for index, item in enumerate(placed.items):
            element = self._elements[index]
            item.x, item.y = element.x - item.width // 2, self._row_top[element.row]
        placed.width = max(element.x + (element.width + 1) // 2 for element in self._elements)
        placed.height = bottom
        for number, (edge, text) in enumerate(zip(inner, texts, strict=True)):
            self._draw(edge, text, made.steps[number], made.labels[number])
        self._open_doors(by_channel, into_channel)

    def _collect(self, by_channel: Sequence[Edge], into_channel: Sequence[Path]) -> None:
        """The nets of each channel."""
        targets: dict[tuple[int, _Key], set[int]] = {}
        for steps in self._made.steps:
            for step in steps:
                targets.setdefault((step.gap, _source(step)), set()).add(step.target)
        self._has_one_target = {key for key, found in targets.items() if len(found) == 1}
        ends: dict[tuple[int, _Key], tuple[set[int], set[int], int]] = {}
        for steps in self._made.steps:
            for step in steps:
                key = step.gap, self._key(step)
                above, below, _begin = ends.setdefault(key, (set(), set(), self._x(step.source)))
                (above if step.begins_below else below).add(self._x(step.source))
                (below if step.ends_above else above).add(self._x(step.target))
        for (gap, name), (above, below, begin) in ends.items():
            net = Net(above=tuple(sorted(above)), below=tuple(sorted(below)), begin=begin)
            self._nets.setdefault(gap, {})[name] = net
        for count, edge in enumerate(by_channel):
            x, row = self._exit_x(edge), self._elements[self._number[edge.source]].row
            net = Net(above=(x,), begin=x, beyond=True, room=port_height(edge) + 2)
            self._nets.setdefault(row, {})[("exit", count)] = net
        for path in into_channel:
            index = self._number[path]
            net = Net(below=(self._x(index),), begin=_FAR - self._x(index), beyond=True)
            self._nets.setdefault(self._elements[index].row - 1, {})[("entry", index)] = net

    def _key(self, step: Step) -> _Key:
        """What shares a line in a channel: all that leaves an element on one side, or all that leads to one alone."""
        leads_on = step.begins_below and step.ends_above and (step.gap, _source(step)) in self._has_one_target
        return (f"into {step.style}", step.target) if leads_on else _source(step)

    def _x(self, element: int) -> int:
        return self._elements[element].x

    def _exit_x(self, edge: Edge) -> int:
        element = self._elements[self._number[edge.source]]
        return element.x + element.width // 2 - 14

    def _stack(self) -> int:
        """Puts the rows below one another, with the channels between; gives back where the last one ends."""
        y = _START
        for gap in range(-1, len(self._made.rows)):
            if gap >= 0:
                self._row_top.append(y)
                y += self._row_height[gap]
            nets = self._nets.get(gap, {})
            is_last = gap == len(self._made.rows) - 1
            found = channel(list(nets.values())) if nets else Channel(0 if is_last or gap < 0 else 28, ())
            for key, offset in zip(nets, found.offsets, strict=True):
                self._offsets[gap, key] = y + offset
            y += found.height
        return y

    def _draw(self, edge: Edge, text: Sequence[str], steps: Sequence[Step], label: int | None) -> None:
        pieces: list[list[Point]] = [[]]
        for step in steps:
            y = self._offsets[step.gap, self._key(step)]
            begin, end = self._x(step.source), self._x(step.target)
            pieces[-1].append((begin, self._side(step.source, below=step.begins_below)))
            if begin != end or step.begins_below is not step.ends_above:
                pieces[-1] += [(begin, y), (end, y)]
            pieces[-1].append((end, self._side(step.target, below=not step.ends_above)))
            if step.target == label:
                width, height = self._elements[label].width, self._label_height(text)
                top = self._row_top[self._elements[label].row]
                self._placed.labels.append(
                    Label(edge=edge, x=end - width // 2, y=top, width=width, height=height, text=text)
                )
                if step.ends_above:
                    pieces.append([(end, top + height)])
                else:
                    pieces[-1].append((end, top + height))
                    pieces.append([(end, top)])
        self._placed.lines.append(Line(edge=edge, pieces=tuple(simplified(piece) for piece in pieces)))

    @staticmethod
    def _label_height(text: Sequence[str]) -> int:
        size = label_size(text)
        return size[1] if size else 0

    def _side(self, element: int, *, below: bool) -> int:
        """The `y` of the upper or lower side of an element; what passes reaches through its row."""
        row = self._elements[element].row
        top = self._row_top[row]
        if not below:
            return top
        if element < len(self._placed.items):
            return top + self._placed.items[element].height
        return top + self._row_height[row]

    def _open_doors(self, by_channel: Sequence[Edge], into_channel: Sequence[Path]) -> None:
        placed = self._placed
        right = placed.width
        for index, ports in self._sides.ports.items():
            item = placed.items[index]
            for edge, y in zip(ports, item.ports(ports), strict=True):
                if edge is None:
                    placed.entries[item.node.path] = ((right, y), (item.right, y))
                else:
                    placed.exits.append(Door(edge, ((item.right, y),)))
        for count, edge in enumerate(by_channel):
            item = placed.items[self._number[edge.source]]
            y = self._offsets[self._elements[self._number[edge.source]].row, ("exit", count)]
            x = self._exit_x(edge)
            placed.exits.append(Door(edge, ((x, item.bottom), (x, y), (right, y))))
        for path in into_channel:
            index = self._number[path]
            item = placed.items[index]
            y = self._offsets[self._elements[index].row - 1, ("entry", index)]
            placed.entries[path] = ((right, y), (item.middle, y), (item.middle, item.y))


def _source(step: Step) -> _Key:
    """The element and its side that a step begins at."""
    return ("below" if step.begins_below else "above"), step.source
