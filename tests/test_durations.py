"""Lengths of time as people read them: exact, and in units that they think in."""

from __future__ import annotations

import pytest

from keyflow.durations import duration, moment, seconds_in


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (29, "29 s"),
        (119.5, "119.5 s"),
        (120, "2 minutes"),
        (3_600, "1 hour"),
        (3_605, "1 hour 5 s"),
        (5_400.25, "1 hour 30 minutes 0.25 s"),
        (172_800, "2 days"),
        (31_536_000, "365 days"),
    ],
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), (" 10 m ", 600), ("1h", 3_600), ("2d", 172_800), ("0s", 0)]
    + [(text, None) for text in ("", "s", "-1", "1.5h", "1w", "10m5s")],
)
def test_a_length_of_time_of_a_command_line(text: str, seconds: int | None) -> None:
    assert seconds_in(text) == seconds


def test_a_moment() -> None:
    assert moment(0) == "1970-01-01 00:00:00 UTC"
