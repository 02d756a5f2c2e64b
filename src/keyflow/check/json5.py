"""JSON with positions: also with comments, trailing commas, single quotes and bare keys (JSON5), as people write it.

A bare `${Name}` is a value, too: SAM, CloudFormation and Terraform fill such templates in as text.

Source: https://spec.json5.org. `json.loads` is faster and is tried first; this one says where things stand.
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import Any

from keyflow import bounds, json_values
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_BLANK = lazy_pattern(r"(?:[\s\ufeff]++|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_STRING = lazy_pattern(r'"(?:[^"\\\n]++|\\.)*+"|\'(?:[^\'\\\n]++|\\.)*+\'', re.DOTALL)
_NUMBER = lazy_pattern(r"[+-]?(?:0[xX][0-9a-fA-F]+|Infinity|NaN|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_SUBSTITUTION = lazy_pattern(r"\$\{[^{}\"'\n]*\}")
"""Narrower than what stands in a text: a quote, or the end of the line, means that the brace was not closed."""
_NAME = lazy_pattern(r"[A-Za-z_$][\w$]*")
_HEXADECIMAL = 200
"""Characters of a whole number in base 16."""
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class SyntaxProblem(Exception):
    """The text is no document; `offset` is where that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(slots=True)
class Parsed:
    """A value, where each part of it stands (offsets of key and value by path), and keys that were written twice."""

    value: Any
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, int] = field(default_factory=dict)
    duplicates: list[tuple[Path, int]] = field(default_factory=list)


def parse(text: str) -> Parsed:
    """The document in a text.

    Raises:
        SyntaxProblem: It is none.
    """
    reader = _Reader(text)
    reader.parsed.value = reader.value((), reader.blank(0))
    if reader.end < len(text):
        raise SyntaxProblem(f"{text[reader.end : reader.end + 20]!r} stands after the document", reader.end)
    return reader.parsed


_DECODE = json.JSONDecoder(strict=False).decode


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.parsed = Parsed(None)
        self.end = 0

    def blank(self, offset: int) -> int:
        match = _BLANK.match(self.text, offset)
        self.end = match.end() if match else offset
        return self.end

    def value(self, path: Path, offset: int) -> Any:
        """The value at an offset; `end` is then the next thing behind it."""
        first = self.text[offset : offset + 1]
        if len(path) >= bounds.DEPTH and first in ("{", "[") and first:
            raise SyntaxProblem(bounds.too_deep(), offset)
        if len(self.parsed.values) >= bounds.VALUES:
            raise SyntaxProblem(bounds.too_many(), offset)
        self.parsed.values[path] = offset
        if first == "{":
            return self._object(path, offset)
        if first == "[":
            return self._array(path, offset)
        if first in ("'", '"') and first:
            return self._string(offset)
        number = _NUMBER.match(self.text, offset)
        if number is not None:
            self.blank(number.end())
            return _number(number[0], offset)
        substitution = _SUBSTITUTION.match(self.text, offset)
        if substitution is not None:  # a number, or anything else, that is put in before this is JSON
            self.blank(substitution.end())
            return json_values.Unquoted(substitution[0])
        word = _NAME.match(self.text, offset)
        if word is not None and word[0] in _WORDS:
            self.blank(word.end())
            return _WORDS[word[0]]
        found = repr(self.text[offset : offset + 20]) if offset < len(self.text) else "the end of the text"
        raise SyntaxProblem(f"expected a value, found {found}", offset)

    def _object(self, path: Path, offset: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        offset = self.blank(offset + 1)
        while self.text[offset : offset + 1] != "}":
            key = self._key(offset)
            inner = (*path, key)
            if key in members:
                self.parsed.duplicates.append((inner, offset))
            self.parsed.keys[inner] = offset
            self._expect(":", f"after the key {key!r}")
            members[key] = self.value(inner, self.end)
            offset = self._comma("}")
        self.blank(offset + 1)
        return members

    def _array(self, path: Path, offset: int) -> list[Any]:
        elements: list[Any] = []
        offset = self.blank(offset + 1)
        while self.text[offset : offset + 1] != "]":
            elements.append(self.value((*path, len(elements)), offset))
            offset = self._comma("]")
        self.blank(offset + 1)
        return elements

    def _comma(self, closing: str) -> int:
        """Goes over a comma; gives where the next entry, or the closing bracket, stands."""
        if self.text[self.end : self.end + 1] == ",":
            return self.blank(self.end + 1)
        if self.text[self.end : self.end + 1] != closing:
            found = repr(self.text[self.end : self.end + 20]) if self.end < len(self.text) else "the end of the text"
            raise SyntaxProblem(f"expected ',' or {closing!r}, found {found}", self.end)
        return self.end

    def _expect(self, sign: str, where: str) -> None:
        if self.text[self.end : self.end + 1] != sign:
            raise SyntaxProblem(f"expected {sign!r} {where}", self.end)
        self.blank(self.end + 1)

    def _key(self, offset: int) -> str:
        if self.text[offset : offset + 1] in ("'", '"') and offset < len(self.text):
            return self._string(offset)
        name = _NAME.match(self.text, offset)
        if name is None:
            raise SyntaxProblem(f"expected a key, found {self.text[offset : offset + 20]!r}", offset)
        self.blank(name.end())
        return name[0]

    def _string(self, offset: int) -> str:
        match = _STRING.match(self.text, offset)
        if match is None:
            raise SyntaxProblem("this string does not end on its line", offset)
        self.blank(match.end())
        text = self._escaped(match[0]) if "\\" in match[0] else match[0][1:-1]
        if not text.isascii():
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # pairs as one
            if not json_values.is_whole(text):
                raise SyntaxProblem(json_values.HALF, offset)
        return text

    @staticmethod
    def _escaped(literal: str) -> str:
        if literal[0] == '"':
            try:
                text: str = _DECODE(literal)
                return text
            except ValueError:
                pass
        return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", _escape, literal[1:-1], flags=re.DOTALL)


def _escape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped[0] in "ux" and len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    if escaped[-1] == "\n":
        return ""
    return _ESCAPES.get(escaped, escaped)


def _number(text: str, offset: int) -> int | float:
    plain = text.lstrip("+-")
    try:
        if plain[:2].lower() == "0x":
            if len(plain) > _HEXADECIMAL:
                raise ValueError(f"{json_values.shortened(text)} is too large a number")
            return int(text, 16)
        if plain in ("Infinity", "NaN"):
            json_values.refuse(plain)
        return json_values.number(text) if any(sign in plain for sign in ".eE") else json_values.whole(text)
    except ValueError as error:
        raise SyntaxProblem(str(error), offset) from error
