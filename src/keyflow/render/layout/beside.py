"""What errors lead to: a column beside the way down, and lanes to its left and to its right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from keyflow.dataclass import dataclass
from keyflow.render.graphs import Edge, Path
from keyflow.render.layout.items import Item
from keyflow.render.layout.placed import Label, Line, Point, simplified
from keyflow.render.layout.sizes import label_of, label_size
from keyflow.render.layout.way_down import Door, WayDown
from keyflow.render.order import in_order

_LANE = 10
_BEFORE_LANES, _AFTER_LANES = 8, 22
_GAP, _STRAIGHT_GAP = 18, 30
_ROOM_ABOVE = 60
_CLOSE = 6
"""How near two lines may run side by side."""


@dataclass(slots=True, kw_only=True)
class Beside:
    """The column, placed, with all edges that begin or end in it."""

    items: list[Item]
    right: int = 0
    bottom: int = 0
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def beside(down: WayDown, items: Sequence[Item], edges: Sequence[Edge]) -> Beside:
    """Places a column to the right of the way down, and draws what leads to it, in it, and back from it."""
    if not items:
        return Beside(items=[])
    inside = {item.node.path for item in items}
    own = [edge for edge in edges if edge.source in inside and edge.target in inside]
    back = [edge for edge in edges if edge.source in inside and edge.target not in inside]
    column = Beside(items=_ordered(items, own, down.exits))
    _Column(down, column).run(own, back)
    return column


def _ordered(items: Sequence[Item], own: Sequence[Edge], exits: Sequence[Door]) -> list[Item]:
    """The states from the top: what the way down leads to first begins the column."""
    by_path = {item.node.path: item for item in items}
    wanted = [door.edge.target for door in sorted(exits, key=lambda door: door.points[-1][1])]
    return [by_path[node.path] for node in in_order((item.node for item in items), own, wanted)]


@dataclass(slots=True)
class _Lane:
    """All that leads to one state by one side: where lines come to it, and where they end."""

    target: Path
    ys: list[int]
    end: int
    x: int = 0


class _Column:
    """Gives the states of a column their places, and the edges their points."""

    def __init__(self, down: WayDown, column: Beside) -> None:
        self._down, self._column = down, column
        self._item = {item.node.path: item for item in column.items}
        self._taken = [points[0][1] for points in down.entries.values()]

    def run(self, own: Sequence[Edge], back: Sequence[Edge]) -> None:
        straight = self._straight(own)
        others = [edge for edge in own if straight.get(edge.target) is not edge]
        around = [edge for edge in others if label_of(edge)]
        left = [*back, *(edge for edge in others if not label_of(edge))]
        self._make_room(around, left)
        self._stack(straight)
        doors = self._label_doors()
        left_doors = self._leave_left(left)
        entries = self._enter_left([*doors, *left_doors])
        lanes = self._lanes([*doors, *left_doors], entries)
        labels_end = max([label.x + label.width for label in self._column.labels] + [self._down.width])
        begin = labels_end + _BEFORE_LANES
        x = max(begin, _spread(lanes.values(), lambda _lane: begin)) + _AFTER_LANES
        for item in self._column.items:
            item.x = x
        self._connect(doors, lanes)
        self._connect_left(left_doors, lanes)
        for edge in straight.values():
            self._draw_straight(edge)
        self._column.right = max(item.right for item in self._column.items)
        self._draw_around(around)
        self._column.bottom = max(item.y + item.room for item in self._column.items)

    # Where the states stand.

    def _straight(self, own: Sequence[Edge]) -> Mapping[Path, Edge]:
        """Each state's edge from the state right above it, if there is one."""
        between: dict[tuple[Path, Path], Edge] = {}
        for edge in own:
            between.setdefault((edge.source, edge.target), edge)
        pairs = pairwise(item.node.path for item in self._column.items)
        return {pair[1]: between[pair] for pair in pairs if pair in between}

    def _make_room(self, around: Sequence[Edge], left: Sequence[Edge]) -> None:
        ports: dict[Path, list[Edge | None]] = {}
        for edge in around:
            ports.setdefault(edge.source, []).append(edge)
        for target in {edge.target for edge in around}:
            ports.setdefault(target, []).append(None)
        for path, found in ports.items():
            self._item[path].make_room(found)
        for edge in left:
            self._item[edge.source].make_room([None, None])

    def _stack(self, straight: Mapping[Path, Edge]) -> None:
        """As high as what leads to a state, where there is room; the column ends with the way down if it can."""
        gaps = [self._gap(item, straight) for item in self._column.items]
        wanted: dict[Path, int] = {}
        for door in self._down.exits:
            y = door.points[-1][1]
            wanted[door.edge.target] = min(wanted.get(door.edge.target, y), y)
        rest = sum(item.room for item in self._column.items) + sum(gaps[1:])
        end = max(self._down.height, rest)
        y = 0
        for item, gap in zip(self._column.items, gaps, strict=True):
            latest = end - rest
            y += gap if item is not self._column.items[0] else 0
            if item is not self._column.items[0]:
                rest -= gap
                latest = end - rest
            level = wanted.get(item.node.path, 0) - item.head // 2
            y = max(y, min(level, latest))
            item.y = y
            y += item.room
            rest -= item.room

    def _gap(self, item: Item, straight: Mapping[Path, Edge]) -> int:
        above = straight.get(item.node.path)
        if above is None:
            return _GAP
        size = label_size(label_of(above))
        return _STRAIGHT_GAP + (size[1] if size else 0)

    # What comes from the left, and goes back there.

    def _label_doors(self) -> list[Door]:
        """The edges that leave the way down, each to where its label ends."""
        doors = []
        for door in self._down.exits:
            x, y = door.points[-1]
            self._taken.append(y)
            doors.append(Door(door.edge, (*door.points, (self._label(door.edge, x, y), y))))
        return doors

    def _label(self, edge: Edge, x: int, y: int) -> int:
        """Writes the label of an edge into its line to the right; gives back where that goes on."""
        text = label_of(edge)
        size = label_size(text)
        if size is None:
            return x
        width, height = size
        label = Label(edge=edge, x=x + 12, y=y - height // 2, width=width, height=height, text=text)
        self._column.labels.append(label)
        return label.x + width

    def _leave_left(self, left: Sequence[Edge]) -> list[Door]:
        """The edges that leave their states to the left: to the way down, or to others of the column."""
        doors = []
        for edge in left:
            item = self._item[edge.source]
            y = self._free(item)
            self._taken.append(y)
            doors.append(Door(edge, ((0, y),)))
        return doors

    def _enter_left(self, doors: Sequence[Door]) -> Mapping[Path, int]:
        """At which height lines come to each state: straight on from one that leads to it, if it can be."""
        levels_of: dict[Path, list[int]] = {door.edge.target: [] for door in doors if door.edge.target in self._item}
        for door in doors:
            if door.edge.target in levels_of and door.edge.target != door.edge.source:
                levels_of[door.edge.target].append(door.points[-1][1])
        entries: dict[Path, int] = {}
        for path, levels in levels_of.items():
            item = self._item[path]
            middle = item.y + item.head // 2
            inside = [y for y in levels if item.y + 8 <= y <= item.y + item.head - 8]
            if inside:
                entries[path] = min(inside, key=lambda y: abs(y - middle))
            else:
                entries[path] = self._free(item)
                self._taken.append(entries[path])
        return entries

    def _free(self, item: Item) -> int:
        """A height in a state's head at which no line runs, near its middle."""
        middle = item.y + item.head // 2
        levels = sorted(range(item.y + 6, item.y + item.head - 5), key=lambda y: (abs(y - middle), y))
        near = [y for y in self._taken if item.y < y < item.y + item.head]
        return next((y for y in levels if all(abs(y - each) >= _CLOSE for each in near)), middle)

    def _lanes(self, doors: Sequence[Door], entries: Mapping[Path, int]) -> Mapping[Path, _Lane]:
        lanes: dict[Path, _Lane] = {}
        for door in doors:
            path = door.edge.target
            end = entries[path] if path in entries else self._down.entries[path][0][1]
            lane = lanes.setdefault(path, _Lane(path, [end], end))
            lane.ys.append(door.points[-1][1])
        return lanes

    def _connect(self, doors: Sequence[Door], lanes: Mapping[Path, _Lane]) -> None:
        for door in doors:
            item, lane = self._item[door.edge.target], lanes[door.edge.target]
            x, y = door.points[-1]
            rest: list[Point] = [(x, y), (lane.x, y), (lane.x, lane.end), (item.x, lane.end)]
            self._line(door.edge, door.points[:-1], rest)

    def _line(self, edge: Edge, before: Sequence[Point], after: Sequence[Point]) -> None:
        """A line that is interrupted by its label, if it has one."""
        if label_of(edge):
            x, y = before[-1]
            pieces = [[*before, (x + 12, y)], after]
        else:
            pieces = [[*before, *after]]
        self._column.lines.append(Line(edge=edge, pieces=tuple(simplified(piece) for piece in pieces)))

    def _connect_left(self, doors: Sequence[Door], lanes: Mapping[Path, _Lane]) -> None:
        for door in doors:
            source, lane = self._item[door.edge.source], lanes[door.edge.target]
            target = self._item.get(door.edge.target)
            y = door.points[0][1]
            end = ((target.x, lane.end),) if target is not None else self._down.entries[door.edge.target]
            points = [(source.x, y), (lane.x, y), (lane.x, lane.end), *end]
            self._column.lines.append(Line(edge=door.edge, pieces=(simplified(points),)))

    # What stays in the column.

    def _draw_straight(self, edge: Edge) -> None:
        upper, lower = self._item[edge.source], self._item[edge.target]
        x = upper.x + min(upper.width, lower.width, 116) // 2
        text = label_of(edge)
        size = label_size(text)
        if size is None:
            pieces: tuple[tuple[Point, ...], ...] = (((x, upper.bottom), (x, lower.y)),)
        else:
            width, height = size
            top = lower.y - 18 - height
            label = Label(edge=edge, x=max(upper.x, x - width // 2), y=top, width=width, height=height, text=text)
            self._column.labels.append(label)
            pieces = (((x, upper.bottom), (x, top)), ((x, top + height), (x, lower.y)))
        self._column.lines.append(Line(edge=edge, pieces=pieces))

    def _draw_around(self, around: Sequence[Edge]) -> None:
        """The edges that pass others of the column, in lanes to its right."""
        sides: dict[Path, list[Edge | None]] = {}
        for target in dict.fromkeys(edge.target for edge in around):
            sides.setdefault(target, []).append(None)
        for edge in around:
            sides.setdefault(edge.source, []).append(edge)
        doors: list[tuple[Edge, int, int]] = []
        lanes: dict[Path, _Lane] = {}
        for path, ports in sides.items():
            item = self._item[path]
            for port, y in zip(ports, item.ports(ports), strict=True):
                if port is None:
                    lanes[path] = _Lane(path, [y], y)
                else:
                    doors.append((port, y, self._label(port, item.right, y)))
        for edge, y, _x in doors:
            lanes[edge.target].ys.append(y)
        used = _spread(lanes.values(), self._free_to_the_right)
        for edge, y, x in doors:
            source, led_to, lane = self._item[edge.source], self._item[edge.target], lanes[edge.target]
            comes_from_above = lane.x < led_to.right
            end = [(lane.x, led_to.y)] if comes_from_above else [(lane.x, lane.end), (led_to.right, lane.end)]
            self._line(edge, [(source.right, y)], [(x, y), (lane.x, y), *end])
        self._column.right = max(self._column.right, used)

    def _free_to_the_right(self, lane: _Lane) -> int:
        """From where on a lane passes by all that stands at its height, but for the state itself that it leads to."""
        low, high = min(lane.ys), max(lane.ys)
        target = self._item[lane.target]
        passed = [item.right for item in self._column.items if item.y < high and item.bottom > low and item != target]
        passed += [each.x + each.width for each in self._column.labels if each.y < high and each.y + each.height > low]
        begin = max(passed, default=0) + _BEFORE_LANES
        comes_from_above = min(lane.ys) < max(lane.ys) == lane.end
        fits = comes_from_above and target.right > begin + _ROOM_ABOVE
        return begin if fits else max(begin, target.right + _BEFORE_LANES)


def _spread(lanes: Iterable[_Lane], begin: Callable[[_Lane], int]) -> int:
    """Gives lanes their `x`, each from `begin` on, so that none lies on another one; gives back the last of them."""
    placed: list[tuple[int, int, int]] = []
    for lane in sorted(lanes, key=lambda each: (min(each.ys), max(each.ys))):
        low, high = min(lane.ys) - 2 * _CLOSE, max(lane.ys) + 2 * _CLOSE
        lane.x = begin(lane)
        for x in sorted(x for x, above, below in placed if above < high and below > low):
            if abs(lane.x - x) < _LANE:
                lane.x = x + _LANE
        placed.append((lane.x, min(lane.ys), max(lane.ys)))
    return max((x for x, _above, _below in placed), default=0)
