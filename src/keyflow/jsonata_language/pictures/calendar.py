"""Moments and their parts: milliseconds since 1970 in UTC, as far as JavaScript's dates reach.

Python's dates know the years from 1 to 9999. The calendar repeats itself every 400 years, so that others are counted
from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError

DAY = 86_400_000
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1000
_LARGEST = 8_640_000_000_000_000
"""Milliseconds from 1970 that JavaScript's dates reach.

Source: https://tc39.es/ecma262/#sec-time-values-and-time-range
"""
_ERA_YEARS, _ERA_DAYS = 400, 146_097
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; months and days count from 1."""

    year: int
    month: int
    day: int


def day_of(millis: int) -> Day:
    """The day in which a moment lies."""
    era, ordinal = divmod(millis // DAY + _EPOCH - 1, _ERA_DAYS)
    found = date.fromordinal(ordinal + 1)
    return Day(found.year + era * _ERA_YEARS, found.month, found.day)


def day_of_year(day: Day) -> int:
    """1 for the first of January."""
    return (millis_of(day.year, day.month, day.day) - millis_of(day.year, 1)) // DAY + 1


def millis_of(year: int, month: int, day: int = 1) -> int:
    """The beginning of a day, in milliseconds; months beyond 12 are of later years, and so are days of later months."""
    later, month_before = divmod(month - 1, 12)
    era, year_before = divmod(year + later - 1, _ERA_YEARS)
    first = date(year_before + 1, month_before + 1, 1).toordinal()
    return (first + era * _ERA_DAYS - _EPOCH + day - 1) * DAY


class Moment:
    """A moment with the day in which it lies; raises `JsonataError` where it is out of range."""

    def __init__(self, millis: float) -> None:
        if not math.isfinite(millis) or abs(millis) > _LARGEST:
            raise JsonataError("U1004", value="a moment is out of range")
        self.millis = math.trunc(millis)
        self.day = day_of(self.millis)

    @property
    def weekday(self) -> int:
        """1 for Monday up to 7."""
        return (self.millis // DAY + 3) % 7 + 1

    @property
    def thursday(self) -> Day:
        """The Thursday of its week: that is in the year and the month which the week is counted to."""
        return day_of(self.millis + (4 - self.weekday) * DAY)

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.millis // HOUR % 24


PARTS: Mapping[str, Callable[[Moment], int | str]] = {
    "Y": lambda moment: moment.day.year,
    "M": lambda moment: moment.day.month,
    "D": lambda moment: moment.day.day,
    "d": lambda moment: day_of_year(moment.day),
    "F": lambda moment: moment.weekday,
    "W": lambda moment: (day_of_year(moment.thursday) - 1) // 7 + 1,
    "w": lambda moment: (moment.thursday.day - 1) // 7 + 1,
    "X": lambda moment: moment.thursday.year,
    "x": lambda moment: moment.thursday.month,
    "H": lambda moment: moment.hour,
    "h": lambda moment: moment.hour % 12 or 12,
    "P": lambda moment: "pm" if moment.hour >= 12 else "am",
    "m": lambda moment: moment.millis // MINUTE % 60,
    "s": lambda moment: moment.millis // SECOND % 60,
    "f": lambda moment: moment.millis % 1000,
    "C": lambda _moment: "ISO",
    "E": lambda _moment: "ISO",
}
"""The parts of a moment by their components in pictures.

Source: https://www.w3.org/TR/xpath-functions-31/#date-picture-string
"""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NAMES = {"M": MONTHS, "x": MONTHS, "F": DAYS}
"""The names of parts that have some."""
