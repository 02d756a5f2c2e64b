"""Whole numbers in digits of any script, with separators between them: `#,##0`.

Source: https://www.w3.org/TR/xpath-functions-31/#formatting-integers
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from itertools import accumulate
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.strings import LONGEST_TEXT
from keyflow.jsonata_language.pictures.numerals import IntegerPicture, Unsupported
from keyflow.jsonata_language.texts import printed
from keyflow.jsonata_language.values import number
from keyflow.lazy import lazy_pattern

_ZERO = 0x30
_ZEROS = (
    _ZERO, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zero of each script that has digits of its own, in the Basic Multilingual Plane.

Source: https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedNumericType.txt
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits(IntegerPicture):
    """`#,##0`, in the digits of any script.

    Attributes:
        zero: The code of the script's zero.
        mandatory: How many digits are written at least.
        optional: How many signs stand for more.
        separators: What stands between the digits, with the number of digits after it.
        repeats: After how many digits the one separator is repeated; 0 where each stands at its place alone.
        is_ordinal: Whether `st`, `nd`, `rd` or `th` follows.
    """

    zero: int
    mandatory: float
    optional: int
    separators: tuple[tuple[int, str], ...]
    repeats: int
    is_ordinal: bool

    @property
    def pattern(self) -> str:
        return self.pattern_of("+")

    def pattern_of(self, times: str) -> str:
        """What the numbers look like with so many digits."""
        return f"[0-9]{times}{'(?:th|st|nd|rd)' if self.is_ordinal else ''}"

    def at_least(self, digits: float) -> Digits:
        """The same with so many digits at least."""
        return replace(self, mandatory=digits) if self.mandatory < digits else self

    def written(self, size: float) -> str:
        shown = printed(size)
        missing = self.mandatory - len(shown)
        if missing > LONGEST_TEXT:
            raise JsonataError("U1003")
        if missing > 0:  # a width may be no number
            shown = "0" * int(missing) + shown
        if self.zero != _ZERO:
            shown = "".join(chr((ord(sign) + self.zero - _ZERO) % 0x110000) for sign in shown)
        places = self.separators
        if self.repeats:
            separator = self.separators[0][1]
            places = tuple((place, separator) for place in range(self.repeats, len(shown), self.repeats))
        for place, sign in reversed(places):
            shown = _inserted(shown, len(shown) - place, sign)
        return shown + (_ending(shown) if self.is_ordinal else "")

    def read(self, text: str) -> Any:
        digits = text[:-2] if self.is_ordinal else text
        for sign in "," if self.repeats else {sign for _place, sign in self.separators}:
            digits = digits.replace(sign, "")
        codes = [ord(sign) - self.zero + _ZERO for sign in digits]
        if min(codes, default=0) < 0:
            raise JsonataError("U1004", value=f"{text} has other digits than the picture")
        return leading_integer("".join(map(chr, codes)))


def _inserted(shown: str, place: int, sign: str) -> str:
    """A text with a sign at a place; what is in front of a negative one is lost, as the reference loses it."""
    return shown[: max(place, 0)] + sign + shown[place:]


def _ending(shown: str) -> str:
    return "th" if shown[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(shown[-1], "th")


def digits_picture(token: str, is_ordinal: bool) -> IntegerPicture:
    """A picture of digits; raises `JsonataError`."""
    zeros = [_zero_of(sign) for sign in token]
    scripts = {zero for zero in zeros if zero is not None}
    if len(scripts) > 1:
        raise JsonataError("D3131")
    if not scripts:
        return Unsupported(token)
    counted = [zero is not None or sign == "#" for zero, sign in zip(zeros, token, strict=True)]
    after = [*accumulate(reversed(counted), initial=0)][::-1]
    separators = tuple((after[place + 1], sign) for place, sign in enumerate(token) if not counted[place])[::-1]
    return Digits(
        zero=scripts.pop(),
        mandatory=sum(zero is not None for zero in zeros),
        optional=token.count("#"),
        separators=separators,
        repeats=repeated([place for place, _sign in separators]) if len({sign for _, sign in separators}) == 1 else 0,
        is_ordinal=is_ordinal,
    )


def _zero_of(sign: str) -> int | None:
    """The code of the zero of a digit's script; None where the sign is no digit."""
    return next((zero for zero in _ZEROS if zero <= ord(sign) <= zero + 9), None)


def repeated(places: list[int]) -> int:
    """After how many digits a separator stands again and again, 0 where it does not."""
    step = reduce(math.gcd, places, 0)
    return step if {step * count for count in range(1, len(places) + 1)} <= set(places) else 0


_LEADING = lazy_pattern(r"\s*([-+]?[0-9]+)")


def leading_integer(text: str) -> Any:
    """The whole number that a text begins with; not a number where it begins with none."""
    found = _LEADING.match(text)
    return number(int(found[1])) if found else math.nan
