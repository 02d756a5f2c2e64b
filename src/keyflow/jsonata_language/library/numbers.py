"""Functions of numbers.

Source: https://docs.jsonata.org/numeric-functions, https://docs.jsonata.org/aggregation-functions
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.texts import printed
from keyflow.jsonata_language.values import NOTHING, number
from keyflow.lazy import lazy_pattern


def _sum(numbers: Any) -> Any:
    if numbers is NOTHING:
        return NOTHING
    total = 0
    for each in numbers:  # one after the other, as doubles are added: Python's own sum is more exact
        total = total + each
    return number(total)


def _of_some(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of numbers, one of which there must be."""
    return lambda numbers: compute(numbers) if numbers is not NOTHING and numbers else NOTHING


_DECIMAL = lazy_pattern(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_PREFIXED = lazy_pattern(r"^0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][0-1]+$")


def _number(value: Any) -> Any:
    if value is NOTHING or type(value) in (int, float):
        return value
    if type(value) is bool:
        return int(value)
    if type(value) is str and _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
        return number(float(value))
    if type(value) is str and _PREFIXED.search(value):
        try:
            return number(float(int(value, 0)))
        except ValueError:
            return math.nan
    raise JsonataError("D3030", value=value)


def _of_number(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def found(value: Any) -> Any:
        if value is NOTHING or (type(value) is float and not math.isfinite(value)):
            return value
        return number(compute(value))

    return found


def rounded(value: Any, places: Any = NOTHING) -> Any:
    """A number with so many digits after the point; halves go to the even neighbour."""
    if value is NOTHING:
        return NOTHING
    is_shifted = bool(places) and not math.isnan(places)
    shifted = _shifted(value, places) if is_shifted else value
    if not math.isfinite(shifted):
        return shifted
    whole = float(round(shifted))
    result = _shifted(whole, -places) if is_shifted else whole
    return number(result) if result else 0


def _shifted(value: float, places: float) -> float:
    """A number with its point so many places to the right: in its text, as nothing is lost there."""
    mantissa, _, exponent = printed(value).partition("e")
    try:
        return float(f"{mantissa}e{printed(number(float(exponent or 0) + places))}")
    except ValueError:
        return math.nan


def _sqrt(value: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    if value < 0:
        raise JsonataError("D3060", value=value)
    return number(math.sqrt(value))


def _power(value: Any, exponent: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    try:
        found = math.nan if exponent is NOTHING else math.pow(value, exponent)
    except (OverflowError, ValueError):
        found = math.inf
    if not math.isfinite(found):
        raise JsonataError("D3061", value=value, exp=exponent)
    return number(found)


_FIGURES = "0123456789abcdefghijklmnopqrstuvwxyz"


def _format_base(value: Any, radix: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    base = 10 if radix is NOTHING else rounded(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    whole = rounded(value)
    if base == 10 or not math.isfinite(whole):
        return printed(whole)
    return ("-" if whole < 0 else "") + _in_base(abs(whole), base)


def _in_base(value: float, base: int) -> str:
    figures, zeros = "", ""
    while value >= 2**53 * base:  # the figures that a double does not have are zeros
        value, zeros = value / base, f"{zeros}0"
    while value > 0:
        figure = math.fmod(value, base)
        figures = _FIGURES[int(figure)] + figures
        value = (value - figure) / base
    return (figures or "0") + zeros


FUNCTIONS = {
    "sum": Native(_sum, 1, "<a<n>:n>"),
    "max": Native(_of_some(max), 1, "<a<n>:n>"),
    "min": Native(_of_some(min), 1, "<a<n>:n>"),
    "average": Native(_of_some(lambda numbers: number(_sum(numbers) / len(numbers))), 1, "<a<n>:n>"),
    "number": Native(_number, 1, "<(nsb)-:n>"),
    "floor": Native(_of_number(math.floor), 1, "<n-:n>"),
    "ceil": Native(_of_number(lambda value: math.ceil(value) or math.copysign(0.0, value)), 1, "<n-:n>"),
    "round": Native(rounded, 2, "<n-n?:n>"),
    "abs": Native(_of_number(abs), 1, "<n-:n>"),
    "sqrt": Native(_sqrt, 1, "<n-:n>"),
    "power": Native(_power, 2, "<n-n:n>"),
    "formatBase": Native(_format_base, 2, "<n-n?:s>"),
}
