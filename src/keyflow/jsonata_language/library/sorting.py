"""Sorting by what one asks of two elements, which need not be an order: what comes out is that of a merge sort.

Source: https://docs.jsonata.org/array-functions#sort
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keyflow.jsonata_language.values import Function


def sorted_by(values: Sequence[Any], comes_after: Callable[[Any, Any], bool]) -> list[Any]:
    """The elements in order: the halves are sorted first, then merged; what is equal stays in its order."""
    if len(values) <= 1:
        return [*values]
    middle = len(values) // 2
    first, second = sorted_by(values[:middle], comes_after)[::-1], sorted_by(values[middle:], comes_after)[::-1]
    merged = []
    while first and second:
        merged.append((second if comes_after(first[-1], second[-1]) else first).pop())
    return merged + first[::-1] + second[::-1]


def is_truthy(value: Any) -> bool:
    """Whether JavaScript takes a value for true: all arrays, objects and functions are."""
    if isinstance(value, list | dict | Function):
        return True
    return bool(value) and value == value
