"""Lengths of time as people read them."""

from __future__ import annotations

import re

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_SHORT = 120
"""Below so many seconds, a number of seconds is what people think in."""


def duration(seconds: float) -> str:
    """A length of time, exactly: `25 s`, `2 days`, `1 hour 30 minutes`, `5 minutes 0.5 s`."""
    if seconds < _SHORT:
        return f"{seconds:g} s"
    parts = []
    for noun, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count:g} {noun}{'' if count == 1 else 's'}")
    rest = round(seconds, 3)
    return " ".join([*parts, f"{rest:g} s"] if rest else parts)


def seconds_in(text: str) -> int | None:
    """The seconds of a length of time as a command line has it (`90`, `90s`, `10m`, `1h`, `2d`); None for no such."""
    match = re.fullmatch(r"(\d{1,6})\s*([smhd]?)", text.strip())
    return None if match is None else int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2]]


def moment(seconds: float) -> str:
    """A moment, in seconds since 1970, as people read it: `2026-11-27 09:30:00 UTC`."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
