"""The lines between two rows: which of them runs above which, so that none lies on another one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from keyflow.dataclass import dataclass

TRACK = 10
_TOP, _BOTTOM, _EMPTY = 12, 16, 28
_NEAR = 6
"""What is nearer than this would look like one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A line in a channel: down from a row, or up to one, along, and on to one place or several.

    Attributes:
        above: Where it meets the row above, by `x`.
        below: Where it meets the row below.
        begin: The `x` that it comes from.
        beyond: Whether it runs on to the right, or comes from there.
        room: How high it is: a label takes more than a line.
    """

    above: tuple[int, ...] = ()
    below: tuple[int, ...] = ()
    begin: int = 0
    beyond: bool = False
    room: int = TRACK

    @property
    def is_straight(self) -> bool:
        """Whether it needs no track."""
        return not self.beyond and len({*self.above, *self.below}) == 1

    @property
    def span(self) -> tuple[float, float]:
        """From where to where it runs."""
        every = (*self.above, *self.below)
        return min(every), float("inf") if self.beyond else max(every)


@dataclass(frozen=True, slots=True)
class Channel:
    """How high a channel is, and how far below its top each net runs; 0 for those that are straight."""

    height: int
    offsets: Sequence[int]


def channel(nets: Sequence[Net]) -> Channel:
    """Where the nets of a channel run.

    Of two that lead to the right, the one from further right runs above the other, and does not cross it. A line that
    comes down right above the place where another one goes down must turn before it.
    """
    bent = [number for number, net in enumerate(nets) if not net.is_straight]
    if not bent:
        return Channel(_EMPTY, [0] * len(nets))
    ports = sorted((x, number) for number in bent for x in nets[number].above)
    before = {number: _must_be_above(number, ports, nets) for number in bent}
    track: dict[int, int] = {}
    spans: list[list[tuple[float, float]]] = []
    left = sorted(bent, key=lambda number: _preference(nets[number]))
    while left:
        chosen = next((each for each in left if before[each] <= track.keys()), left[0])
        left.remove(chosen)
        least = max((track[other] + 1 for other in before[chosen] if other in track), default=0)
        low, high = nets[chosen].span
        while least < len(spans) and any(low < b + 2 * _NEAR and a - 2 * _NEAR < high for a, b in spans[least]):
            least += 1
        if least >= len(spans):
            spans += [[] for _ in range(least - len(spans) + 1)]
        spans[least].append((low, high))
        track[chosen] = least
    rooms = [
        max((nets[each].room for each in bent if track[each] == number), default=0) for number in range(len(spans))
    ]
    tops = [_TOP + sum(rooms[:number]) for number in range(len(rooms))]
    offsets = [0] * len(nets)
    for number in bent:
        offsets[number] = tops[track[number]] + rooms[track[number]] // 2
    return Channel(_TOP + sum(rooms) + _BOTTOM, offsets)


def _preference(net: Net) -> tuple[bool, float]:
    low, high = net.span
    leads_right = high - net.begin >= net.begin - low
    return leads_right, -net.begin if leads_right else net.begin


def _must_be_above(number: int, ports: Sequence[tuple[int, int]], nets: Sequence[Net]) -> set[int]:
    """The nets that come down where this one goes on down; `ports` are where all come down, with their numbers."""
    found: set[int] = set()
    for x in nets[number].below:
        at = bisect_right(ports, (x - _NEAR, len(nets)))
        while at < len(ports) and ports[at][0] < x + _NEAR:
            found.add(ports[at][1])
            at += 1
    return found - {number}
