"""Pictures of moments, `[D1o] [MNn] [Y0001]`, as lists of texts and markers.

Source: https://www.w3.org/TR/xpath-functions-31/#date-picture-string
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.digits import Digits, leading_integer
from keyflow.jsonata_language.pictures.integers import integer_picture
from keyflow.jsonata_language.pictures.numerals import IntegerPicture
from keyflow.lazy import lazy_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A marker: which part of a moment stands there, and how.

    Attributes:
        component: The letter of the part.
        case: `lower`, `title` or `upper` where the part is shown by its name; else empty.
        integer: How it is shown as a number; None where it is not.
        most: The largest width that is written, not a number where that is none; None where none is written.
        digits: How many digits of a year, a month or a day count; None where that is not said.
        is_zulu: Whether the zone is `Z` where there is no offset.
    """

    component: str
    case: str = ""
    integer: IntegerPicture | None = None
    most: float | None = None
    digits: float | None = None
    is_zulu: bool = False


_DEFAULTS = {
    **dict.fromkeys("YMDdWwXxHhf", "1"), **dict.fromkeys("FPCE", "n"), "m": "01", "s": "01", "Z": "01:01", "z": "01:01",
}  # fmt: skip
"""How a part is shown where its marker does not say."""
_COUNTED = "YMDdFWwXxHhmsf"
_ZONES = ("Z", "z")
_PIECE = lazy_pattern(r"(?P<text>(?:[^\[]|\[\[)+)|\[(?P<marker>[^\]]*)(?P<closed>\]?)")


@lru_cache(maxsize=512)
def moment_picture(picture: str) -> Sequence[str | Marker]:
    """The texts and markers of a picture; raises `JsonataError`."""
    pieces: list[str | Marker] = []
    for piece in _PIECE.finditer(picture):
        if piece["text"] is not None:
            pieces.append(piece["text"].replace("[[", "[").replace("]]", "]"))
        elif piece["closed"]:
            pieces.append(_marker("".join(piece["marker"].split())))
        else:
            raise JsonataError("D3135")
    return pieces


_MARKER = lazy_pattern(r"(?P<component>.?)(?P<shown>.*?)(?:,(?P<least>[^,-]*)(?P<dash>-?)(?P<most>[^,]*))?", re.DOTALL)


def _marker(text: str) -> Marker:
    found = _MARKER.fullmatch(text)
    assert found is not None  # noqa: S101  all of its parts are optional
    component, shown = found["component"], found["shown"]
    modifier = shown[-1] if len(shown) > 1 and shown[-1] in "atco" else ""
    shown = shown.removesuffix(modifier) or _DEFAULTS.get(component, "")
    if not shown:
        raise JsonataError("D3132", value=component)
    most = _width(found["most"]) if found["dash"] else None
    marker = Marker(component=component, case=_case(shown), most=most, is_zulu=modifier == "t")
    if component in _ZONES:
        return replace(marker, integer=integer_picture(shown))
    if not marker.case and component in _COUNTED:
        return _counted(marker, integer_picture(f"{shown};{modifier}" if modifier else shown), _width(found["least"]))
    return marker


def _case(shown: str) -> str:
    if shown.startswith("N"):
        return "title" if shown.startswith("Nn") else "upper"
    return "lower" if shown.startswith("n") else ""


def _width(written: str | None) -> float | None:
    width: float | None = None if written is None or written == "*" else leading_integer(written)
    return width


def _counted(marker: Marker, integer: IntegerPicture, least: float | None) -> Marker:
    """A marker that is shown as a number, with its width: that of years, months and days is how many digits count."""
    if not isinstance(integer, Digits):
        return replace(marker, integer=integer, digits=marker.most if marker.component in "YMD" else None)
    if least is not None:
        integer = integer.at_least(least)
    digits = None
    if marker.component in "YMD":
        digits = marker.most
        if digits is not None:
            integer = replace(integer, mandatory=digits)
        elif integer.mandatory + integer.optional >= 2:
            digits = integer.mandatory + integer.optional
    return replace(marker, integer=integer, digits=digits)
