"""keyflow's own answers to the cases, in the reference's form."""

from __future__ import annotations

import math
from typing import Any

from keyflow.engine.patterns import NoRegex, regex
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.expression import Expression
from keyflow.jsonata_language.values import NOTHING, Function


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """A value, `nothing`, or an error's code."""
    try:
        expression = Expression(case["expression"])
        value = expression.evaluate(
            case.get("document", NOTHING),
            dict(case.get("bindings") or {}),
            matches=_matches,
            now=lambda: 1_700_000_000_000,
        )
    except JsonataError as error:
        return {"error": error.code}
    except NoRegex:
        return {"error": "regex"}
    try:
        return {"nothing": True} if value is NOTHING else {"value": _plain(value)}
    except RecursionError:  # a value within itself
        return {"error": "endless"}


def _matches(pattern: str, ignores_case: bool, is_multiline: bool) -> Any:
    return regex(pattern, ignore_case=ignores_case, multiline=is_multiline)


def _plain(value: Any) -> Any:
    if value is NOTHING:
        return None
    if isinstance(value, Function):
        return {"$function": True}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
