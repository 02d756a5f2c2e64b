"""Values of JSONata: JSON as Python has it, `NOTHING`, sequences and functions; and how they compare and print.

Numbers are JavaScript's: doubles, whose whole values are ints here while they are exact.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
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
    """An array that an expression made, and what is known of it.

    A sequence of one is that one, except where it is kept; a made array is an element of what it is put into; in a
    stream of tuples, each element is a dict of the names that are bound at it, the value itself under `@`.
    """

    is_sequence = False
    is_kept = False
    is_made = False
    is_tuples = False
    is_document = False


class Object(dict[str, Any]):
    """An object that an expression made: those that it was given are plain, and have nothing but JSON in them."""


class Items(Array):
    """A sequence."""

    is_sequence = True


class Function:
    """What can be called; `arity` is the number of arguments that it asks for."""

    arity = 0
    is_truthy = True


_EXACT = 2**53
_LETTERS: dict[type, str] = {
    str: "s",
    int: "n",
    float: "n",
    bool: "b",
    type(None): "l",
    dict: "o",
    Object: "o",
    _Nothing: "m",
}
_HALF = re.compile("[\ud800-\udfff]")


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
    if first is NOTHING:
        return second
    if second is NOTHING:
        return first
    joined = Array(first) if isinstance(first, list) else Array((first,))
    if isinstance(second, list):
        joined += second
    else:
        joined.append(second)
    return joined


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


def units(text: str) -> bytes:
    """A text in two bytes for each half of a character, in the order in which JavaScript compares."""
    return text.encode("utf-16-be", "surrogatepass")


def printed(value: float) -> str:
    """A number as JavaScript prints it."""
    if type(value) is int and -(10**21) < value < 10**21:
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(float(value)).partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" and not exponent else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return f"{sign}{digits}{'0' * (point - count)}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{sign}{digits[0]}{'.' if count > 1 else ''}{digits[1:]}{power}"


def rounded_to_digits(value: float) -> float:
    """A number with its first 15 digits."""
    if type(value) is int:
        if -(10**15) < value < 10**15:
            return value
        return float(_digits()(value))
    return float(_digits()(value)) if math.isfinite(value) and len(repr(value)) > _SURELY_FEW else value


_SURELY_FEW = 16
"""Characters of a number that has 15 digits or fewer."""


@cache
def _digits() -> Callable[[float], Any]:
    from decimal import ROUND_HALF_UP, Context, Decimal

    context = Context(prec=15, rounding=ROUND_HALF_UP)
    return lambda value: context.plus(Decimal(value))


def text(value: Any, *, is_pretty: bool = False) -> str:
    """A value as text: JSON, with 15 digits of a number; of a text, itself; raises `JsonataError`."""
    if type(value) is str:
        return value
    if isinstance(value, Function):
        return ""
    if type(value) is float and not math.isfinite(value):
        raise JsonataError("D3001", value=str(value))
    if isinstance(value, Array) and value.is_document:
        value = value[0]
    try:
        return _json(value, "\n" if is_pretty else "")
    except RecursionError:
        raise JsonataError("U1001") from None


def _json(value: Any, line: str) -> str:
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is int or kind is float:
        if kind is float and math.isinf(value):
            raise JsonataError("D1001", value=str(value))
        return "null" if kind is float and math.isnan(value) else printed(rounded_to_digits(value))
    if kind is bool:
        return "true" if value else "false"
    if value is None or value is NOTHING:
        return "null"
    if isinstance(value, Function):
        return '""'
    inner = f"{line}  " if line else ""
    if isinstance(value, list):
        return _bracketed("[]", [_json(each, inner) for each in value], line)
    colon = ": " if line else ":"
    return _bracketed(
        "{}",
        [f"{quoted(key)}{colon}{_json(each, inner)}" for key, each in members(value) if each is not NOTHING],
        line,
    )


def _bracketed(brackets: str, parts: Sequence[str], line: str) -> str:
    if not parts or not line:
        return f"{brackets[0]}{','.join(parts)}{brackets[1]}"
    inner = f"{line}  "
    return f"{brackets[0]}{inner}{f',{inner}'.join(parts)}{line}{brackets[1]}"


def quoted(value: str) -> str:
    """A text as JSON, halves of characters escaped."""
    written = json.dumps(value, ensure_ascii=False)
    if written.isascii():
        return written
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", written)
