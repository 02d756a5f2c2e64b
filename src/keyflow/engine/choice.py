"""The conditions of a Choice.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.engine.errors import RUNTIME, FieldError
from keyflow.engine.paths import asking, finding, raising
from keyflow.engine.patterns import matches_wildcards
from keyflow.lazy import lazy_pattern

_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_OPERATOR = lazy_pattern(
    r"(?P<kind>String|Numeric|Boolean|Timestamp)"
    r"(?P<ordering>LessThanEquals|GreaterThanEquals|LessThan|GreaterThan|Equals)(?P<path>Path)?"
)


Test = Callable[[JSON, Any], bool]
"""Whether a condition holds: is given the data, and what is around it; raises `StatesError` where something misses."""


def test_of(condition: asl.Condition) -> Test:
    """A JSONPath condition as a function."""
    match condition:
        case asl.Comparison(variable, name, value):
            return _comparison(variable, name, value)
        case asl.And(conditions):
            tests = [test_of(each) for each in conditions]
            return lambda data, around: all(test(data, around) for test in tests)
        case asl.Or(conditions):
            tests = [test_of(each) for each in conditions]
            return lambda data, around: any(test(data, around) for test in tests)
        case asl.Not(negated):
            test = test_of(negated)
            return lambda data, around: not test(data, around)
        case _:
            return raising(FieldError(RUNTIME, "a JSONata condition stands in a JSONPath state"))


_INVALID = "Invalid path '{path}': The choice state's condition path references an invalid value."
"""What Step Functions says of a condition's path that leads nowhere."""


def _comparison(variable: str, name: str, expected: JSON) -> Test:
    if name == "IsPresent":
        exists = asking(variable)
        return lambda data, around: exists(data, around) is expected
    find, test = finding(variable, "Variable", _INVALID), _test(name, expected)
    return lambda data, around: test(find(data, around), data, around)


def _test(name: str, expected: JSON) -> Callable[[JSON, JSON, Any], bool]:
    """A comparison as a function of the value that is compared, the data, and what is around it."""
    parts = _OPERATOR.fullmatch(name)
    if parts is not None:
        kind, ordering = parts["kind"], parts["ordering"]
        if not parts["path"]:
            return lambda value, _data, _around: compares(kind, ordering, value, expected)
        other = finding(expected, name, _INVALID) if isinstance(expected, str) else raising(_no_path(expected))
        return lambda value, data, around: compares(kind, ordering, value, other(data, around))
    if name == "StringMatches":
        return lambda value, _data, _around: matches_pattern(value, expected)
    if name not in _TESTS:
        return raising(FieldError(RUNTIME, f"there is no comparison {name}"))
    return lambda value, _data, _around: is_of_type(name, value) is expected


def _no_path(given: JSON) -> FieldError:
    return FieldError(RUNTIME, f"{given!r} is no JSONPath")


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
