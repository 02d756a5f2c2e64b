"""Expressions of JSONata that are only a literal: what they give is known without an execution.

A literal is a string, a number, true, false, null, or an array or object of literals.
Source: https://docs.jsonata.org/construction (it takes JSON as it is, and strings in single quotes, too)
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from keyflow import bounds
from keyflow.asl.fields import ABSENT, JSON, Absent, is_expression, unbraced
from keyflow.json_values import has_half_characters, with_leaves
from keyflow.lazy import lazy_pattern

_BLANK = lazy_pattern(r"(?:\s|/\*.*?\*/)*", re.DOTALL)
_NUMBER = lazy_pattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPE = r'\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4}'
_STRING = lazy_pattern(rf""""((?:[^"\\]|{_ESCAPE})*)"|'((?:[^'\\]|{_ESCAPE})*)'""")
_WORD = lazy_pattern(r"(true|false|null)(?![\w$])")
_WORDS: dict[str, JSON] = {"true": True, "false": False, "null": None}


class _NoLiteral(Exception):
    """The expression computes something."""


def constant(text: str) -> JSON | Absent:
    """What an expression gives in every execution, where it is only a literal; else `ABSENT`.

    `text` is the JSONata, without the braces around it.
    """
    if has_half_characters(text):
        return ABSENT
    reader = _Literals(text)
    try:
        found = reader.value(0)
    except (_NoLiteral, ValueError):
        return ABSENT
    return found if reader.is_at_end() else ABSENT


def with_constants(tree: JSON) -> JSON:
    """A tree of JSON with what its constant expressions give in their places."""

    def known(leaf: JSON) -> JSON:
        found = constant(unbraced(leaf)) if is_expression(leaf) else ABSENT
        return leaf if found is ABSENT else found

    return with_leaves(tree, known)


class _Literals:
    """Reads one text from left to right; `value` raises `_NoLiteral` where it is more than literals."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._blank()

    def is_at_end(self) -> bool:
        return self._position == len(self._text)

    def value(self, depth: int) -> JSON:
        if depth > bounds.DEPTH:
            raise _NoLiteral
        if self._takes("["):
            return self._array(depth)
        if self._takes("{"):
            return self._object(depth)
        word = self._match(_WORD)
        if word is not None:
            return _WORDS[word[1]]
        number = self._match(_NUMBER)
        return self._string() if number is None else _number(number[0])

    def _array(self, depth: int) -> JSON:
        found: list[JSON] = []
        while not self._takes("]"):
            if found and not self._takes(","):
                raise _NoLiteral
            found.append(self.value(depth + 1))
        return found

    def _object(self, depth: int) -> JSON:
        found: dict[str, Any] = {}
        while not self._takes("}"):
            if found and not self._takes(","):
                raise _NoLiteral
            key = self._string()
            if not self._takes(":") or key in found:  # JSONata refuses a key that stands twice
                raise _NoLiteral
            found[key] = self.value(depth + 1)
        return found

    def _string(self) -> str:
        match = self._match(_STRING)
        if match is None:
            raise _NoLiteral
        inner = match[1] if match[1] is not None else match[2].replace('\\"', '"').replace('"', '\\"')
        text: str = json.loads(f'"{inner}"', strict=False)
        return text

    def _takes(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._position):
            return False
        self._position += len(sign)
        self._blank()
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match is not None:
            self._position = match.end()
            self._blank()
        return match

    def _blank(self) -> None:
        match = _BLANK.match(self._text, self._position)
        self._position = match.end() if match is not None else self._position


def _number(text: str) -> int | float:
    """A number as JSONata has it: 1.0 is 1."""
    found = float(text)
    if not math.isfinite(found):
        raise _NoLiteral
    return int(found) if found.is_integer() and abs(found) < 2**53 else found
