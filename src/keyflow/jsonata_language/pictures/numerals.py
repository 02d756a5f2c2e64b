"""How whole numbers are written and read: in words, in letters, in Roman numerals; digits have a module of their own.

Source: https://docs.jsonata.org/numeric-functions#formatinteger
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import accumulate
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.number_words import WORDS_PATTERN, in_words, of_words
from keyflow.jsonata_language.texts import printed
from keyflow.jsonata_language.values import number


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
