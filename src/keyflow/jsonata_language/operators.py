"""The operators: of numbers and texts, what is equal, what comes before, and ranges."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.functions import Frame
from keyflow.jsonata_language.values import NOTHING, Items, are_equal, is_before, is_number, is_same, number, text

LONGEST_RANGE = 360_145
"""Elements; one more is refused for its memory."""


def computed(sign: str, compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """What an operator of numbers gives; raises `JsonataError` where one is none."""
    if left is not NOTHING and not is_number(left):
        raise JsonataError("T2001", token=sign, value=left)
    if right is not NOTHING and not is_number(right):
        raise JsonataError("T2002", token=sign, value=right)
    return NOTHING if left is NOTHING or right is NOTHING else number(compute(left, right))


def _quotient(left: float, right: float) -> float:
    if right:
        try:
            return left / right
        except OverflowError:
            return float(left) / float(right)
    if not left:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _product(left: float, right: float) -> float:
    return left * right if left and right else float(left) * float(right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right else math.nan


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
}


def _equal(_sign: str, left: Any, right: Any) -> bool:
    return left is not NOTHING and right is not NOTHING and are_equal(left, right)


def _unequal(_sign: str, left: Any, right: Any) -> bool:
    return left is not NOTHING and right is not NOTHING and not are_equal(left, right)


def _within(_sign: str, left: Any, right: Any) -> bool:
    if left is NOTHING or right is NOTHING:
        return False
    return any(is_same(left, each) for each in (right if isinstance(right, list) else (right,)))


_ORDERED = (str, int, float)


def _ordered(sign: str, left: Any, right: Any) -> Any:
    for value in (left, right):
        if value is not NOTHING and type(value) not in _ORDERED:
            raise JsonataError("T2010", token=sign, value=value)
    if left is NOTHING or right is NOTHING:
        return NOTHING
    if (type(left) is str) is not (type(right) is str):
        raise JsonataError("T2009", token=sign, value=left, value2=right)
    match sign:
        case "<":
            return is_before(left, right)
        case ">":
            return is_before(right, left)
        case "<=":
            return left == right or is_before(left, right)
        case _:
            return left == right or is_before(right, left)


COMPARISONS: dict[str, Callable[[str, Any, Any], Any]] = {
    "=": _equal,
    "!=": _unequal,
    "in": _within,
    **dict.fromkeys(("<", "<=", ">", ">="), _ordered),
}


def joined(left: Any, right: Any, frame: Frame) -> str:
    """Two values as one text."""
    joined = ("" if left is NOTHING else text(left)) + ("" if right is NOTHING else text(right))
    frame.run.spend(len(joined) >> 6)
    return joined


def span(left: Any, right: Any, frame: Frame) -> Any:
    """The whole numbers from one to another; raises `JsonataError` where they are too many."""
    if left is not NOTHING and not _is_whole(left):
        raise JsonataError("T2003", token="..", value=left)  # noqa: S106
    if right is not NOTHING and not _is_whole(right):
        raise JsonataError("T2004", token="..", value=right)  # noqa: S106
    if left is NOTHING or right is NOTHING or left > right:
        return NOTHING
    if right - left + 1 > 1e7:
        raise JsonataError("D2014", value=right - left + 1)
    if right - left + 1 > LONGEST_RANGE:
        raise JsonataError("U1003")
    return Items(range(int(left), int(right) + 1))


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def order(left: Any, right: Any, *, is_descending: bool) -> int:
    """Whether one value of a sort's term comes after another (1), before it (-1) or neither (0)."""
    if left is NOTHING:
        return 0 if right is NOTHING else 1
    if right is NOTHING:
        return -1
    for value in (left, right):
        if type(value) not in _ORDERED:
            raise JsonataError("T2008", value=value)
    if (type(left) is str) is not (type(right) is str):
        raise JsonataError("T2007", value=left, value2=right)
    if left == right:
        return 0
    order = -1 if is_before(left, right) else 1
    return -order if is_descending else order
