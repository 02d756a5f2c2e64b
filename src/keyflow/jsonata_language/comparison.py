"""How values compare: what counts as true, what is equal, and what comes before."""

from __future__ import annotations

import math
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.texts import units
from keyflow.jsonata_language.values import NOTHING, Function, is_number


def is_true(value: Any) -> bool:
    """Whether a value counts as true."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is str:
        return len(value) > 0
    if isinstance(value, list):
        return any(map(is_true, value))
    if isinstance(value, dict):
        return bool(value)
    if isinstance(value, Function):
        return bool(value.is_truthy)
    return is_number(value) and bool(value)


def are_equal(left: Any, right: Any) -> bool:
    """Whether two values are the same, however deep."""
    if left is right:
        return not (type(left) is float and math.isnan(left))
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(are_equal, left, right))
    if isinstance(left, dict):
        if not isinstance(right, dict) or len(left) != len(right):
            return False
        return all(key in right and are_equal(each, right[key]) for key, each in left.items())
    return is_same(left, right)


def is_same(left: Any, right: Any) -> bool:
    """Whether two values are one: scalars by what they say, all else by identity."""
    kind, other = type(left), type(right)
    if kind is str or kind is bool:
        return other is kind and bool(left == right)
    if kind is int or kind is float:
        return (other is int or other is float) and bool(left == right)
    return left is right


def is_before(left: Any, right: Any) -> bool:
    """Whether a text or number comes before another of its kind; texts go by halves of characters (UTF-16)."""
    if type(left) is str and (_has_pairs(left) or _has_pairs(right)):
        return units(left) < units(right)
    return bool(left < right)


def _has_pairs(value: str) -> bool:
    """Whether a text has characters that JavaScript splits, or those that it sorts in front of them."""
    return not value.isascii() and max(value) >= "\ud800"


_ORDERED = (str, int, float)


def is_comparable(value: Any) -> bool:
    """Whether a value is of a kind that has an order, or is missing."""
    return value is NOTHING or type(value) in _ORDERED


def are_alike(left: Any, right: Any) -> bool:
    """Whether two comparable values are both texts or both numbers."""
    return (type(left) is str) is (type(right) is str)


def order(left: Any, right: Any, *, is_descending: bool) -> int:
    """Whether one value of a sort's term comes after another (1), before it (-1) or neither (0).

    Raises:
        JsonataError: The two have no order. What is missing comes last, in either direction.
    """
    if left is NOTHING or right is NOTHING:
        return (left is NOTHING) - (right is NOTHING)
    for value in (left, right):
        if not is_comparable(value):
            raise JsonataError("T2008", value=value)
    if not are_alike(left, right):
        raise JsonataError("T2007", value=left, value2=right)
    if left == right:
        return 0
    return 1 if is_before(left, right) is is_descending else -1
