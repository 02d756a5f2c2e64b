"""Expressions: read once, then evaluated as often as needed.

`Expression(text).evaluate(document, names)` gives JSON, or `NOTHING`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyflow.jsonata_language.calls import Frame, Run
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation.compiler import code_of
from keyflow.jsonata_language.library import LIBRARY
from keyflow.jsonata_language.syntax.parser import parse
from keyflow.jsonata_language.values import Document

MOST_STEPS = 2_000_000
"""Calls, elements looked at and made, and pieces of 64 characters: what one evaluation may do, on any machine."""
Matches = Callable[[str, bool, bool], Any]
"""Compiles a regular expression: its pattern, whether it ignores case, whether `^` and `$` match at lines."""
Now = Callable[[], int]


class Expression:
    """An expression that has been read; raises `JsonataError` where a text is none."""

    def __init__(self, text: str) -> None:
        self._code = code_of(parse(text))

    def evaluate(
        self,
        document: Any,
        names: dict[str, Any],
        *,
        matches: Matches,
        now: Now,
        functions: Mapping[str, Any] = LIBRARY,
    ) -> Any:
        """The value as it is, `NOTHING` where it has none.

        Args:
            document: What `$` is, `NOTHING` for none.
            names: The values of variables, to which it adds its own.
            matches: Compiles regular expressions.
            now: Gives the moment, in milliseconds since 1970.
            functions: The functions that there are.

        Raises:
            JsonataError: It has no value because of an error, or is too deep, too long or too large.
        """
        run = Run(MOST_STEPS, matches, now)
        names["$"] = document
        frame = Frame(Frame(None, functions, run, 0), names, run, 0)
        try:
            return self._code.run(Document((document,)) if isinstance(document, list) else document, frame)
        except RecursionError:
            raise JsonataError("U1001") from None
