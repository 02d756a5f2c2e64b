"""The words of an expression, as JSONata 2.0.6 cuts them: it has neither `?:` nor `??`."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax.nodes import Regex
from keyflow.lazy import lazy_pattern


class Token(NamedTuple):
    """A word: `name`, `variable`, `value`, `regex`, `sign` or `end`, what it says, and where it stands."""

    kind: str
    value: Any
    position: int

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.value in signs


_BLANKS = r"(?>(?:[ \t\n\r\v]|/\*(?>.*?\*/))*)"
_BLANK = lazy_pattern(_BLANKS, re.DOTALL)
_SIGNS = r"\.\.|:=|!=|>=|<=|\*\*|~>|/(?!\*)|[.\[\]{}(),@#;:?+\-*%|=<>^&!~]"
_WORD = lazy_pattern(
    rf"{_BLANKS}(?:(?P<sign>{_SIGNS})"
    r"|(?P<quoted>[\"'])"
    r"|(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?)"
    r"|`(?P<backquoted>[^`]*)(?P<closed>`?)"
    r"|(?P<name>[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]+))",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None}
_OPERATORS = ("and", "or", "in")
_NO_OPERATORS = ("!", "~")


class Tokenizer:
    """Cuts one word after the other; raises `JsonataError`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def next(self, *, after_operand: bool) -> Token:
        """The next word; after an operand `/` divides, elsewhere it begins a regular expression."""
        found = _WORD.match(self._text, self._position)
        if found is None:
            return self._end()
        kind = found.lastgroup or ""
        word: str = found[kind]
        start = found.start(kind)
        self._position = found.end()
        match kind:
            case "sign" if word == "/" and not after_operand:
                return Token("regex", self._regex(start + 1), start)
            case "sign" if word in _NO_OPERATORS:
                raise JsonataError("S0204", token=word, position=start)
            case "sign":
                return Token("sign", word, start)
            case "name":
                return _named(word, start)
            case "quoted":
                return Token("value", self._string(word, start), start)
            case "number":
                return Token("value", _number(word, start), start)
        if not word:
            raise JsonataError("S0105", position=len(self._text))
        return Token("name", found["backquoted"], start)

    def _end(self) -> Token:
        """The end, where no other word follows; raises `JsonataError` where a comment does that has no end."""
        found = _BLANK.match(self._text, self._position)
        position = found.end() if found else self._position
        if position < len(self._text):
            raise JsonataError("S0106", position=position)
        return Token("end", None, position)

    def _string(self, quote: str, start: int) -> str:
        body = _BODIES[quote].match(self._text, start + 1)
        assert body is not None  # noqa: S101  it may be empty
        value = _ESCAPE.sub(_unescaped, body[0]) if "\\" in body[0] else body[0]
        end = body.end()
        if not self._text.startswith(quote, end):
            raise JsonataError("S0101", position=end)
        self._position = end + 1
        return _joined(value)

    def _regex(self, start: int) -> Regex:
        """A regular expression up to a slash that stands in no bracket, and its flags."""
        depth = 0
        for found in _OF_REGEX.finditer(self._text, start):
            backslashes, sign = len(found[0]) - 1, found[0][-1]
            if sign != "/":
                depth += 0 if backslashes else 1 if sign in "([{" else -1
            elif depth == 0 and backslashes % 2 == 0:
                return self._with_flags(start, found.end())
        raise JsonataError("S0302", position=len(self._text))

    def _with_flags(self, start: int, end: int) -> Regex:
        pattern = self._text[start : end - 1]
        if not pattern:
            raise JsonataError("S0301", position=start)
        self._position = end
        while self._text[self._position : self._position + 1] in ("i", "m"):
            self._position += 1
        flags = self._text[end : self._position]
        if len(set(flags)) < len(flags):
            raise JsonataError("U1004", value=f"a flag of /{pattern}/ stands twice")
        return Regex(pattern, "i" in flags, "m" in flags)


_OF_REGEX = lazy_pattern(r"\\*[/()\[\]{}]")


def _named(name: str, start: int) -> Token:
    if name[0] == "$":
        return Token("variable", name[1:], start)
    if name in _OPERATORS:
        return Token("sign", name, start)
    return Token("value", _WORDS[name], start) if name in _WORDS else Token("name", name, start)


def _number(written: str, start: int) -> float:
    value = float(written)
    if math.isinf(value):
        raise JsonataError("S0102", token=written, position=start)
    return int(value) if value.is_integer() and value < 2**53 else value


_BODIES = {quote: lazy_pattern(rf"(?:[^{quote}\\]|\\.?)*", re.DOTALL) for quote in "\"'"}
_ESCAPE = lazy_pattern(r"\\(u[0-9a-fA-F]{4}|.?)", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HALVES = lazy_pattern("[\ud800-\udbff][\udc00-\udfff]")


def _unescaped(escape: re.Match[str]) -> str:
    sign = escape[1]
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if len(sign) > 1:
        return chr(int(sign[1:], 16))
    raise JsonataError("S0104" if sign == "u" else "S0103", token=sign)


def _joined(text: str) -> str:
    """A text whose halves of characters, as JavaScript has them, are joined to characters where two stand together."""
    if not text.isascii() and _HALVES.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text
