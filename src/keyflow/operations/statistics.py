"""What many measurements come to: percentiles, a histogram, and whether two sets of them differ by more than chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from keyflow.dataclass import dataclass

PERCENTILES = (50, 90, 95, 99)
SIGNIFICANT = 0.01
"""How rarely chance alone may say that one set is slower: once in a hundred comparisons."""
FEWEST = 20
"""Measurements of each set that a verdict takes: with fewer, U is not near enough to a normal distribution.

Source: https://doi.org/10.1214/aoms/1177730491 (Mann and Whitney found it near from 8 on, without ties)
"""
_BARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Measurements in short. `percentiles` holds the value that so many percent of them do not exceed."""

    count: int
    least: float
    most: float
    mean: float
    percentiles: Mapping[int, float]

    @property
    def median(self) -> float:
        """What half of them do not exceed."""
        return self.percentiles[50]


def summary(values: Sequence[float]) -> Summary:
    """The summary of at least one measurement."""
    ordered = sorted(values)
    return Summary(
        count=len(ordered),
        least=ordered[0],
        most=ordered[-1],
        mean=math.fsum(ordered) / len(ordered),
        percentiles={percent: percentile(ordered, percent) for percent in PERCENTILES},
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of sorted measurements that at least so many percent do not exceed: one that was measured.

    It is the first definition of https://doi.org/10.1080/00031305.1996.10473566, that of the nearest rank.
    """
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many measurements lie from `start` on and below `end`; the last one has no end."""

    start: float
    end: float | None
    count: int


def histogram(values: Sequence[float]) -> tuple[Bar, ...]:
    """Measurements in at most 12 bars of equal width, a round number; the last one holds all that is far above."""
    ordered = sorted(values)
    least, most = ordered[0], percentile(ordered, 99)
    width = _round_width(max(most - least, abs(least) * 1e-6, 1e-12))
    first = math.floor(least / width)
    last = math.floor(most / width)
    counts = Counter(min(math.floor(value / width), last) for value in ordered)
    return tuple(
        Bar(number * width, None if number == last else (number + 1) * width, counts[number])
        for number in range(first, last + 1)
    )


def _round_width(extent: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50 ... with which at most 12 bars cover the extent, however it lies."""
    power: float = 10.0 ** math.floor(math.log10(extent / _BARS))
    return next(step * power for step in (1, 2, 5, 10, 20) if extent / (step * power) <= _BARS - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sets of measurements. `ratios` are those of the percentiles and the mean: now, by before.

    `superiority` is the probability that a measurement of now is greater than one of before, equal ones halved.
    `p_slower` and `p_faster` are the probabilities that chance alone says as much of two sets that are alike.
    """

    ratios: Mapping[str, float]
    superiority: float
    p_slower: float
    p_faster: float
    is_enough: bool

    def verdict(self, tolerance: float) -> str:
        """`slower`, `faster` or `alike`; `too few` where there are too few measurements to tell.

        Slower, or faster, is what is so beyond the tolerance (0.1 for 10%) in the median, and significantly.
        """
        if not self.is_enough:
            return "too few"
        ratio = self.ratios["p50"]
        if ratio > 1 + tolerance and self.p_slower < SIGNIFICANT:
            return "slower"
        if ratio < 1 / (1 + tolerance) and self.p_faster < SIGNIFICANT:
            return "faster"
        return "alike"


def comparison(now: Sequence[float], before: Sequence[float]) -> Comparison:
    """Compares two sets of measurements, of at least one each, by the U test of Mann and Whitney.

    It asks nothing of the distribution, and times of answers have none that is known: a few slow ones make a mean, and
    so a t test, say anything. It takes the measurements to be independent of one another.

    Source: https://doi.org/10.1214/aoms/1177730491
    """
    u = mann_whitney_u(now, before)
    mine, theirs = summary(now), summary(before)
    ratios = {f"p{percent}": _ratio(mine.percentiles[percent], theirs.percentiles[percent]) for percent in PERCENTILES}
    return Comparison(
        ratios={**ratios, "mean": _ratio(mine.mean, theirs.mean)},
        superiority=u / (len(now) * len(before)),
        p_slower=p_greater(now, before),
        p_faster=p_greater(before, now),
        is_enough=min(len(now), len(before)) >= FEWEST,
    )


def mann_whitney_u(first: Sequence[float], second: Sequence[float]) -> float:
    """In how many pairs the first set's measurement is the greater one; a pair of equal ones counts half."""
    ranks = _ranks((*first, *second))
    return math.fsum(ranks[value] for value in first) - len(first) * (len(first) + 1) / 2


def p_greater(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely chance alone makes U of the first set as great as it is: by the normal distribution.

    With the correction for ties, and that for continuity. Source: https://doi.org/10.1214/aoms/1177730491;
    https://doi.org/10.1002/9781119196037 (Hollander, Wolfe, Chicken: section 4.1)
    """
    size, other = len(first), len(second)
    whole = size + other
    ties = math.fsum(count**3 - count for count in Counter((*first, *second)).values())
    variance = size * other / 12 * ((whole + 1) - ties / (whole * (whole - 1)))
    if variance <= 0:  # all are equal
        return 1.0
    z = (mann_whitney_u(first, second) - size * other / 2 - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2)) / 2


def _ranks(values: Sequence[float]) -> Mapping[float, float]:
    """The rank of each value, from 1; equal ones share the mean of theirs."""
    ranks, before = {}, 0
    for value, count in sorted(Counter(values).items()):
        ranks[value] = before + (count + 1) / 2
        before += count
    return ranks


def _ratio(now: float, before: float) -> float:
    return now / before if before else math.inf if now else 1.0
