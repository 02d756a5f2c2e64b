"""Moments: milliseconds since 1970 to text and back, in ISO 8601 or as a picture says (`[D1o] [MNn] [Y0001]`).

Source: https://docs.jsonata.org/date-time-functions, and https://www.w3.org/TR/xpath-functions-31 (9.8)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.integers import (
    WORD_PATTERN,
    IntegerPicture,
    in_picture,
    integer_picture,
    leading_integer,
    of_picture,
)
from keyflow.jsonata_language.values import NOTHING, number

_DAY = 86_400_000
_LARGEST = 8_640_000_000_000_000
"""Milliseconds from 1970 that JavaScript's dates reach."""
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ISO = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment and its parts in UTC; months count from 1."""

    millis: int
    year: int
    month: int
    day: int

    @property
    def today(self) -> int:
        return self.millis - self.millis % _DAY


def _moment(millis: float) -> _Moment:
    if not math.isfinite(millis) or abs(millis) > _LARGEST:
        raise JsonataError("U1004", value="a moment is out of range")
    whole = math.trunc(millis)
    return _Moment(whole, *_civil(whole // _DAY))


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of so many days after 1970.

    Source: https://howardhinnant.github.io/date_algorithms.html
    """
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def _millis(year: int, month: int, day: int = 1) -> int:
    """The beginning of a day; months count from 1, and those beyond 12 are of later years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    return (era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468 + day - 1) * _DAY


def _first_week(year: int, month: int) -> int:
    """When the first week of a month begins: the one that has four of its days."""
    first = _millis(year, month)
    weekday = (first // _DAY + 3) % 7 + 1
    return first + (8 - weekday if weekday > 4 else 1 - weekday) * _DAY


def _week(today: int, begins: Callable[[int], int], most: int) -> int:
    """The week of a year or a month, which `begins` counts from this one on."""
    week = (today - begins(0)) / (7 * _DAY) + 1
    if week > most:
        return 1 if today >= begins(1) else math.floor(week)
    return math.floor((today - begins(-1)) / (7 * _DAY) + 1 if week < 1 else week)


def _part(moment: _Moment, component: str) -> Any:
    """A part of a moment: a number, or a text."""
    year, month = moment.year, moment.month
    hour = moment.millis // 3_600_000 % 24
    match component:
        case "Y":
            return year
        case "M":
            return month
        case "D":
            return moment.day
        case "d":
            return (moment.today - _millis(year, 1)) // _DAY + 1
        case "F":
            return (moment.today // _DAY + 3) % 7 + 1
        case "W":
            return _week(moment.today, lambda count: _first_week(year + count, 1), 52)
        case "w":
            return _week(moment.today, lambda count: _first_week(year, month + count), 4)
        case "X":
            return (
                year - 1 if moment.millis < _first_week(year, 1) else year + (moment.millis >= _first_week(year + 1, 1))
            )
        case "x":
            before, after = moment.millis < _first_week(year, month), moment.millis >= _first_week(year, month + 1)
            return (month - 1 - before + (after and not before)) % 12 + 1
        case "H":
            return hour
        case "h":
            return hour % 12 or 12
        case "P":
            return "pm" if hour >= 12 else "am"
        case "m":
            return moment.millis // 60_000 % 60
        case "s":
            return moment.millis // 1000 % 60
        case "f":
            return moment.millis % 1000
        case "C" | "E":
            return "ISO"
    return NOTHING


# Pictures.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marker:
    """A marker of a picture, or a text between two of them."""

    component: str = ""
    literal: str = ""
    names: str = ""
    most: float | None = None
    is_zulu: bool = False
    integer: IntegerPicture | None = None
    width: float | None = None


_DEFAULTS = {
    **dict.fromkeys("YMDdWwXxHhf", "1"), **dict.fromkeys("FPCE", "n"), "m": "01", "s": "01", "Z": "01:01", "z": "01:01",
}  # fmt: skip


@lru_cache(maxsize=512)
def _picture(picture: str) -> Sequence[_Marker]:
    markers: list[_Marker] = []
    start = position = 0

    def add_literal(end: int) -> None:
        if end > start:
            markers.append(_Marker(literal=picture[start:end].replace("]]", "]")))

    while position < len(picture):
        if picture[position] == "[":
            add_literal(position)
            if picture[position + 1 : position + 2] == "[":
                markers.append(_Marker(literal="["))
                position += 2
                start = position
                continue
            end = picture.find("]", position)
            if end < 0:
                raise JsonataError("D3135")
            markers.append(_marker("".join(picture[position + 1 : end].split())))
            position, start = end, end + 1
        position += 1
    add_literal(position)
    return markers


def _marker(text: str) -> _Marker:
    component, (shown, comma, widths) = text[:1], text.rpartition(",")
    least = most = None
    if comma:
        low, dash, high = widths.partition("-")
        least, most = _width(low), _width(high) if dash else None
        shown = shown[1:]
    else:
        shown = text[1:]
    modifier = shown[-1] if len(shown) > 1 and shown[-1] in "atco" else ""
    shown = shown.removesuffix(modifier) if modifier else shown
    shown = shown or _DEFAULTS.get(component, "")
    if not shown:
        raise JsonataError("D3132", value=component)
    marker = _Marker(component=component, most=most, is_zulu=modifier == "t")
    if shown.startswith("n"):
        marker = replace(marker, names="lower")
    elif shown.startswith("N"):
        marker = replace(marker, names="title" if shown[1:2] == "n" else "upper")
    elif component and component in "YMDdFWwXxHhmsf":
        marker = _counted(marker, integer_picture(f"{shown};{modifier}" if modifier else shown), least)
    if component in ("Z", "z"):
        marker = replace(marker, integer=integer_picture(shown))
    return marker


def _width(text: str) -> float | None:
    return None if text == "*" else leading_integer(text)


def _counted(marker: _Marker, integer: IntegerPicture, least: float | None) -> _Marker:
    """A marker that is shown as a number, with its width: that of years, months and days is how many digits count."""
    if least is not None and integer.mandatory < least:
        integer = replace(integer, mandatory=least)
    width: float | None = None
    if marker.component in "YMD":
        width = -1
        if marker.most is not None:
            width = marker.most
            integer = replace(integer, mandatory=width)
        elif integer.mandatory + integer.optional >= 2:
            width = integer.mandatory + integer.optional
    return replace(marker, integer=integer, width=width)


# To text.


def from_millis(value: Any, picture: Any, zone: Any) -> Any:
    """`$fromMillis`."""
    if value is NOTHING:
        return NOTHING
    offset = 0 if zone is NOTHING else leading_integer(zone)
    if not math.isfinite(offset):
        raise JsonataError("U1004", value=f"{zone!r} is no time zone")
    hours, minutes = math.floor(offset / 100), int(math.fmod(offset, 100))
    moment = _moment(value + (60 * hours + minutes) * 60_000)
    markers = _picture(_ISO if picture is NOTHING else picture)
    return "".join(each.literal or _written(moment, each, hours, minutes) for each in markers)


def _written(moment: _Moment, marker: _Marker, hours: int, minutes: int) -> str:
    part = _part(moment, marker.component)
    if marker.component in ("Z", "z"):
        return _zone(marker, hours, minutes)
    if marker.component == "P":
        return str(part).upper() if marker.names == "upper" else str(part)
    if marker.component == "" or part is NOTHING:
        return "undefined"
    if isinstance(part, str):
        return part
    if marker.component == "Y" and marker.width is not None and marker.width != -1:
        part = number(math.fmod(part, math.pow(10, marker.width)))
    if marker.names and marker.component != "f":
        return _named(part, marker)
    if marker.integer is None:
        raise JsonataError("D3133", value=marker.component)
    return in_picture(part, marker.integer)


def _named(part: int, marker: _Marker) -> str:
    names = {"M": _MONTHS, "x": _MONTHS, "F": _DAYS}.get(marker.component)
    if names is None:
        raise JsonataError("D3133", value=marker.component)
    name = names[part - 1]
    name = {"upper": name.upper(), "lower": name.lower()}.get(marker.names, name)
    return name[: int(marker.most)] if marker.most is not None and len(name) > marker.most else name


def _zone(marker: _Marker, hours: int, minutes: int) -> str:
    assert marker.integer is not None  # noqa: S101
    offset = hours * 100 + minutes
    digits = marker.integer.mandatory
    if offset == 0 and marker.is_zulu:
        return "Z"
    if marker.integer.repeats or digits in (3, 4):
        written = in_picture(offset, marker.integer)
    elif digits in (1, 2):
        written = in_picture(hours, marker.integer)
        written += f":{in_picture(minutes, integer_picture('00'))}" if minutes else ""
    else:
        raise JsonataError("D3134", value=digits)
    return ("GMT" if marker.component == "z" else "") + ("+" if offset >= 0 else "") + written


# From text.

_TAKEN = re.compile(
    r"[0-9]{4}(-[01][0-9])*(-[0-3][0-9])*(T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])*(\.[0-9]+)?([+-][0-2][0-9]:?[0-5][0-9]|Z)?"
)
_READ = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?P<time>T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)


def to_millis(run: Any, value: Any, picture: Any) -> Any:
    """`$toMillis`; what a picture leaves out in front is that of now."""
    if value is NOTHING:
        return NOTHING
    if picture is not NOTHING:
        return _of_picture(run, value, picture)
    if _TAKEN.fullmatch(value) is None:
        raise JsonataError("D3110", value=value)
    return _of_iso(value)


def _of_iso(value: str) -> Any:
    """As JavaScript reads what `_TAKEN` lets through; not a number where it cannot."""
    found = _READ.fullmatch(value)
    if found is None:
        return math.nan
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    fraction = int((found["fraction"] or ".0")[1:4].ljust(3, "0"))
    is_midnight = hour == 24 and not minute + second + fraction
    if not (1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or is_midnight)) or (
        found["zone"] and not found["time"]
    ):
        return math.nan
    zone = found["zone"] or "Z"
    offset = 0 if zone == "Z" else int(f"{zone[0]}1") * (int(zone[1:3]) * 60 + int(zone[-2:]))
    return _millis(year, month, day) + (hour * 60 + minute - offset) * 60_000 + second * 1000 + fraction


_Reads = Callable[[str], Any]


def _of_picture(run: Any, value: str, picture: str) -> Any:
    readers = [_reader(marker) for marker in _picture(picture)]
    pattern = "".join(f"({pattern})" for pattern, _reads in readers)
    found = run.matches(f"^{pattern}$", True, False).search(value)
    if found is None:
        return NOTHING
    parts: dict[str, Any] = {}
    for marker, (_pattern, reads), text in zip(_picture(picture), readers, found.groups(), strict=True):
        if reads is not None:
            parts[marker.component] = reads(text)
    return _of_parts(parts, _moment(run.now())) if parts else NOTHING


def _reader(marker: _Marker) -> tuple[str, _Reads | None]:
    """What a marker's text looks like, and what it says."""
    if marker.literal:
        return re.sub(r"[.*+?^${}()|\[\]\\]", r"\\\g<0>", marker.literal), None
    if marker.component in ("Z", "z"):
        return _zone_reader(marker)
    if marker.integer is not None:
        integer = marker.integer
        return _integer_pattern(integer, marker.width), lambda text: of_picture(text, integer)
    most = int(marker.most) if marker.most else None
    if marker.component in ("M", "x", "F"):
        names = {name[:most]: index for index, name in enumerate(_DAYS if marker.component == "F" else _MONTHS, 1)}
    elif marker.component == "P":
        names = {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    else:
        raise JsonataError("D3133", value=marker.component)
    return "[a-zA-Z]+", lambda text: names.get(text, NOTHING)


def _zone_reader(marker: _Marker) -> tuple[str, _Reads]:
    assert marker.integer is not None  # noqa: S101
    sign = marker.integer.separators[0][1] if marker.integer.repeats else ""
    gmt = "GMT" if marker.component == "z" else ""

    def reads(text: str) -> Any:
        text = text[len(gmt) :]
        if sign:
            hours, _sign, minutes = text.partition(sign)
        elif len(text) <= 3:
            hours, minutes = text, "0"
        else:
            hours, minutes = text[:3], text[3:]
        return leading_integer(hours) * 60 + leading_integer(minutes)

    return f"{gmt}[-+][0-9]+{f'{sign}[0-9]+' if sign else ''}", reads


def _integer_pattern(integer: IntegerPicture, width: float | None) -> str:
    match integer.kind:
        case "letters":
            return "[A-Z]+" if integer.letters == "upper" else "[a-z]+"
        case "roman":
            return "[MDCLXVI]+" if integer.letters == "upper" else "[mdclxvi]+"
        case "words":
            return WORD_PATTERN
        case "sequence":
            raise JsonataError("D3130", value=integer.token)
    times = "+"
    if width is not None and width > 0:
        times = f"{{{int(width)}}}" if not integer.optional else f"{{{int(width - integer.optional)},{int(width)}}}"
    return f"[0-9]{times}{'(?:th|st|nd|rd)' if integer.is_ordinal else ''}"


_DATES = (("YMD", 161), ("YD", 130), ("XxwF", 84), ("XWF", 72))
"""Which parts make a date together, and the bits of those that may be there (`YXMxWwdD`)."""
_TIMES = (("Hmsf", 23), ("Phmsf", 47))


def _of_parts(parts: dict[str, Any], now: _Moment) -> Any:
    year: Any
    month: Any
    day: Any
    is_full, of_year, of_week_in_month, of_week = (_is_of(parts, "YXMxWwdD", bits) for _names, bits in _DATES)
    of_year = of_year and not is_full
    names = "YD" if of_year else "XxwF" if of_week_in_month else "XWF" if of_week else "YMD"
    is_half_day = not _is_of(parts, "PHhmsf", _TIMES[0][1]) and _is_of(parts, "PHhmsf", _TIMES[1][1])
    began = ended = False
    for name in names + ("Phmsf" if is_half_day else "Hmsf"):
        if parts.get(name, NOTHING) is not NOTHING:
            began = True
            if ended:
                raise JsonataError("D3136")
        elif began:
            parts[name] = 1 if name in "MDd" else 0
            ended = True
        else:
            parts[name] = _part(now, name)
    if of_week_in_month or of_week:
        raise JsonataError("D3136")
    month = parts.get("M", NOTHING)
    month = month if month is not NOTHING and month > 0 else 1
    year, day = parts.get("Y", NOTHING), parts.get("D", NOTHING)
    if of_year:
        first = _millis(_century(year), 1)
        _year, month, day = _civil((first + (parts["d"] - 1) * _DAY) // _DAY)
    hour = parts.get("H", NOTHING)
    if is_half_day:
        hour = (0 if parts["h"] == 12 else parts["h"]) + (12 if parts.get("P") == 1 else 0)
    counted = (year, month, day, hour, parts.get("m"), parts.get("s"), parts.get("f"))
    if not all(type(each) is int for each in counted):
        return math.nan
    found = (
        _millis(_century(year), month, day) + hour * 3_600_000 + parts["m"] * 60_000 + parts["s"] * 1000 + parts["f"]
    )
    return number(found - (parts.get("Z") or parts.get("z") or 0) * 60_000)


def _century(year: int) -> int:
    """Years of two digits are those of the twentieth century."""
    return 1900 + year if 0 <= year <= 99 else year


def _is_of(parts: dict[str, Any], names: str, bits: int) -> bool:
    mask = 0
    for name in names:
        value = parts.get(name, NOTHING)
        mask = mask << 1 | bool(value and value == value)
    return not ~bits & mask and bool(bits & mask)
