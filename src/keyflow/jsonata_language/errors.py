"""Why an expression is none, or has no value."""

from __future__ import annotations

import json
import re
from typing import Any

from keyflow.jsonata_language.messages import MESSAGES
from keyflow.lazy import lazy_pattern

_PLACE = lazy_pattern(r"(\$?)\{(\w+)\}")
"""`{value}` stands for a value as JSON, `${token}` for the name of a function or a variable."""


class JsonataError(Exception):
    """An error with JSONata's code for it (`T2001`); its text begins with the code.

    Args:
        code: What is wrong; `MESSAGES` says it in words.
        message: Other words for it, which are taken as they are.
        position: Where in the text of the expression, in characters; None while it is evaluated.
        parts: What the words of `MESSAGES` speak of.
    """

    def __init__(self, code: str, message: str = "", *, position: int | None = None, **parts: Any) -> None:
        super().__init__(code)
        self.code, self.position = code, position
        self._message, self._parts = message, parts

    def about(self, token: Any) -> JsonataError:
        """The same error; an error that names no operator or function gets this one."""
        self._parts.setdefault("token", token)
        return self

    def __str__(self) -> str:
        return f"{self.code}: {self._message or _PLACE.sub(self._part, MESSAGES.get(self.code, ''))}"

    def _part(self, place: re.Match[str]) -> str:
        part = self._parts.get(place[2])
        if place[1]:
            return f"${part}"
        return "" if part is None else json.dumps(part, ensure_ascii=False, default=str)
