"""Percentiles, histograms and the U test, against their definitions and against another implementation."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.operations.statistics import (
    FEWEST,
    SIGNIFICANT,
    comparison,
    histogram,
    mann_whitney_u,
    p_greater,
    percentile,
    summary,
)

times = st.lists(st.floats(1e-5, 1e3), min_size=1, max_size=60)
coarse = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12)


def test_a_percentile_is_of_the_nearest_rank() -> None:
    values = [15.0, 20.0, 35.0, 40.0, 50.0]
    assert [percentile(values, percent) for percent in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]


@given(times, st.integers(0, 100))
def test_a_percentile_was_measured_and_so_many_are_not_above_it(values: list[float], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert sum(each <= found for each in values) >= len(values) * percent / 100
    assert sum(each < found for each in values) <= len(values) * percent / 100


@given(times)
def test_a_summary_is_in_order(values: list[float]) -> None:
    found = summary(values)
    ordered = [found.least, *(found.percentiles[each] for each in (50, 90, 95, 99)), found.most]
    assert ordered == sorted(ordered)
    assert found.least * (1 - 1e-9) <= found.mean <= found.most * (1 + 1e-9)
    assert found.count == len(values)


@given(times)
def test_a_histogram_has_every_value_in_one_of_few_bars(values: list[float]) -> None:
    bars = histogram(values)
    assert 1 <= len(bars) <= 12
    assert sum(each.count for each in bars) == len(values)
    assert bars[-1].end is None
    assert all(bar.end == pytest.approx(following.start) for bar, following in itertools.pairwise(bars))


def test_a_few_slow_ones_do_not_flatten_a_histogram() -> None:
    values = [10.0 + each % 10 for each in range(995)] + [5_000.0] * 5
    bars = histogram(values)
    assert [(each.start, each.count) for each in bars[:2]] == [(10, 100), (11, 100)]
    assert (bars[-1].end, bars[-1].count) == (None, 99 + 5)


@given(coarse, coarse)
def test_u_counts_the_pairs(first: list[float], second: list[float]) -> None:
    """The definition: one for each pair in which the first is greater, half for equal ones."""
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in first for b in second]
    assert mann_whitney_u(first, second) == pytest.approx(sum(pairs))
    assert mann_whitney_u(first, second) + mann_whitney_u(second, first) == pytest.approx(len(first) * len(second))


@pytest.mark.parametrize(
    ("first", "second", "greater", "less"),
    [
        ([19, 22, 16, 29, 24], [20, 11, 17, 12], 0.055673443266570206, None),
        ([1.1, 2.2, 2.2, 3.5, 9.9, 4.4, 2.2], [2.2, 1.0, 0.5, 3.5, 1.1, 2.0], 0.040643964021588805, 0.9705228114904713),
    ],
)
def test_p_is_that_of_scipy(first: list[float], second: list[float], greater: float, less: float | None) -> None:
    """scipy 1.17.1: mannwhitneyu(first, second, method="asymptotic", alternative=...)."""
    assert p_greater(first, second) == pytest.approx(greater, abs=1e-12)
    assert less is None or p_greater(second, first) == pytest.approx(less, abs=1e-12)


def test_alike_sets_are_rarely_called_different() -> None:
    """Of 400 comparisons of two sets of one distribution, about as many as were agreed are significant."""
    chance = random.Random(7)
    found = 0
    for _ in range(400):
        first, second = ([chance.lognormvariate(0, 0.5) for _ in range(60)] for _ in range(2))
        found += p_greater(first, second) < SIGNIFICANT
    assert found <= 12  # 4 are to be expected; 13 or more come in one of 5,000 tests


def test_what_is_slower_is_called_so_and_only_beyond_what_is_tolerated() -> None:
    chance = random.Random(7)
    before = [chance.lognormvariate(0, 0.3) for _ in range(200)]
    now = [chance.lognormvariate(0, 0.3) * 1.3 for _ in range(200)]
    assert comparison(now, before).verdict(0.1) == "slower"
    assert comparison(now, before).verdict(0.5) == "alike"
    assert comparison(before, now).verdict(0.1) == "faster"
    assert comparison(before, before).verdict(0.0) == "alike"
    assert comparison(now, before).superiority > 0.6


def test_a_few_very_slow_answers_make_nothing_slower() -> None:
    """They make the mean four times as large, by which another test would judge."""
    before = [1.0 + each / 1000 for each in range(200)]
    now = [*before[:-5], *[150.0] * 5]
    found = comparison(now, before)
    assert found.ratios["mean"] > 4
    assert found.verdict(0.1) == "alike"


def test_too_few_make_no_verdict() -> None:
    few = [1.0] * (FEWEST - 1)
    assert comparison([9.0] * 100, few).verdict(0.1) == "too few"
    assert comparison([9.0] * FEWEST, [1.0] * FEWEST).verdict(0.1) == "slower"
    assert comparison([1.0] * FEWEST, [1.0] * FEWEST).verdict(0.0) == "alike"
