"""Functions of strings.

Source: https://docs.jsonata.org/string-functions
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.texts import text
from keyflow.jsonata_language.values import NOTHING

LONGEST_TEXT = 10_000_000
"""Characters that a function may add to a string."""


def _string(value: Any, is_pretty: Any) -> Any:
    return NOTHING if value is NOTHING else text(value, is_pretty=is_pretty is True)


def of_text(compute: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A function of a string, which may be missing."""
    return lambda value: NOTHING if value is NOTHING else compute(value)


def _substring(value: Any, start: Any, length: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    begin = 0 if start is NOTHING or len(value) + start < 0 else start
    if length is NOTHING:
        return value[_place(begin, value) :]
    if length <= 0:
        return ""
    end = (len(value) + begin if begin < 0 else begin) + length
    return value[_place(begin, value) : _place(end, value)]


def _place(number: float, value: str) -> int:
    """A place in a text as JavaScript has it: what is no number is 0, and nothing is after the end."""
    return 0 if math.isnan(number) else math.trunc(min(number, len(value)))


def _substring_before(value: Any, sought: Any) -> Any:
    if value is NOTHING or sought == "":
        return NOTHING if value is NOTHING else ""
    return value.partition(_spelled(sought))[0]


def _substring_after(value: Any, sought: Any) -> Any:
    if value is NOTHING or sought == "":
        return value
    _before, found, after = value.partition(_spelled(sought))
    return after if found else value


def _spelled(value: Any) -> str:
    """A text; one that is left out is JavaScript's word for it."""
    return "undefined" if value is NOTHING else str(value)


def _trim(value: str) -> str:
    return re.sub(r"[ \t\n\r]+", " ", value).removeprefix(" ").removesuffix(" ")


def _pad(value: Any, width: Any, sign: Any) -> Any:
    if value is NOTHING or width is NOTHING:
        return value
    missing = abs(width) - len(value)
    if not missing > 0:
        return value
    if missing > LONGEST_TEXT:
        raise JsonataError("U1003")
    if missing != int(missing):
        raise JsonataError("U1004", value="a text is padded to a whole number of characters")
    filler = sign or " "
    padding = (filler * (int(missing) // len(filler) + 1))[: int(missing)]
    return value + padding if width > 0 else padding + value


def _join(texts: Any, separator: Any) -> Any:
    return NOTHING if texts is NOTHING else (separator or "").join(texts)


FUNCTIONS = {
    "string": Native(_string, 1, "<x-b?:s>"),
    "length": Native(of_text(len), 1, "<s-:n>"),
    "substring": Native(_substring, 3, "<s-nn?:s>"),
    "substringBefore": Native(_substring_before, 2, "<s-s:s>"),
    "substringAfter": Native(_substring_after, 2, "<s-s:s>"),
    "lowercase": Native(of_text(str.lower), 1, "<s-:s>"),
    "uppercase": Native(of_text(str.upper), 1, "<s-:s>"),
    "trim": Native(of_text(_trim), 1, "<s-:s>"),
    "pad": Native(_pad, 3, "<s-ns?:s>"),
    "join": Native(_join, 2, "<a<s>s?:s>"),
}
