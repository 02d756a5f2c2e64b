"""Where the elements of rows stand from left to right: what follows one another stands straight below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

from keyflow.render.layout.layers import Layers

_ROUNDS = 10


def place_columns(made: Layers, apart: int) -> None:
    """Gives each element its `x`, at least so far apart from its neighbours in the row; 0 is where the leftmost begins.

    Neighbours that should be straight are joined into columns. Columns stand as far left as they can, and then move
    to the middle of what leads to them and what they lead to, as far as others leave room.
    """
    column = _columns(made)
    count = max(column, default=-1) + 1
    right_of: list[dict[int, float]] = [{} for _ in range(count)]  # by column: those to the left, and how far
    left_of: list[dict[int, float]] = [{} for _ in range(count)]
    for row in made.rows:
        for left, right in pairwise(row):
            distance = (made.elements[left].width + made.elements[right].width) / 2 + apart
            a, b = column[left], column[right]
            if distance > right_of[b].get(a, 0):
                right_of[b][a] = left_of[a][b] = distance
    order = _from_left(right_of, left_of)
    x = [0.0] * count
    for each in order:
        x[each] = max((x[other] + distance for other, distance in right_of[each].items()), default=0.0)
    pulls = _pulls(made, column, count)
    for turn in range(_ROUNDS):
        for each in reversed(order) if turn % 2 == 0 else order:
            if not pulls[each]:
                continue
            wanted = sum(x[other] for other in pulls[each]) / len(pulls[each])
            low = max((x[other] + distance for other, distance in right_of[each].items()), default=-inf)
            high = min((x[other] - distance for other, distance in left_of[each].items()), default=inf)
            x[each] = max(low, min(high, wanted))
    least = min((x[column[number]] - each.width / 2 for number, each in enumerate(made.elements)), default=0.0)
    for number, element in enumerate(made.elements):
        element.x = round(x[column[number]] - least)


def _columns(made: Layers) -> Sequence[int]:
    """The column of each element, counted in the order of the elements."""
    below: dict[int, int] = {}
    above: dict[int, int] = {}
    place = {number: index for row in made.rows for index, number in enumerate(row)}
    accepted: list[list[tuple[int, int]]] = [[] for _ in made.neighbours]
    for upper, lower in _by_importance(made):
        gap = accepted[made.elements[upper].row]
        a, b = place[upper], place[lower]
        if upper in below or lower in above or any((a - c) * (b - d) < 0 for c, d in gap):
            continue
        below[upper], above[lower] = lower, upper
        gap.append((a, b))
    column, counted = [-1] * len(made.elements), 0
    for number in range(len(made.elements)):
        if number in above:
            continue
        each: int | None = number
        while each is not None:
            column[each] = counted
            each = below.get(each)
        counted += 1
    return column


def _by_importance(made: Layers) -> Iterator[tuple[int, int]]:
    """Neighbours of rows: the spine first, then edges that pass, then what has the fewest others."""
    every = [pair for pairs in made.neighbours for pair in pairs]
    degree: dict[int, int] = {}
    for upper, lower in every:
        degree[upper] = degree.get(upper, 0) + 1
        degree[lower] = degree.get(lower, 0) + 1
    spine = _spine_elements(made)

    def importance(pair: tuple[int, int]) -> tuple[int, int]:
        upper, lower = pair
        if upper in spine and lower in spine:
            return (0, 0)
        passing = made.elements[upper].passes + made.elements[lower].passes
        return (3 - passing, degree[upper] + degree[lower])

    yield from sorted(every, key=importance)


def _spine_elements(made: Layers) -> set[int]:
    """The states of the spine, and what passes between two that follow one another there."""
    found = set(made.spine)
    ranked = sorted(made.spine, key=lambda number: made.elements[number].row)
    following = set(pairwise(ranked))
    for steps in made.steps:
        if (steps[0].source, steps[-1].target) in following and steps[0].begins_below and steps[-1].ends_above:
            passed = [step.target for step in steps[:-1]]
            if not any(number in found for number in passed):
                found.update(passed)
                following.discard((steps[0].source, steps[-1].target))
    return found


def _from_left(right_of: Sequence[dict[int, float]], left_of: Sequence[dict[int, float]]) -> Sequence[int]:
    """The columns in an order in which each comes after all that stand to its left."""
    waiting = [len(each) for each in right_of]
    ready = [number for number in reversed(range(len(right_of))) if not waiting[number]]
    order = []
    while ready:
        each = ready.pop()
        order.append(each)
        for other in left_of[each]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return order


def _pulls(made: Layers, column: Sequence[int], count: int) -> Sequence[Sequence[int]]:
    """By column the columns that edges lead to and come from."""
    pulls: list[list[int]] = [[] for _ in range(count)]
    turns = [
        (step.source, step.target) for steps in made.steps for step in steps if step.begins_below != step.ends_above
    ]
    for pairs in (*made.neighbours, dict.fromkeys(turns)):
        for upper, lower in pairs:
            a, b = column[upper], column[lower]
            if a != b:
                pulls[a].append(b)
                pulls[b].append(a)
    return pulls
