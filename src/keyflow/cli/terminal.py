"""Text of files on its way to a terminal: no control sequence in it is obeyed, no line is longer than people read."""

from __future__ import annotations

import re
from functools import cache

_CONTROL = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # unseen, or changing the direction
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff]"  # halves of characters, with which Python holds names that are not UTF-8
)
_LONGEST_MESSAGE = 1_000
_EXCERPT = 120
_SHORT = 200


@cache
def _control() -> re.Pattern[str]:
    """What is escaped; compiled when the first text has something that is not simply printed."""
    return re.compile(_CONTROL)


def plain(text: object) -> str:
    """The text with each control character as the escape that Python writes it with: `\\x1b`."""
    shown = str(text)
    return shown if shown.isprintable() else _control().sub(lambda match: _escape(match[0]), shown)


def line(text: object) -> str:
    """As `plain`, on one line: for names, of states and of files."""
    return plain(text).replace("\n", "\\n").replace("\t", "\\t")


def shortened(text: object) -> str:
    """As `line`, at most 200 characters: for what may be long and stands in full elsewhere."""
    shown = str(text)
    return line(shown if len(shown) <= _SHORT else f"{shown[:_SHORT]}...")


def message(text: object) -> str:
    """As `plain`, at most 1,000 characters."""
    shown = str(text)
    rest = len(shown) - _LONGEST_MESSAGE
    return plain(shown) if rest <= 0 else f"{plain(shown[:_LONGEST_MESSAGE])}... ({rest:,} characters more)"


def json_escaped(text: str) -> str:
    """A text of JSON whose control characters are escaped as JSON has them, those beyond ASCII included."""
    if text.isprintable():
        return text
    return _control().sub(lambda match: match[0] if match[0] < " " else _json_escape(match[0]), text)


def excerpt(source: str, column: int | None) -> str:
    """A line of a file around a column (from 1): the whole of it where it is short, without the blanks around it."""
    found = source.strip()
    if len(found) <= _EXCERPT:
        return line(found)
    place = max(0, (column or 1) - 1 - (len(source) - len(source.lstrip())))
    start = max(0, min(place - _EXCERPT // 3, len(found) - _EXCERPT))
    end = start + _EXCERPT
    before, after = "... " if start else "", " ..." if end < len(found) else ""
    return f"{before}{line(found[start:end])}{after}"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    encoded = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{encoded[index : index + 2].hex()}" for index in range(0, len(encoded), 2))
