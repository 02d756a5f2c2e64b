"""Whole numbers in English words: `two hundred and first`."""

from __future__ import annotations

import math

from keyflow.jsonata_language.values import number
from keyflow.lazy import lazy_pattern

_UNITS = (
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
)  # fmt: skip
_TENS = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_GROUPS = (("Trillion", 10.0**12), ("Billion", 10.0**9), ("Million", 10.0**6), ("Thousand", 1000.0), ("Hundred", 100.0))
_IRREGULAR = {
    "One": "First", "Two": "Second", "Three": "Third", "Five": "Fifth", "Eight": "Eighth", "Nine": "Ninth",
    "Twelve": "Twelfth",
}  # fmt: skip
_LAST_WORD = lazy_pattern(r"[A-Za-z]+$")


def in_words(value: float, *, is_ordinal: bool) -> str:
    """A whole number that is not negative, each word with a capital letter."""
    words = _cardinal(value)
    return _LAST_WORD.sub(lambda word: _ordinal(word[0]), words) if is_ordinal else words


def _cardinal(value: float) -> str:
    groups: list[str] = []
    for name, size in _GROUPS:
        if value >= size:
            count = float(math.floor(value / size))
            groups.append(f"{_cardinal(count)} {name}")
            value -= count * size
    if value <= 0 and groups:
        return ", ".join(groups)
    return " and ".join([*([", ".join(groups)] if groups else []), _below_hundred(int(value))])


def _below_hundred(value: int) -> str:
    if value < len(_UNITS):
        return _UNITS[value]
    tens, unit = divmod(value, 10)
    return f"{_TENS[tens - 2]}-{_UNITS[unit]}" if unit else _TENS[tens - 2]


def _ordinal(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


_CARDINALS = {
    **{word: size for size, word in enumerate(_UNITS)},
    **{word: size * 10 for size, word in enumerate(_TENS, 2)},
    **{word: int(size) for word, size in _GROUPS},
}
_SIZES = {form.lower(): size for word, size in _CARDINALS.items() for form in (word, _ordinal(word))}


def _words_pattern() -> str:
    """Each word once, with the endings of its ordinal: a regular expression has few characters to spare."""
    tens = [word[:-1] for word in _TENS]
    others = [word for word in _CARDINALS if word not in _IRREGULAR and word not in _TENS]
    irregular = [*_IRREGULAR, *_IRREGULAR.values()]
    pattern = f"(?:(?:{'|'.join(others)})(?:th)?|(?:{'|'.join(tens)})(?:y|ieth)|{'|'.join(irregular)}|and|[-, ])+"
    return pattern.lower()


WORDS_PATTERN = _words_pattern()
"""What numbers in words look like, in small letters."""
_BETWEEN = lazy_pattern(r",\s|\sand\s|[\s\\-]")


def of_words(text: str) -> float:
    """The number that words in small letters say; not a number where they say none."""
    total = current = 0
    for word in _BETWEEN.split(text):
        size = _SIZES.get(word)
        if size is None:
            return math.nan
        if size >= 100:
            current *= size
        elif current >= 1000:  # what was said before is a group of its own
            total, current = total + current, size
        else:
            current += size
    return number(total + current)
