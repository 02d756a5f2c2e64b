"""The conditions of a Choice.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.paths import Frame, parsed
from keyflow.engine.patterns import matches_wildcards

_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_OPERATOR = re.compile(
    r"(?P<kind>String|Numeric|Boolean|Timestamp)"
    r"(?P<ordering>LessThanEquals|GreaterThanEquals|LessThan|GreaterThan|Equals)(?P<path>Path)?"
)


def holds(condition: asl.Condition, frame: Frame) -> bool:
    """Whether a JSONPath condition holds; raises `StatesError` where it looks at what is missing."""
    match condition:
        case asl.Comparison(variable, name, value):
            return _compares(variable, name, value, frame)
        case asl.And(conditions):
            return all(holds(each, frame) for each in conditions)
        case asl.Or(conditions):
            return any(holds(each, frame) for each in conditions)
        case asl.Not(negated):
            return not holds(negated, frame)
        case _:
            raise StatesError(RUNTIME, "a JSONata condition stands in a JSONPath state")


def _compares(variable: str, name: str, expected: JSON, frame: Frame) -> bool:
    path = parsed(variable)
    if name == "IsPresent":
        return path.exists(frame) is expected
    value = path.find(frame)
    parts = _OPERATOR.fullmatch(name)
    if parts is not None:
        other = parsed(expected).find(frame) if parts["path"] else expected
        return compares(parts["kind"], parts["ordering"], value, other)
    if name == "StringMatches":
        return matches_pattern(value, expected)
    if name not in _TESTS:
        raise StatesError(RUNTIME, f"there is no comparison {name}")
    return is_of_type(name, value) is expected


def compares(kind: str, ordering: str, left: JSON, right: JSON) -> bool:
    """Whether two values compare so; two that are not both of the kind (`String`, `Numeric`, ...) never do."""
    typed = _KINDS[kind]
    if not typed(left) or not typed(right):
        return False
    if kind == "Timestamp":
        left, right = _time(left), _time(right)
    return _ORDERINGS[ordering](left, right)


def matches_pattern(value: JSON, pattern: str) -> bool:
    """Whether a value is a string that matches a pattern with `*`."""
    return isinstance(value, str) and isinstance(pattern, str) and matches_wildcards(value, pattern)


def is_of_type(test: str, value: JSON) -> bool:
    """Whether a value passes one of the tests `IsNull`, `IsString`, `IsNumeric`, `IsBoolean` and `IsTimestamp`."""
    return _TESTS[test](value)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _is_time(value: JSON) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        return _time(value).tzinfo is not None
    except ValueError:
        return False


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: Mapping[str, Callable[[JSON], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Numeric": _is_number,
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": _is_time,
}
_TESTS: Mapping[str, Callable[[JSON], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": _KINDS["String"],
    "IsNumeric": _KINDS["Numeric"],
    "IsBoolean": _KINDS["Boolean"],
    "IsTimestamp": _KINDS["Timestamp"],
}
