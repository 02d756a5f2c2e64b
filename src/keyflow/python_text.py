"""Texts of others in the Python that keyflow writes: as literals, docstrings and names, so that none is ever executed.

Whatever keyflow writes into a `.py` or `.pyi` file and has not made up itself goes through here.
"""

from __future__ import annotations

import keyword

_LONGEST_DOCSTRING = 117


def text_literal(text: str) -> str:
    """A string literal as formatters leave it: in double quotes, unless it has some and no single ones."""
    quote = "'" if '"' in text and "'" not in text else '"'
    return f"{quote}{_escaped(text, quote)}{quote}"


def docstring(text: str) -> str:
    """A docstring of one line. Nothing that the text says ends it."""
    shown = text if len(text) <= _LONGEST_DOCSTRING else f"{text[: _LONGEST_DOCSTRING - 3]}..."
    return f'"""{inside_docstring(shown)}"""'


def inside_docstring(text: str) -> str:
    """A text that stands in a docstring."""
    return _escaped(text, '"')


def is_name(text: str) -> bool:
    """Whether Python takes a text as it stands for a name: some it normalises to others, and some are its own."""
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text) and text != "__debug__"


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(text: str, quote: str) -> str:
    return "".join(_escaped_character(character, quote) for character in text)


def _escaped_character(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{character}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
