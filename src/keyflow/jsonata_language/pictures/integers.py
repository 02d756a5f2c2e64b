"""Pictures of whole numbers: `#,##0`, `w` for words, `I` for Roman numerals, `A` for letters, `;o` for ordinals.

Source: https://docs.jsonata.org/numeric-functions#formatinteger
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.digits import digits_picture
from keyflow.jsonata_language.pictures.numerals import IntegerPicture, Letters, Roman, Words
from keyflow.jsonata_language.values import NOTHING, number

_NAMED: dict[str, Callable[[bool], IntegerPicture]] = {
    "W": lambda is_ordinal: Words(str.upper, is_ordinal),
    "w": lambda is_ordinal: Words(str.lower, is_ordinal),
    "Ww": lambda is_ordinal: Words(str, is_ordinal),
    "A": lambda _is_ordinal: Letters("A"),
    "a": lambda _is_ordinal: Letters("a"),
    "I": lambda _is_ordinal: Roman(True),
    "i": lambda _is_ordinal: Roman(False),
}


@lru_cache(maxsize=512)
def integer_picture(picture: str) -> IntegerPicture:
    """A picture as it is understood; raises `JsonataError`."""
    token, semicolon, modifier = picture.rpartition(";")
    token = token if semicolon else modifier
    is_ordinal = bool(semicolon) and modifier.startswith("o")
    return _NAMED[token](is_ordinal) if token in _NAMED else digits_picture(token, is_ordinal)


def in_picture(value: Any, picture: IntegerPicture) -> str:
    """A whole number as a picture has it."""
    shown = picture.written(abs(value))
    return f"-{shown}" if value < 0 else shown


def format_integer(value: Any, picture: Any) -> Any:
    """`$formatInteger`."""
    if value is NOTHING:
        return NOTHING
    whole = number(math.floor(value)) if math.isfinite(value) else value
    return in_picture(whole, integer_picture(_given(picture)))


def parse_integer(value: Any, picture: Any) -> Any:
    """`$parseInteger`."""
    return NOTHING if value is NOTHING else integer_picture(_given(picture)).read(value)


def _given(picture: Any) -> str:
    if picture is NOTHING:
        raise JsonataError("U1004", value="the picture is missing")
    return str(picture)
