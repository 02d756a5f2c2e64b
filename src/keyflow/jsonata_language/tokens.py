"""The words of an expression, as JSONata 2.0.6 cuts them: it has neither `?:` nor `??`."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from keyflow.jsonata_language.errors import JsonataError

BINDING = {
    ".": 75, "[": 80, "]": 0, "{": 70, "}": 0, "(": 80, ")": 0, ",": 0, "@": 80, "#": 80, ";": 80, ":": 80, "?": 20,
    "+": 50, "-": 50, "*": 60, "/": 60, "%": 60, "|": 20, "=": 40, "<": 40, ">": 40, "^": 40, "**": 60, "..": 20,
    ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "and": 30, "or": 25, "in": 40, "&": 50, "!": 0, "~": 0,
}  # fmt: skip
"""How strongly each operator binds; two signs end a name, and are none."""
_PAIRS = frozenset(("..", ":=", "!=", ">=", "<=", "**", "~>"))
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BLANKS = " \t\n\r\v"
_NUMBER = re.compile(r"-?(0|([1-9][0-9]*))(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_NAME_ENDS = frozenset(_BLANKS) | {sign for sign in BINDING if len(sign) == 1}
_WORDS = {"true": True, "false": False, "null": None}
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Token(NamedTuple):
    """A word: its kind, what it says, and where it ends."""

    type: str
    value: Any
    position: int


class Regex(NamedTuple):
    """A regular expression as it is written."""

    pattern: str
    ignores_case: bool
    is_multiline: bool


class Tokenizer:
    """Cuts one word after the other; raises `JsonataError`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def next(self, *, is_infix: bool) -> Token | None:
        """The next word, None at the end; after an operand, `/` divides."""
        self._skip()
        text, position = self._text, self._position
        if position >= len(text):
            return None
        sign = text[position]
        if sign == "/" and not is_infix:
            self._position += 1
            return self._token("regex", self._regex())
        if text[position : position + 2] in _PAIRS:
            self._position += 2
            return self._token("operator", text[position : position + 2])
        if sign in BINDING:
            self._position += 1
            return self._token("operator", sign)
        if sign in "\"'":
            return self._token("string", self._string(sign))
        if found := _NUMBER.match(text, position):
            return self._number(found)
        return self._name()

    def _token(self, kind: str, value: Any) -> Token:
        return Token(kind, value, self._position)

    def _skip(self) -> None:
        """Over blanks and comments."""
        text = self._text
        while self._position < len(text):
            if text[self._position] in _BLANKS:
                self._position += 1
            elif text.startswith("/*", self._position):
                end = text.find("*/", self._position + 2)
                if end < 0:
                    raise JsonataError("S0106", position=self._position)
                self._position = end + 2
            else:
                return

    def _number(self, found: re.Match[str]) -> Token:
        value: float = float(found[0])
        if math.isinf(value):
            raise JsonataError("S0102", token=found[0], position=self._position)
        self._position = found.end()
        return self._token("number", int(value) if value.is_integer() and abs(value) < 2**53 else value)

    def _string(self, quote: str) -> str:
        text, position = self._text, self._position + 1
        pieces: list[str] = []
        while position < len(text):
            sign = text[position]
            if sign == quote:
                self._position = position + 1
                return whole("".join(pieces))
            if sign == "\\":
                position += 1
                escaped = text[position : position + 1]
                if escaped in _ESCAPES:
                    pieces.append(_ESCAPES[escaped])
                elif escaped == "u":
                    digits = text[position + 1 : position + 5]
                    if re.fullmatch(r"[0-9a-fA-F]+", digits) is None:
                        raise JsonataError("S0104", position=position)
                    pieces.append(chr(int(digits, 16)))
                    position += 4
                else:
                    raise JsonataError("S0103", token=escaped, position=position)
            else:
                pieces.append(sign)
            position += 1
        raise JsonataError("S0101", position=position)

    def _name(self) -> Token | None:
        text, start = self._text, self._position
        if text[start] == "`":
            end = text.find("`", start + 1)
            if end < 0:
                raise JsonataError("S0105", position=len(text))
            self._position = end + 1
            return self._token("name", text[start + 1 : end])
        end = start
        while end < len(text) and text[end] not in _NAME_ENDS:
            end += 1
        self._position = end
        name = text[start:end]
        if name.startswith("$"):
            return self._token("variable", name[1:])
        if name in ("or", "in", "and"):
            return self._token("operator", name)
        if name in _WORDS:
            return self._token("value", _WORDS[name])
        return self._token("name", name)

    def _regex(self) -> Regex:
        text, start, depth = self._text, self._position, 0
        for position in range(start, len(text)):
            sign = text[position]
            if sign == "/" and not depth and self._is_bare(position):
                if position == start:
                    raise JsonataError("S0301", position=position)
                end = position + 1
                while text[end : end + 1] in ("i", "m"):
                    end += 1
                flags = text[position + 1 : end]
                if len(set(flags)) < len(flags):
                    raise JsonataError("U1004", value=f"a flag of /{text[start:position]}/ stands twice")
                self._position = end
                return Regex(text[start:position], "i" in flags, "m" in flags)
            if text[position - 1] != "\\":
                depth += (sign in "([{") - (sign in ")]}")
        raise JsonataError("S0302", position=len(text))

    def _is_bare(self, position: int) -> bool:
        """Whether an even number of backslashes stands in front."""
        before = self._text[:position]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 0


def whole(text: str) -> str:
    """A text whose halves of characters, as JavaScript has them, are joined to characters where two stand together."""
    if not text.isascii() and _HALVES.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text
