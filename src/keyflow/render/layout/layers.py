"""The way down of a scope in rows: which row each state stands in, and in which order, so that few lines cross.

This is Sugiyama's method (https://en.wikipedia.org/wiki/Layered_graph_drawing): edges that lead back are set aside,
each state stands a row below all that lead to it, an edge takes a place in each row that it passes, and the rows are
sorted by where their neighbours stand. Edges to one state share the places that they pass.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from keyflow import bounds
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic

_SWEEPS = 6
_LANE = 14


@dataclass(slots=True, kw_only=True)
class Element:
    """Something that has a place in a row: a state, a label, or an edge that passes. `x` is its middle."""

    row: int
    width: int
    height: int
    order: float
    passes: bool = False
    x: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An edge between states by their numbers.

    `label` is the size of its label, `style` what may share a line; one that is not ordinary is no way to take.
    """

    source: int
    target: int
    label: tuple[int, int] | None = None
    style: str = ""
    is_ordinary: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of an edge between two rows, or between two elements of one: from an element to an element.

    `begins_below` tells on which side of the first it begins, `ends_above` from which side it comes to the second one.
    """

    source: int
    target: int
    gap: int
    style: str
    begins_below: bool = True
    ends_above: bool = True


@dataclass(slots=True, kw_only=True)
class Layers:
    """Rows of elements, by their numbers: the states first, in the order given.

    `steps` are those of each link, in the order of the links, and `label` its element that stands for the label.
    `straight` are neighbours in rows that should stand below one another, the most important first.
    """

    elements: list[Element]
    rows: list[list[int]]
    steps: list[list[Step]]
    labels: list[int | None]
    spine: frozenset[int]
    neighbours: list[list[tuple[int, int]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Site:
    """A state: how large it is, how much it is worth to be on the straight way down, and whether that ends there."""

    size: tuple[int, int]
    weight: int = 1
    ends: bool = False


def layers(sites: Sequence[Site], links: Sequence[Link], first: int) -> Layers:
    """Rows for states; `first` is the number of the one to begin with.

    Raises:
        CheckError: KF120, more places are passed than can be laid out.
    """
    back = _leading_back(len(sites), links, first)
    forward = [(index, link) for index, link in enumerate(links) if index not in back]
    order = _topological(len(sites), forward)
    rank = _ranks(order, forward)
    spine = _spine(sites, order, [link for _index, link in forward if link.is_ordinary], first)
    has_label = {rank[link.source] for _index, link in forward if link.label is not None}
    row_of, count = {}, 0
    label_row = {}
    for each in range(max(rank, default=0) + 1):
        row_of[each] = count
        count += 1
        if each in has_label:
            label_row[each] = count
            count += 1
    places = _preorder(len(sites), links, back, first, spine)
    elements = [
        Element(row=row_of[rank[index]], width=site.size[0], height=site.size[1], order=places[index])
        for index, site in enumerate(sites)
    ]
    made = Layers(elements=elements, rows=[], steps=[], labels=[], spine=spine)
    shared: dict[tuple[int, int, str], int] = {}
    for index, link in enumerate(links):
        steps, label = (_way_back if index in back else _way_down)(made, link, shared, label_row, rank)
        made.steps.append(steps)
        made.labels.append(label)
        if len(elements) > bounds.DRAWN_PLACES:
            message = f"lines pass the rows of the picture at more than {bounds.DRAWN_PLACES:,} places"
            raise CheckError(Diagnostic("KF120", message))
    _sort(made, count)
    return made


def _leading_back(count: int, links: Sequence[Link], first: int) -> set[int]:
    """The links that lead back to a state that is still being visited."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for index, link in enumerate(links):
        leaving[link.source].append(index)
    back, state = set[int](), [0] * count
    for root in (first, *range(count)):
        if state[root]:
            continue
        stack = [(root, iter(leaving[root]))]
        state[root] = 1
        while stack:
            node, left = stack[-1]
            for index in left:
                target = links[index].target
                if state[target] == 1:
                    back.add(index)
                elif not state[target]:
                    state[target] = 1
                    stack.append((target, iter(leaving[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return back


_Forward = Sequence[tuple[int, Link]]


def _topological(count: int, forward: _Forward) -> list[int]:
    coming = [0] * count
    leaving: list[list[int]] = [[] for _ in range(count)]
    for _index, link in forward:
        coming[link.target] += 1
        leaving[link.source].append(link.target)
    ready = [node for node in reversed(range(count)) if not coming[node]]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for target in reversed(leaving[node]):
            coming[target] -= 1
            if not coming[target]:
                ready.append(target)
    return order


def _ranks(order: Sequence[int], forward: _Forward) -> list[int]:
    """For each state the length of the longest way to it."""
    leaving: dict[int, list[int]] = {}
    for _index, link in forward:
        leaving.setdefault(link.source, []).append(link.target)
    rank = [0] * len(order)
    for node in order:
        for target in leaving.get(node, ()):
            rank[target] = max(rank[target], rank[node] + 1)
    return rank


def _spine(sites: Sequence[Site], order: Sequence[int], links: Iterable[Link], first: int) -> frozenset[int]:
    """The states of the way from the first one to an end that weighs most: they stand straight below one another.

    Of ways of one weight it is the last: what a choice does otherwise is what it is mostly about.
    """
    leaving: dict[int, list[int]] = {}
    for link in links:
        leaving.setdefault(link.source, []).append(link.target)
    best: dict[int, tuple[bool, int]] = {}
    following: dict[int, int] = {}
    for node in reversed(order):
        best[node] = (sites[node].ends, sites[node].weight)
        for target in leaving.get(node, ()):
            weight = (best[target][0], best[target][1] + sites[node].weight)
            if weight >= best[node]:
                best[node], following[node] = weight, target
    found, node = [first], first
    while node in following:
        node = following[node]
        found.append(node)
    return frozenset(found)


def _preorder(count: int, links: Sequence[Link], back: set[int], first: int, spine: frozenset[int]) -> list[int]:
    """An order from left to right to begin with: that of the first visit, and what is on the spine comes last."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for index, link in enumerate(links):
        if index not in back:
            leaving[link.source].append(link.target)
    place, seen = [0] * count, set[int]()
    counted = 0
    for root in (first, *range(count)):
        pending = [root]
        while pending:
            node = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            counted += 1
            place[node] = counted
            pending += [target for target in leaving[node] if target in spine]
            pending += [target for target in reversed(leaving[node]) if target not in spine]
    return place


_Shared = dict[tuple[int, int, str], int]


def _element(made: Layers, row: int, size: tuple[int, int], order: float) -> int:
    made.elements.append(Element(row=row, width=size[0], height=size[1], order=order, passes=True))
    return len(made.elements) - 1


def _way_down(
    made: Layers, link: Link, shared: _Shared, label_row: Mapping[int, int], rank: Sequence[int]
) -> tuple[list[Step], int | None]:
    last = made.elements[link.target].row
    row = made.elements[link.source].row
    order = (made.elements[link.source].order + made.elements[link.target].order) / 2
    steps, at, label = [], link.source, None
    while row + 1 < last:
        row += 1
        if link.label is not None and row == label_row[rank[link.source]]:
            passed = label = _element(made, row, link.label, made.elements[link.target].order)
        else:
            key = (link.target, row, link.style)
            if key not in shared:
                shared[key] = _element(made, row, (_LANE, 0), order)
            passed = shared[key]
        steps.append(Step(source=at, target=passed, gap=row - 1, style=link.style))
        at = passed
    steps.append(Step(source=at, target=link.target, gap=row, style=link.style))
    return steps, label


def _way_back(
    made: Layers, link: Link, shared: _Shared, _label_row: Mapping[int, int], _rank: Sequence[int]
) -> tuple[list[Step], int | None]:
    bottom, top = made.elements[link.source].row, made.elements[link.target].row
    steps, at, label = [], link.source, None
    for row in range(bottom, top - 1, -1):
        key = (link.target, row, f"back {link.style}")
        if row == bottom and link.label is not None:
            passed = label = _element(made, row, link.label, -1)
        elif key in shared:
            passed = shared[key]
        else:
            passed = shared[key] = _element(made, row, (_LANE, 0), -1)
        turns = at == link.source
        steps.append(Step(source=at, target=passed, gap=row, style=link.style, begins_below=turns, ends_above=False))
        at = passed
    steps.append(Step(source=at, target=link.target, gap=top - 1, style=link.style, begins_below=False))
    return steps, label


def _sort(made: Layers, count: int) -> None:
    """Sorts the rows: each by the middle of the neighbours in the row before, downwards and upwards by turns."""
    made.rows = [[] for _ in range(count)]
    for number, element in enumerate(made.elements):
        made.rows[element.row].append(number)
    for row in made.rows:
        row.sort(key=lambda number: made.elements[number].order)
    made.neighbours = [[] for _ in range(max(0, count - 1))]
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for upper, lower in dict.fromkeys(_neighbours(made)):
        made.neighbours[made.elements[upper].row].append((upper, lower))
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    best, fewest = [list(row) for row in made.rows], _crossings(made, made.rows)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for number in range(1, count) if down else range(count - 2, -1, -1):
            _sort_row(made.rows, number, number - 1 if down else number + 1, above if down else below)
        found = _crossings(made, made.rows)
        if found < fewest:
            best, fewest = [list(row) for row in made.rows], found
    made.rows = best


def _neighbours(made: Layers) -> Iterator[tuple[int, int]]:
    for steps in made.steps:
        for step in steps:
            rows = made.elements[step.source].row, made.elements[step.target].row
            if rows[0] + 1 == rows[1]:
                yield step.source, step.target
            elif rows[1] + 1 == rows[0]:
                yield step.target, step.source


def _sort_row(rows: list[list[int]], row: int, fixed: int, neighbours: Mapping[int, Sequence[int]]) -> None:
    place = {number: index for index, number in enumerate(rows[fixed])}
    wanted: dict[int, float] = {}
    for index, number in enumerate(rows[row]):
        found = [place[each] for each in neighbours.get(number, ())]
        wanted[number] = sum(found) / len(found) if found else index
    rows[row].sort(key=lambda number: wanted[number])


def _crossings(made: Layers, rows: Sequence[Sequence[int]]) -> int:
    """How many pairs of lines cross between the rows."""
    place = {number: index for row in rows for index, number in enumerate(row)}
    count = 0
    for pairs in made.neighbours:
        seen: list[int] = []
        for _upper, lower in sorted((place[upper], place[lower]) for upper, lower in pairs):
            count += len(seen) - bisect_right(seen, lower)
            insort(seen, lower)
    return count
