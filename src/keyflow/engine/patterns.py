"""Patterns that a definition holds texts against: wildcards and regular expressions, in time that grows with the text.

The regular expressions are RE2's (`google-re2`), which never goes back in a text. It has no lookaround and no
backreferences: what needs them is an error. JSONata's expressions are JavaScript's, whose classes (`\\d`, `\\w`) hold
ASCII only, as RE2's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from keyflow.lazy import lazy_pattern
from keyflow.libraries import library

_LONGEST_REGEX = 1_000
"""Characters of a regular expression: RE2 takes some 100 KB for each nested one."""
_PIECE = lazy_pattern(r"\\[*\\]|\*|[^*\\]+|\\")
_UNICODE = lazy_pattern(r"(\\\\)|\\u([0-9a-fA-F]{4})")


def matches_wildcards(text: str, pattern: str) -> bool:
    r"""Whether a text is what a pattern says: `*` stands for any characters, `\*` for itself, `\\` for a backslash.

    What stands between two asterisks is looked for once, where it comes first: no later place could do better.
    """
    first, *rest = _literals(pattern)
    if not rest:
        return text == first
    *middle, last = rest
    position, end = len(first), len(text) - len(last)
    if position > end or not text.startswith(first) or not text.endswith(last):
        return False
    for literal in middle:
        found = text.find(literal, position, end)
        if found < 0:
            return False
        position = found + len(literal)
    return True


@lru_cache(maxsize=1024)
def _literals(pattern: str) -> Sequence[str]:
    """What stands between the asterisks of a pattern, and in front of the first and behind the last."""
    literals = [""]
    for piece in _PIECE.findall(pattern):
        if piece == "*":
            literals.append("")
        else:
            literals[-1] += piece[1:] if len(piece) > 1 and piece.startswith("\\") else piece
    return literals


class NoRegex(ValueError):
    """A text is no regular expression that is evaluated here."""


@lru_cache(maxsize=1024)
def regex(pattern: str, *, ignore_case: bool = False, multiline: bool = False, dotall: bool = False) -> Any:
    """A compiled regular expression, with the methods of Python's own; raises `NoRegex`."""
    if len(pattern) > _LONGEST_REGEX:
        raise NoRegex(f"a regular expression has at most {_LONGEST_REGEX:,} characters, not {len(pattern):,}")
    re2 = library("re2")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = dotall
    text = _UNICODE.sub(lambda match: match[1] or rf"\x{{{match[2]}}}", pattern)
    try:
        return re2.compile(f"(?m){text}" if multiline else text, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise NoRegex(f"/{pattern}/ is no regular expression that is evaluated here ({reason})") from error
