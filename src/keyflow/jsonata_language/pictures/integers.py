"""Pictures of whole numbers: `#,##0`, `w` for words, `I` for Roman numerals, `A` for letters, `;o` for ordinals.

Source: https://docs.jsonata.org/numeric-functions#formatinteger
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, reduce
from itertools import accumulate
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.strings import LONGEST_TEXT
from keyflow.jsonata_language.pictures.number_words import WORDS_PATTERN, in_words, of_words
from keyflow.jsonata_language.texts import printed
from keyflow.jsonata_language.values import NOTHING, number


@dataclass(frozen=True, slots=True)
class IntegerPicture:
    """How whole numbers are written and read."""

    @property
    def pattern(self) -> str:
        """What the numbers look like, as a regular expression."""
        raise NotImplementedError

    def written(self, size: float) -> str:
        """A number that is not negative; raises `JsonataError` where it cannot be written so."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """The number that a text says; not a number where it says none."""
        raise NotImplementedError


_Case = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Words(IntegerPicture):
    """`w`, `W`, `Ww`."""

    case: _Case
    is_ordinal: bool

    @property
    def pattern(self) -> str:
        return WORDS_PATTERN

    def written(self, size: float) -> str:
        _refuse(not math.isfinite(size), size)
        return self.case(in_words(size, is_ordinal=self.is_ordinal))

    def read(self, text: str) -> Any:
        return of_words(text.lower())


@dataclass(frozen=True, slots=True)
class Letters(IntegerPicture):
    """`a`, `A`: after `z` comes `aa`."""

    first: str

    @property
    def pattern(self) -> str:
        return f"[{self.first}-{chr(ord(self.first) + 25)}]+"

    def written(self, size: float) -> str:
        _refuse(math.isinf(size), size)
        letters = ""
        while size > 0:
            size, place = divmod(size - 1, 26)
            letters = chr(ord(self.first) + int(place)) + letters
        return letters

    def read(self, text: str) -> Any:
        before = ord(self.first) - 1
        return number(reduce(lambda sum_, sign: sum_ * 26 + ord(sign) - before, text, 0))


_NUMERALS = "ivxlcdm"
"""Those for one, five and ten, and so on for each power of ten."""
_STROKES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_SIZES = {sign: 10 ** (place // 2) * (5 if place % 2 else 1) for place, sign in enumerate(_NUMERALS)}
_LARGEST_ROMAN = 10**6


@dataclass(frozen=True, slots=True)
class Roman(IntegerPicture):
    """`i`, `I`."""

    is_upper: bool

    @property
    def pattern(self) -> str:
        return "[MDCLXVI]+" if self.is_upper else "[mdclxvi]+"

    def written(self, size: float) -> str:
        _refuse(math.isinf(size), size)
        if math.isnan(size):
            return ""
        if size > _LARGEST_ROMAN:
            raise JsonataError("U1001")
        thousands, rest = divmod(int(size), 1000)
        numerals = "m" * thousands
        for power in (2, 1, 0):
            figure, rest = divmod(rest, 10**power)
            numerals += _STROKES[figure].translate(str.maketrans("ivx", _NUMERALS[power * 2 : power * 2 + 3]))
        return numerals.upper() if self.is_upper else numerals

    def read(self, text: str) -> Any:
        sizes = [_SIZES.get(sign) for sign in reversed(text.lower())]
        if None in sizes or (self.is_upper and text != text.upper()):
            return math.nan
        known = [size for size in sizes if size is not None]
        largest = accumulate(known, max)
        return sum(size if size >= most else -size for size, most in zip(known, largest, strict=True))


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


@dataclass(frozen=True, slots=True)
class Unsupported(IntegerPicture):
    """A sequence that begins with a sign of its own."""

    token: str

    @property
    def pattern(self) -> str:
        raise JsonataError("D3130", value=self.token)

    def written(self, size: float) -> str:
        raise JsonataError("D3130", value=self.token)

    def read(self, text: str) -> Any:
        raise JsonataError("D3130", value=self.token)


def _refuse(is_refused: bool, size: float) -> None:
    if is_refused:
        raise JsonataError("U1004", value=f"{printed(size)} has no words, letters or numerals")


def _inserted(shown: str, place: int, sign: str) -> str:
    """A text with a sign at a place; what is in front of a negative one is lost, as the reference loses it."""
    return shown[: max(place, 0)] + sign + shown[place:]


def _ending(shown: str) -> str:
    return "th" if shown[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(shown[-1], "th")


# Pictures.

_ZERO = 0x30
_ZEROS = (
    _ZERO, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zero of each script that has digits of its own, in the Basic Multilingual Plane.

Source: https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedNumericType.txt
"""
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
    return _NAMED[token](is_ordinal) if token in _NAMED else _digits(token, is_ordinal)


def _digits(token: str, is_ordinal: bool) -> IntegerPicture:
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


# Functions.


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


_LEADING = re.compile(r"\s*([-+]?[0-9]+)")


def leading_integer(text: str) -> Any:
    """The whole number that a text begins with; not a number where it begins with none."""
    found = _LEADING.match(text)
    return number(int(found[1])) if found else math.nan
