"""Functions of arrays.

Source: https://docs.jsonata.org/array-functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.comparison import are_equal, is_before
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.sorting import is_truthy, sorted_by
from keyflow.jsonata_language.values import NOTHING, Array, Items, appended, is_number


def _count(values: Any) -> int:
    return 0 if values is NOTHING else len(values)


def _zip(*arrays: Any) -> Array:
    rows = zip(*(each if isinstance(each, list) else () for each in arrays), strict=False)
    return Array(map(Array, rows))


def _reverse(values: Any) -> Any:
    return values if values is NOTHING or len(values) <= 1 else Array(reversed(values))


def _distinct(values: Any) -> Any:
    """The elements that differ from all before them; scalars are found by what they are, all else is compared."""
    if not isinstance(values, list) or len(values) <= 1:
        return values
    found: Array = Items() if type(values) is Items else Array()
    scalars: set[tuple[type, Any]] = set()
    others: list[Any] = []
    for each in values:
        kind = float if type(each) is int else type(each)
        if kind in (float, str, bool, type(None)):
            is_new = (kind, each) not in scalars or each != each  # no number is equal to what is none
            scalars.add((kind, each))
        else:
            is_new = not any(are_equal(each, other) for other in others)
            others += [each] if is_new else []
        if is_new:
            found.append(each)
    return found


def _sort(call: Callable[..., Any], values: Any, function: Any) -> Any:
    if values is NOTHING or len(values) <= 1:
        return values
    if function is not NOTHING:
        return Array(sorted_by(values, lambda left, right: is_truthy(call(function, left, right))))
    if not all(map(is_number, values)) and not all(type(each) is str for each in values):
        raise JsonataError("D3070")
    return Array(sorted_by(values, lambda left, right: is_before(right, left)))


FUNCTIONS = {
    "count": Native(_count, 1, "<a:n>"),
    "append": Native(appended, 2, "<xx:a>"),
    "zip": Native(_zip, 0, "<a+>"),
    "reverse": Native(_reverse, 1, "<a:a>"),
    "distinct": Native(_distinct, 1, "<x:x>"),
    "sort": Native(_sort, 2, "<af?:a>", calls=True),
}
