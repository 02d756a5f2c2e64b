"""Pictures of whole numbers: `#,##0`, `w` for words, `I` for Roman numerals, `A` for letters, `;o` for ordinals.

Source: https://docs.jsonata.org/numeric-functions#formatinteger
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, number, printed

_FEW = (
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
)  # fmt: skip
_ORDINALS = (
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
    "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
    "Nineteenth",
)  # fmt: skip
_DECADES = (
    "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety",
)  # fmt: skip
_MAGNITUDES = (
    "Thousand", "Million", "Billion", "Trillion",
)  # fmt: skip
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_DIGITS = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
_LARGEST_ROMAN = 10**6
_ZEROS = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zero of each script that has digits of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerPicture:
    """What a picture says: `decimal` digits, `letters`, `roman`, `words`, or a `sequence`, which nothing supports."""

    kind: str
    token: str = ""
    letters: str = "lower"
    is_ordinal: bool = False
    zero: int = 0x30
    mandatory: float = math.nan
    optional: float = math.nan
    separators: tuple[tuple[int, str], ...] = ()
    repeats: int = 0


@lru_cache(maxsize=512)
def integer_picture(picture: str) -> IntegerPicture:
    """A picture as it is understood; raises `JsonataError`."""
    token, semicolon, modifier = picture.rpartition(";")
    token = token if semicolon else modifier
    is_ordinal = bool(semicolon) and modifier.startswith("o")
    named = {
        "A": ("letters", "upper"), "a": ("letters", "lower"), "I": ("roman", "upper"), "i": ("roman", "lower"),
        "W": ("words", "upper"), "Ww": ("words", "title"), "w": ("words", "lower"),
    }  # fmt: skip
    if token in named:
        kind, letters = named[token]
        return IntegerPicture(kind=kind, token=token, letters=letters, is_ordinal=is_ordinal)
    return _decimal(token, is_ordinal)


def _decimal(token: str, is_ordinal: bool) -> IntegerPicture:
    zeros: set[int] = set()
    mandatory = optional = 0
    separators: list[tuple[int, str]] = []
    for sign in reversed(token):
        zero = next((zero for zero in _ZEROS if zero <= ord(sign) <= zero + 9), None)
        if zero is not None:
            zeros.add(zero)
            mandatory += 1
            if len(zeros) > 1:
                raise JsonataError("D3131")
        elif sign == "#":
            optional += 1
        else:
            separators.append((mandatory + optional, sign))
    if not mandatory:
        return IntegerPicture(kind="sequence", token=token)
    return IntegerPicture(
        kind="decimal",
        token=token,
        is_ordinal=is_ordinal,
        zero=zeros.pop(),
        mandatory=mandatory,
        optional=optional,
        separators=tuple(separators),
        repeats=_repeats(separators),
    )


def _repeats(separators: Sequence[tuple[int, str]]) -> int:
    """After how many digits the same separator stands again and again, 0 where it does not."""
    if not separators or len({sign for _position, sign in separators}) > 1:
        return 0
    positions = [position for position, _sign in separators]
    factor = reduce(math.gcd, positions)
    return factor if all(factor * index in positions for index in range(1, len(positions) + 1)) else 0


def format_integer(value: Any, picture: Any) -> Any:
    """`$formatInteger`."""
    if value is NOTHING:
        return NOTHING
    return in_picture(_floor(value), integer_picture(_told(picture)))


def _told(picture: Any) -> str:
    if picture is NOTHING:
        raise JsonataError("U1004", value="the picture is missing")
    return str(picture)


def _floor(value: Any) -> Any:
    return number(math.floor(value)) if math.isfinite(value) else value


def in_picture(value: Any, picture: IntegerPicture) -> str:
    """A whole number as a picture has it."""
    size = abs(value)
    if not math.isfinite(size) and picture.kind in ("letters", "roman", "words"):
        return _of_no_number(size, picture)
    match picture.kind:
        case "letters":
            shown = _letters(size, "A" if picture.letters == "upper" else "a")
        case "roman":
            shown = _roman(int(size))
            shown = shown.upper() if picture.letters == "upper" else shown
        case "words":
            shown = _words(size, is_ordinal=picture.is_ordinal)
            shown = shown if picture.letters == "title" else getattr(shown, picture.letters)()
        case "decimal":
            shown = _digits(size, picture)
        case _:
            raise JsonataError("D3130", value=picture.token)
    return f"-{shown}" if value < 0 else shown


def _of_no_number(size: float, picture: IntegerPicture) -> str:
    if math.isnan(size) and picture.kind != "words":
        return ""
    raise JsonataError("U1004", value=f"{printed(size)} has no words, letters or numerals")


def _letters(value: float, first: str) -> str:
    letters = ""
    while value > 0:
        letters = chr(ord(first) + int(math.fmod(value - 1, 26))) + letters
        value = math.floor((value - 1) / 26)
    return letters


def _roman(value: int) -> str:
    if value > _LARGEST_ROMAN:
        raise JsonataError("U1001")
    numerals = ""
    for size, numeral in _ROMAN:
        count, value = divmod(value, size)
        numerals += numeral * count
    return numerals


def _words(value: float, *, is_ordinal: bool, follows: bool = False) -> str:
    if value <= 19:
        return (" and " if follows else "") + (_ORDINALS if is_ordinal else _FEW)[int(value)]
    if value < 100:
        tens, rest = divmod(int(value), 10)
        words = (" and " if follows else "") + _DECADES[tens - 2]
        if rest:
            return f"{words}-{_words(rest, is_ordinal=is_ordinal)}"
        return f"{words[:-1]}ieth" if is_ordinal else words
    magnitude = 0 if value < 1000 else min(math.floor(math.log10(value) / 3), len(_MAGNITUDES))
    size = 10.0 ** (3 * magnitude) if magnitude else 100.0
    head = float(math.floor(value / size))
    left = value - head * size
    name = (
        f"{_words(head, is_ordinal=False)} {_MAGNITUDES[magnitude - 1]}" if magnitude else f"{_FEW[int(head)]} Hundred"
    )
    words = (", " if follows else "") + name
    if left > 0:
        return words + _words(left, is_ordinal=is_ordinal, follows=True)
    return f"{words}th" if is_ordinal else words


def _digits(size: float, picture: IntegerPicture) -> str:
    shown = printed(size)
    shown = "0" * (int(picture.mandatory) - len(shown)) + shown
    if picture.zero != 0x30:
        shown = "".join(chr((ord(sign) + picture.zero - 0x30) % 0x110000) for sign in shown)
    if picture.repeats:
        sign = picture.separators[0][1]
        for index in range((len(shown) - 1) // picture.repeats, 0, -1):
            shown = _with(shown, len(shown) - index * picture.repeats, sign)
    else:
        for position, sign in reversed(picture.separators):
            shown = _with(shown, len(shown) - position, sign)
    if picture.is_ordinal:
        ending = {"1": "st", "2": "nd", "3": "rd"}.get(shown[-1], "th")
        shown += "th" if shown[-2:-1] == "1" else ending
    return shown


def _with(shown: str, position: int, sign: str) -> str:
    """A text with a sign at a position, which counts from the end where it is negative, as `substr` has it."""
    before, after = (shown[:position], shown[position:]) if position >= 0 else ("", shown[position:])
    return before + sign + after


def parse_integer(value: Any, picture: Any) -> Any:
    """`$parseInteger`."""
    if value is NOTHING:
        return NOTHING
    return of_picture(value, integer_picture(_told(picture)))


_LEADING = re.compile(r"\s*([-+]?[0-9]+)")


def leading_integer(text: str) -> Any:
    """The whole number that a text begins with; not a number where it begins with none."""
    found = _LEADING.match(text)
    return number(int(found[1])) if found else math.nan


def of_picture(value: str, picture: IntegerPicture) -> Any:
    """The number that a text shows as a picture has it; not a number where it shows none."""
    match picture.kind:
        case "letters":
            first = ord("A" if picture.letters == "upper" else "a")
            return number(sum((ord(sign) - first + 1) * 26**power for power, sign in enumerate(reversed(value))))
        case "roman":
            return _of_roman(value if picture.letters == "upper" else value.upper())
        case "words":
            return _of_words(value.lower())
        case "decimal":
            return _of_digits(value, picture)
        case _:
            raise JsonataError("D3130", value=picture.token)


def _of_roman(value: str) -> Any:
    total, most = 0, 1
    for numeral in reversed(value):
        size = _ROMAN_DIGITS.get(numeral)
        if size is None:
            return math.nan
        total += -size if size < most else size
        most = max(most, size)
    return total


_WORDS = {
    **{word.lower(): size for words in (_FEW, _ORDINALS) for size, word in enumerate(words)},
    **{word.lower(): size * 10 for size, word in enumerate((*_DECADES, "Hundred"), 2)},
    **{f"{word.lower()[:-1]}ieth": size * 10 for size, word in enumerate((*_DECADES, "Hundred"), 2)},
    "hundredth": 100,
    **{word.lower(): 1000**size for size, word in enumerate(_MAGNITUDES, 1)},
    **{f"{word.lower()}th": 1000**size for size, word in enumerate(_MAGNITUDES, 1)},
}
_STEMS = [word for word in _WORDS if f"{word}th" in _WORDS]
_OTHERS = [word for word in _WORDS if word not in _STEMS and word.removesuffix("th") not in _STEMS]
WORD_PATTERN = f"(?:(?:{'|'.join(_STEMS)})(?:th)?|{'|'.join(_OTHERS)}|and|[\\-, ])+"
"""What numbers in words look like."""


def _of_words(value: str) -> Any:
    sums = [0]
    for part in re.split(r",\s|\sand\s|[\s\\-]", value):
        size = _WORDS.get(part)
        if size is None:
            return math.nan
        if size < 100:
            top = sums.pop()
            if top >= 1000:
                sums.append(top)
                top = 0
            sums.append(top + size)
        else:
            sums.append(sums.pop() * size)
    return number(sum(sums))


def _of_digits(value: str, picture: IntegerPicture) -> Any:
    digits = value[:-2] if picture.is_ordinal else value
    for sign in "," if picture.repeats else "".join(sign for _position, sign in picture.separators):
        digits = digits.replace(sign, "")
    if picture.zero != 0x30:
        shifted = [ord(sign) - picture.zero + 0x30 for sign in digits]
        if any(code < 0 for code in shifted):
            raise JsonataError("U1004", value=f"{value} has other digits than the picture")
        digits = "".join(map(chr, shifted))
    return leading_integer(digits)
