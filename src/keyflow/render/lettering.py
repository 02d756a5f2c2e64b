"""Texts in a picture: how wide they are at most, and how they are broken into lines.

A picture says which fonts it would like and not which one it gets. So a character is as wide here as in DejaVu Sans,
the widest of those named: in Arial or Helvetica there is some room left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from keyflow.lazy import lazy_pattern

ELLIPSIS = "…"
_NARROW = dict.fromkeys("ijlI'|", 0.29) | dict.fromkeys('ft.,:;!()[]/\\ -rJ"`{}°·', 0.42)
_WIDE = dict.fromkeys("mMW%@—…→", 1.0) | dict.fromkeys("wACDGHKNOQRUVXYZ+=<>~&_≤≥≠", 0.80)
_CELLS = _NARROW | _WIDE | dict.fromkeys("SBEFLPT", 0.69) | dict.fromkeys("BU", 0.74)
_ORDINARY, _FULL = 0.64, 1.05
_MOST_NAMES = 8
_EXACT = 1e-9
"""Sums of widths differ by less, in whichever order they are made."""


@lru_cache(maxsize=4096)
def width(text: str, size: float) -> float:
    """How wide a text is at most, in pixels, in letters of so many pixels."""
    return size * sum(map(_cell, text))


@lru_cache(maxsize=1024)
def _cell(character: str) -> float:
    known = _CELLS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0.0
    if character.isascii():
        return _ORDINARY
    is_full = unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF
    return _FULL if is_full else 0.80


def visible(text: str) -> str:
    """A text with what a picture cannot show made visible: control characters, line ends, what turns the direction.

    XML 1.0 forbids most control characters even as references (https://www.w3.org/TR/xml/#charsets): those of ASCII
    become the pictures that Unicode has for them, others their number.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if character == " " or (character.isprintable() and not 0xD800 <= code <= 0xDFFF):
        return character
    return f"⟨U+{code:04X}⟩"


@lru_cache(maxsize=1024)
def broken(text: str, size: float, most: float, lines: int) -> tuple[str, ...]:
    """A text in at most so many lines that are at most so wide; what does not fit ends in an ellipsis.

    It is broken at blanks; a word that fits no line also after a dot, a colon or a hyphen, and before a capital.
    """
    made = [""]
    for piece in _pieces(text, size, most):
        if made[-1] and width((made[-1] + piece).rstrip(), size) > most:
            made.append("")
        made[-1] += piece if made[-1] else piece.lstrip()
        if len(made) > lines:
            break
    if len(made) > lines:
        made = [*made[: lines - 1], shortened(made[lines - 1] + made[lines], size, most, cut=True)]
    return tuple([line.rstrip() for line in made])


def _pieces(text: str, size: float, most: float) -> Iterator[str]:
    """A text in pieces that fit a line, each with the blanks after it."""
    for word in _WORD.findall(text):
        for part in [word] if width(word.rstrip(), size) <= most else _PART.findall(word):
            yield from [part] if width(part.rstrip(), size) <= most else _cut(part, size, most)


_WORD = lazy_pattern(r"\S+\s*|\s+")
_PART = lazy_pattern(r".+?(?:[.:/_,-]+|(?<=[a-z0-9])(?=[A-Z])|$)\s*", re.DOTALL)


def _cut(word: str, size: float, most: float) -> Sequence[str]:
    """A word that fits no line, in pieces that do."""
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, size) > most:
            pieces.append("")
        pieces[-1] += character
    return pieces


def shortened(text: str, size: float, most: float, *, cut: bool = False) -> str:
    """A text in one line, with an ellipsis at its end where it does not fit, or where some was cut off before."""
    if not cut and width(text, size) <= most:
        return text
    left = most / size - _cell(ELLIPSIS)
    kept = ""
    for character in text:
        left -= _cell(character)
        if left < _EXACT:
            break
        kept += character
    return kept.rstrip() + ELLIPSIS


def listed(names: Sequence[str], size: float, most: float) -> str:
    """As many of some names as fit into a line, at least one, and how many more there are: `States.Timeout, +3`."""
    for count in range(min(len(names), _MOST_NAMES), 1, -1):
        text = _with_rest(names, count)
        if width(text, size) <= most:
            return text
    return _with_rest(names, 1)


def _with_rest(names: Sequence[str], count: int) -> str:
    rest = len(names) - count
    return ", ".join(names[:count]) + (f", +{rest}" if rest else "")
