"""The condition of a choice rule in a line: `$.count > 3 and not $.done`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keyflow.asl.fields import shown_text

_COMPARED = {
    "Equals": "=",
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "LessThan": "<",
    "GreaterThan": ">",
    "Matches": "like",
}
_TYPES = ("String", "Numeric", "Boolean", "Timestamp")
_TESTS = {"IsNull": "null", "IsPresent": "present", "IsNumeric": "a number", "IsString": "a string"}
_TESTS |= {"IsBoolean": "a boolean", "IsTimestamp": "a timestamp"}
_LISTS = {"And": " and ", "Or": " or "}


def condition_text(rule: Mapping[str, Any]) -> str:
    """What a rule asks for; of rules that are of no known shape, nothing.

    Operators: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    """
    return _text(rule, within=False)


def _text(rule: Mapping[str, Any], *, within: bool) -> str:
    condition = rule.get("Condition")
    if isinstance(condition, str):
        return " ".join(shown_text(condition).split())
    for key, word in _LISTS.items():
        inner = rule.get(key)
        if isinstance(inner, list):
            text = word.join(_text(each, within=True) for each in inner if isinstance(each, Mapping))
            return f"({text})" if within and len(inner) > 1 else text
    inner = rule.get("Not")
    if isinstance(inner, Mapping):
        return f"not {_text(inner, within=True)}"
    variable = rule.get("Variable")
    for key, value in rule.items() if isinstance(variable, str) else ():
        if key in _TESTS:
            return f"{variable} is {'' if value is not False else 'not '}{_TESTS[key]}"
        operator, is_path = _operator(key)
        if operator:
            return f"{variable} {operator} {value if is_path else json.dumps(value, ensure_ascii=False)}"
    return ""


def _operator(key: str) -> tuple[str, bool]:
    """The sign of `NumericLessThanEqualsPath`, and whether it compares with a path."""
    kind = next((each for each in _TYPES if key.startswith(each)), None)
    if kind is None:
        return "", False
    is_path = key.endswith("Path")
    return _COMPARED.get(key.removeprefix(kind).removesuffix("Path"), ""), is_path
