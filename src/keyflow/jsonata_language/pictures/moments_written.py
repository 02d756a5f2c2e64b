"""Moments as text, in ISO 8601 or as a picture says.

Source: https://docs.jsonata.org/date-time-functions#frommillis
"""

from __future__ import annotations

import math
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.calendar import MINUTE, NAMES, PARTS, Moment
from keyflow.jsonata_language.pictures.digits import Digits, leading_integer
from keyflow.jsonata_language.pictures.integers import in_picture, integer_picture
from keyflow.jsonata_language.pictures.moment_pictures import Marker, moment_picture
from keyflow.jsonata_language.values import NOTHING, number

_ISO = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
_FEW_DIGITS = 300
"""A double has no more."""


def from_millis(value: Any, picture: Any, zone: Any) -> Any:
    """`$fromMillis`."""
    if value is NOTHING:
        return NOTHING
    offset = 0 if zone is NOTHING else leading_integer(zone)
    if not math.isfinite(offset):
        raise JsonataError("U1004", value=f"{zone!r} is no time zone")
    hours, minutes = math.floor(offset / 100), int(math.fmod(offset, 100))
    moment = Moment(value + (60 * hours + minutes) * MINUTE)
    pieces = moment_picture(_ISO if picture is NOTHING else picture)
    return "".join(each if isinstance(each, str) else _written(moment, each, hours, minutes) for each in pieces)


def _written(moment: Moment, marker: Marker, hours: int, minutes: int) -> str:
    component = marker.component
    if component in ("Z", "z"):
        return _zone(marker, hours, minutes)
    if component not in PARTS:
        return "undefined"
    part = PARTS[component](moment)
    if isinstance(part, str):
        return part.upper() if component == "P" and marker.case == "upper" else part
    if marker.case and component in NAMES:
        return _named(NAMES[component][part - 1], marker)
    if marker.integer is None:
        raise JsonataError("D3133", value=component)
    if component == "Y" and marker.digits is not None and not marker.digits > _FEW_DIGITS:
        return in_picture(number(math.fmod(part, math.pow(10, marker.digits))), marker.integer)
    return in_picture(part, marker.integer)


def _named(name: str, marker: Marker) -> str:
    shown = {"upper": name.upper(), "lower": name.lower()}.get(marker.case, name)
    return shown[: int(marker.most)] if marker.most is not None and len(shown) > marker.most else shown


def _zone(marker: Marker, hours: int, minutes: int) -> str:
    offset = hours * 100 + minutes
    if offset == 0 and marker.is_zulu:
        return "Z"
    integer = marker.integer
    digits = integer.mandatory if isinstance(integer, Digits) else math.nan
    if not isinstance(integer, Digits) or not (integer.repeats or digits in (1, 2, 3, 4)):
        raise JsonataError("D3134", value=digits)
    if integer.repeats or digits >= 3:
        written = in_picture(offset, integer)
    else:
        written = in_picture(hours, integer)
        written += f":{in_picture(minutes, integer_picture('00'))}" if minutes else ""
    return ("GMT" if marker.component == "z" else "") + ("+" if offset >= 0 else "") + written
