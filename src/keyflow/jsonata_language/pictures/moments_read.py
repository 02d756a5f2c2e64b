"""Moments from text, in ISO 8601 or as a picture says.

Source: https://docs.jsonata.org/date-time-functions#tomillis
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.calendar import HOUR, MINUTE, NAMES, PARTS, SECOND, Moment, day_of, millis_of
from keyflow.jsonata_language.pictures.digits import Digits, leading_integer
from keyflow.jsonata_language.pictures.moment_pictures import Marker, moment_picture
from keyflow.jsonata_language.values import NOTHING, number
from keyflow.lazy import lazy_pattern

_MONTH, _DAY, _SIXTY = "-[01][0-9]", "-[0-3][0-9]", "[0-5][0-9]"
_TIME, _ZONE = f"T[0-2][0-9]:{_SIXTY}:{_SIXTY}", f"(?:[+-][0-2][0-9]:?{_SIXTY}|Z)"
_TAKEN = lazy_pattern(rf"[0-9]{{4}}(?:{_MONTH})*(?:{_DAY})*(?:{_TIME})*(?:\.[0-9]+)?{_ZONE}?")
"""What the reference does not refuse: months, days and times may stand more than once, and are no moment then."""
_READ = lazy_pattern(
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
    is_date = 1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or is_midnight)
    if not is_date or (found["zone"] and not found["time"]):
        return math.nan
    zone = found["zone"] or "Z"
    offset = 0 if zone == "Z" else int(f"{zone[0]}1") * (int(zone[1:3]) * 60 + int(zone[-2:]))
    return millis_of(year, month, day) + hour * HOUR + (minute - offset) * MINUTE + second * SECOND + fraction


# With a picture.


_Reads = Callable[[str], Any]


def _of_picture(run: Any, value: str, picture: str) -> Any:
    pattern, readers = "", []
    for piece in moment_picture(picture):
        if isinstance(piece, str):
            pattern += re.sub(r"[.*+?^${}()|\[\]\\]", r"\\\g<0>", piece)
        else:
            shape, reads = _reader(piece)
            pattern += f"({shape})"
            readers.append((piece.component, reads))
    found = run.matches(f"^{pattern}$", True, False).search(value)
    if found is None:
        return NOTHING
    parts = {component: reads(text) for (component, reads), text in zip(readers, found.groups(), strict=True)}
    return _of_parts(parts, Moment(run.now())) if parts else NOTHING


def _reader(marker: Marker) -> tuple[str, _Reads]:
    """What a marker's text looks like, and what it says."""
    if marker.component in ("Z", "z"):
        return _zone_reader(marker)
    integer = marker.integer
    if integer is not None:
        pattern = integer.pattern_of(_times(integer, marker.digits)) if isinstance(integer, Digits) else integer.pattern
        return pattern, integer.read
    if marker.component in NAMES:
        most = int(marker.most) if marker.most and not math.isnan(marker.most) else None
        names = {name[:most]: index for index, name in enumerate(NAMES[marker.component], 1)}
    elif marker.component == "P":
        names = {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    else:
        raise JsonataError("D3133", value=marker.component)
    return "[a-zA-Z]+", lambda text: names.get(text, NOTHING)


def _times(integer: Digits, digits: float | None) -> str:
    """How many digits are read, as a regular expression says it."""
    if digits is None or not digits > 0:
        return "+"
    return f"{{{int(digits - integer.optional)},{int(digits)}}}" if integer.optional else f"{{{int(digits)}}}"


def _zone_reader(marker: Marker) -> tuple[str, _Reads]:
    integer = marker.integer
    sign = integer.separators[0][1] if isinstance(integer, Digits) and integer.repeats else ""
    prefix = "GMT" if marker.component == "z" else ""

    def reads(text: str) -> Any:
        """The offset in minutes."""
        text = text[len(prefix) :]
        hours, _sign, minutes = text.partition(sign) if sign else (text[:3], "", text[3:] or "0")
        return leading_integer(hours) * 60 + leading_integer(minutes)

    return f"{prefix}[-+][0-9]+{f'{sign}[0-9]+' if sign else ''}", reads


# What was read, as a moment.


_DATES = (("YMD", "YMD"), ("YD", "Yd"), ("XxwF", "Xxw"), ("XWF", "XW"))
"""The components that make a date together, and which of them there may be then, one at least."""
_OF_DATES, _OF_TIMES = "YXMxWwdD", "PHhmsf"


def _of_parts(parts: dict[str, Any], now: Moment) -> Any:
    date = next((form for form, named in _DATES if _is_of(parts, _OF_DATES, named)), "YMD")
    is_half_day = not _is_of(parts, _OF_TIMES, "Hmsf") and _is_of(parts, _OF_TIMES, "Phmsf")
    _complete(parts, date + ("Phmsf" if is_half_day else "Hmsf"), now)
    if date in ("XxwF", "XWF"):
        raise JsonataError("D3136")
    hour: Any = parts.get("H")
    if is_half_day:
        hour = (0 if parts["h"] == 12 else parts["h"]) + (12 if parts.get("P") == 1 else 0)
    minute, second, fraction = parts["m"], parts["s"], parts["f"]
    if not all(type(each) is int for each in (hour, minute, second, fraction)):
        return math.nan
    offset = parts.get("Z") or parts.get("z") or 0
    return number(_day(parts, date) + hour * HOUR + (minute - offset) * MINUTE + second * SECOND + fraction)


def _is_of(parts: dict[str, Any], names: str, form: str) -> bool:
    """Whether of some components only those of a form were read, one at least; one that is 0 does not count."""
    present = {name for name in names if name in parts and _is_counted(parts[name])}
    return bool(present) and present <= set(form)


def _is_counted(value: Any) -> bool:
    return bool(value) and value == value


def _complete(parts: dict[str, Any], names: str, now: Moment) -> None:
    """Fills in what was not read: in front of what was, the parts of now, after it the least; raises `JsonataError`."""
    present = [place for place, name in enumerate(names) if parts.get(name, NOTHING) is not NOTHING]
    first, last = (present[0], present[-1]) if present else (len(names), len(names))
    if present and len(present) < last - first + 1:
        raise JsonataError("D3136")
    for place, name in enumerate(names):
        if place < first:
            parts[name] = PARTS[name](now)
        elif place > last:
            parts[name] = 1 if name in "MD" else 0


def _day(parts: dict[str, Any], form: str) -> float:
    """The beginning of the day that was read; not a number where it was none."""
    year, month, day = parts["Y"], parts.get("M"), parts.get("D")
    if type(year) is not int:
        return math.nan
    year += 1900 if 0 <= year <= 99 else 0
    if form == "YD":
        if type(parts["d"]) is not int:
            return math.nan
        found = day_of(millis_of(year, 1, parts["d"]))
        month, day = found.month, found.day
    elif not isinstance(month, int | float) or not month > 0:
        month = 1
    return millis_of(year, month, day) if isinstance(month, int) and isinstance(day, int) else math.nan
