"""Values as text: numbers as JavaScript prints them, and JSON with 15 digits of each number."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, Function, members, opened
from keyflow.lazy import lazy_pattern

_HALF = lazy_pattern("[\ud800-\udfff]")


def units(text: str) -> bytes:
    """A text in two bytes for each half of a character, in the order in which JavaScript compares."""
    return text.encode("utf-16-be", "surrogatepass")


def printed(value: float) -> str:
    """A number as JavaScript prints it: plain from 1e-6 up to 1e21, else with an exponent.

    Source: https://tc39.es/ecma262/#sec-numeric-types-number-tostring
    """
    if type(value) is int and -(10**21) < value < 10**21:
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    digits, point = _digits_of(abs(value))
    sign, count = "-" if value < 0 else "", len(digits)
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        return f"{sign}{padded[:point]}.{padded[point:]}".removesuffix(".")
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{sign}{digits[0]}{'.' if count > 1 else ''}{digits[1:]}{power}"


def _digits_of(value: float) -> tuple[str, int]:
    """The shortest digits that say a positive number, and how many of them stand in front of the point."""
    mantissa, _, exponent = repr(float(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    significant = digits.lstrip("0")
    return significant.rstrip("0"), len(whole) + int(exponent or 0) - (len(digits) - len(significant))


def rounded_to_digits(value: float) -> float:
    """A number with its first 15 digits."""
    if type(value) is int:
        if -(10**15) < value < 10**15:
            return value
        return float(_to_digits()(value))
    return float(_to_digits()(value)) if math.isfinite(value) and len(repr(value)) > _SURELY_FEW else value


_SURELY_FEW = 16
"""Characters of a number that has 15 digits or fewer."""


@cache
def _to_digits() -> Callable[[float], Any]:
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
    try:
        return _json(opened(value), "\n" if is_pretty else "")
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
