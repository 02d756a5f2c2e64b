"""Values of JSONata: JSON as Python has it, `NOTHING`, arrays that expressions make, and functions.

Numbers are JavaScript's: doubles, whose whole values are ints here while they are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from keyflow.jsonata_language.errors import JsonataError


class _Nothing:
    """The type of `NOTHING`."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()
"""A value that is not there; null is None."""


class Array(list[Any]):
    """An array that an expression made."""


class Whole(Array):
    """What an array constructor makes as a step of a path: one element of what it is put into."""


class Items(Array):
    """A sequence: one of a single element is that element, unless `[]` keeps it an array."""

    is_kept = False


class Document(Items):
    """The document as its only element, where that is an array: a path begins at it, and not at its elements."""


class Object(dict[str, Any]):
    """An object that an expression made: those that it was given are plain, and have nothing but JSON in them."""


class Function:
    """What can be called; `arity` is the number of arguments that it asks for."""

    arity = 0
    is_truthy = True


_LETTERS: dict[type, str] = {
    str: "s", int: "n", float: "n", bool: "b", type(None): "l", dict: "o", Object: "o", list: "a", Array: "a",
    Items: "a", _Nothing: "m",
}  # fmt: skip


def symbol_of(value: Any) -> str:
    """The letter of a value's kind in signatures."""
    found = _LETTERS.get(type(value))
    if found is None:
        return "a" if isinstance(value, list) else "f" if isinstance(value, Function) else "o"
    return found


def is_number(value: Any) -> bool:
    """Whether a value is a number; raises `JsonataError` where it is none that JSON has."""
    kind = type(value)
    if kind is int:
        return True
    if kind is not float or math.isnan(value):
        return False
    if math.isinf(value):
        raise JsonataError("D1001", value=str(value))
    return True


_EXACT = 2**53


def number(value: float) -> int | float:
    """A double, as an int where it is whole and exact; -0 stays."""
    if type(value) is int:
        return value if -_EXACT <= value <= _EXACT else float(value)
    if -_EXACT < value < _EXACT and value == (whole := int(value)) and (whole or math.copysign(1, value) > 0):
        return whole
    return value


def members(value: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """The members of an object in the order of JavaScript: those that look like indexes come first."""
    if not any(key[:1].isdigit() for key in value):
        return value.items()
    indexes = sorted((key for key in value if _is_index(key)), key=int)
    return [(key, value[key]) for key in (*indexes, *(key for key in value if not _is_index(key)))]


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) < 2**32 - 1


def member(value: Any, name: str) -> Any:
    """The member of an object, or those of the objects in an array."""
    if isinstance(value, dict):
        return value.get(name, NOTHING)
    if not isinstance(value, list):
        return NOTHING
    found = Items()
    for each in value:
        one = member(each, name)
        if isinstance(one, list):
            found += one
        elif one is not NOTHING:
            found.append(one)
    return found


def appended(first: Any, second: Any) -> Any:
    """One array of two values; where one is missing, the other as it is."""
    return together([first, second])


def together(values: Iterable[Any]) -> Any:
    """One array of all values and of the elements of arrays among them; a single value as it is, `NOTHING` of none."""
    known = [value for value in values if value is not NOTHING]
    if len(known) < 2:
        return known[0] if known else NOTHING
    joined = Array()
    for value in known:
        if isinstance(value, list):
            joined += value
        else:
            joined.append(value)
    return joined


def opened(value: Any) -> Any:
    """A value as an expression sees it: the document is not wrapped."""
    return value[0] if type(value) is Document else value
