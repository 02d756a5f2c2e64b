"""JSONata 2.0.6, which Step Functions evaluates: expressions are read once, then evaluated as often as needed.

`Expression(text).evaluate(document, names)` gives JSON, or `NOTHING`.

It does what https://github.com/jsonata-js/jsonata does, case by case; that program's licence is in `NOTICE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation import code_of
from keyflow.jsonata_language.functions import Frame, Native, Run
from keyflow.jsonata_language.library import LIBRARY
from keyflow.jsonata_language.operators import LONGEST_RANGE
from keyflow.jsonata_language.syntax import Node
from keyflow.jsonata_language.trees import parse
from keyflow.jsonata_language.values import NOTHING, Array, Function, Items, Object

__all__ = [
    "LIBRARY", "LONGEST_RANGE", "MOST_STEPS", "NOTHING", "Array", "Expression", "Function", "Items", "JsonataError",
    "Native", "Node", "Object", "parse",
]  # fmt: skip

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
        value = document
        if isinstance(document, list):
            value = Items((document,))
            value.is_document = True
        try:
            return self._code.run(value, frame)
        except RecursionError:
            raise JsonataError("U1001") from None
