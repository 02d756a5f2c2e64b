"""Whatever a definition is like: nothing lies on anything, and every line begins and ends where it should."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyflow.check import definitions_of
from keyflow.diagnostics import CheckError
from keyflow.render import Graph, graph
from keyflow.render.layout import Box, Drawing, Line, layout
from tests.random_graphs import RandomGraph

ROOT = Path(__file__).parents[3]
FILES = [
    *sorted((ROOT / "build").glob("*.asl.json")),
    *sorted((ROOT / "tests" / "render" / "foreign").iterdir()),
    *sorted((ROOT / "tests" / "handwritten").glob("*.asl.json")),
    *sorted((ROOT / "tests" / "golden").rglob("*.asl.json")),
]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom."""
Segment = tuple[tuple[int, int], tuple[int, int]]


def of_file(file: Path) -> Any:
    (found,) = definitions_of(file)
    return found.document


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_definition_of_the_repository_is_laid_out_well(file: Path) -> None:
    for compensation in (True, False):
        drawn = graph(of_file(file), compensation=compensation)
        check(drawn, layout(drawn))


@settings(deadline=None)
@given(seed=st.integers(0, 100_000))
@example(seed=29_956)  # lines to a wide state from above it and from below
def test_every_random_definition_is_laid_out_well(seed: int) -> None:
    drawn = graph(RandomGraph(Random(seed)).definition)
    check(drawn, layout(drawn))


@settings(deadline=None)
@given(seed=st.integers(0, 100_000))
def test_the_same_graph_is_laid_out_the_same(seed: int) -> None:
    definition = RandomGraph(Random(seed)).definition
    assert layout(graph(definition)) == layout(graph(json.loads(json.dumps(definition))))


def check(drawn: Graph, drawing: Drawing) -> None:
    every_state_and_edge_is_there_once(drawn, drawing)
    boxes_overlap_nothing(drawing)
    lines_begin_and_end_at_their_boxes(drawing)
    lines_cross_no_box(drawing)
    lines_lie_on_no_other(drawing)
    labels_lie_on_nothing(drawing)
    everything_is_inside(drawing)


def every_state_and_edge_is_there_once(drawn: Graph, drawing: Drawing) -> None:
    assert sorted(map(repr, (box.node for box in drawing.boxes))) == sorted(map(repr, drawn.nodes))
    assert sorted(map(repr, (line.edge for line in drawing.lines))) == sorted(map(repr, drawn.edges))
    assert sorted(map(repr, (frame.group for frame in drawing.frames))) == sorted(map(repr, drawn.groups))


def boxes_overlap_nothing(drawing: Drawing) -> None:
    for one, other in combinations(drawing.boxes, 2):
        if is_inside(one, other) or is_inside(other, one):
            outer, inner = (other, one) if is_inside(one, other) else (one, other)
            frames = [
                each
                for each in drawing.frames
                if is_around(each.group.path, inner) and each.group.owner == outer.node.path
            ]
            assert [
                each
                for each in frames
                if contains((each.x, each.y, each.x + each.width, each.y + each.height), rectangle(inner))
            ]
            assert contains(rectangle(outer), rectangle(inner))
        else:
            assert not overlap(rectangle(one), rectangle(other)), (one.node.path, other.node.path)


def lines_begin_and_end_at_their_boxes(drawing: Drawing) -> None:
    boxes = {box.node.path: box for box in drawing.boxes}
    for line in drawing.lines:
        points = [point for piece in line.pieces for point in piece]
        assert on_border(points[0], boxes[line.edge.source]), line.edge
        assert on_border(points[-1], boxes[line.edge.target]), line.edge
        for piece in line.pieces:
            assert len(piece) > 1
            assert all((a[0] == b[0]) != (a[1] == b[1]) for a, b in pairwise(piece)), line.edge


def lines_cross_no_box(drawing: Drawing) -> None:
    for line in drawing.lines:
        around = line.edge.source[:-1]
        for a, b in segments(line):
            for box in drawing.boxes:
                if box.node.path == around[: len(box.node.path)]:
                    continue
                assert not passes(a, b, rectangle(box)), (line.edge, box.node.path)


def lines_lie_on_no_other(drawing: Drawing) -> None:
    """Lines share a way where they come from one state or lead to one, and cross otherwise."""
    for one, other in combinations(drawing.lines, 2):
        if one.edge.source == other.edge.source or one.edge.target == other.edge.target:
            continue
        for first in segments(one):
            for second in segments(other):
                assert not runs_on(first, second), (one.edge, other.edge)


def runs_on(first: Segment, second: Segment) -> bool:
    """Whether two lines lie on each other for more than a point."""
    (a, b), (c, d) = first, second
    for across, along in ((0, 1), (1, 0)):
        if a[across] == b[across] == c[across] == d[across]:
            low, high = (
                max(min(a[along], b[along]), min(c[along], d[along])),
                min(max(a[along], b[along]), max(c[along], d[along])),
            )
            return low < high
    return False


def labels_lie_on_nothing(drawing: Drawing) -> None:
    labels = [(each.edge, (each.x, each.y, each.x + each.width, each.y + each.height)) for each in drawing.labels]
    for (edge, one), (_edge, other) in combinations(labels, 2):
        assert not overlap(one, other), edge
    for edge, label in labels:
        for box in drawing.boxes:
            if box.node.path != edge.source[: len(box.node.path)][: len(box.node.path)] or box.node.path == edge.source:
                assert not overlap(label, rectangle(box)), (edge, box.node.path)
        own = [line for line in drawing.lines if line.edge == edge]
        assert not [each for line in own for each in segments(line) if passes(*each, label)], edge


def everything_is_inside(drawing: Drawing) -> None:
    picture = (0, 0, drawing.width, drawing.height)
    for box in drawing.boxes:
        assert contains(picture, rectangle(box))
    for label in drawing.labels:
        assert contains(picture, (label.x, label.y, label.x + label.width, label.y + label.height))
    for line in drawing.lines:
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for piece in line.pieces for x, y in piece)


def rectangle(box: Box) -> Rectangle:
    return box.x, box.y, box.right, box.bottom


def is_inside(inner: Box, outer: Box) -> bool:
    return len(inner.node.path) > len(outer.node.path) and is_around(outer.node.path, inner)


def is_around(path: Sequence[str | int], inner: Box) -> bool:
    return inner.node.path[: len(path)] == tuple(path)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def contains(outer: Rectangle, inner: Rectangle) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def on_border(point: tuple[int, int], box: Box) -> bool:
    x, y = point
    at_a_side = x in (box.x, box.right) and box.y <= y <= box.bottom
    above_or_below = y in (box.y, box.bottom) and box.x <= x <= box.right
    return at_a_side or above_or_below


def segments(line: Line) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for piece in line.pieces:
        yield from pairwise(piece)


def passes(a: tuple[int, int], b: tuple[int, int], box: Rectangle) -> bool:
    """Whether a line goes through the inside of a box."""
    low_x, high_x, low_y, high_y = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
    return low_x < box[2] and high_x > box[0] and low_y < box[3] and high_y > box[1]


def test_what_is_too_large_is_not_drawn() -> None:
    def jumps(size: int) -> dict[str, Any]:
        names = [f"S{number}" for number in range(size)]
        targets = [[names[(number + each) % size] for each in (1, size // 3)] for number in range(size)]
        states = {
            name: {"Type": "Choice", "Choices": [{"Condition": "a", "Next": each} for each in found]}
            for name, found in zip(names, targets, strict=True)
        }
        return {"StartAt": "S0", "States": states}

    assert layout(graph(jumps(60))).height > 0
    with pytest.raises(CheckError, match=r"KF120.*more than 50,000 places"):
        layout(graph(jumps(700)))
    with pytest.raises(CheckError, match=r"KF120.*5,001 states"):
        graph(jumps(5_001))
