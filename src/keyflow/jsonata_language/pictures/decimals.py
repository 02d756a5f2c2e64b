"""Decimal numbers as pictures have them: `$formatNumber`.

Source: https://docs.jsonata.org/numeric-functions#formatnumber
"""

from __future__ import annotations

import math
from typing import Any

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.library.numbers import rounded
from keyflow.jsonata_language.pictures.decimal_pictures import Layout, Signs, layout_of, signs_of, sub_pictures
from keyflow.jsonata_language.texts import printed
from keyflow.jsonata_language.values import NOTHING

_LONGEST_FRACTION = 100
"""Digits; JavaScript has no more.

Source: https://tc39.es/ecma262/#sec-number.prototype.tofixed
"""


def format_number(value: Any, picture: Any, options: Any) -> Any:
    """`$formatNumber`."""
    if value is NOTHING:
        return NOTHING
    if picture is NOTHING:
        raise JsonataError("U1004", value="the picture is missing")
    signs = signs_of(options)
    parts = sub_pictures(picture, signs)
    part = parts[0 if value >= 0 else -1]
    sign = signs.minus if len(parts) == 1 and not value >= 0 else ""
    layout = layout_of(part, signs)
    factor = 100 if signs.percent in part.text else 1000 if signs.per_mille in part.text else 1
    mantissa, exponent = _scaled(value * factor, layout)
    shown = _grouped(rounded(mantissa, layout.most_fraction), layout, signs)
    if signs.point not in part.text or shown.find(signs.point) == len(shown) - 1:
        shown = shown[:-1]
    return f"{sign}{part.prefix}{shown}{_exponent(exponent, layout, signs)}{part.suffix}"


def _scaled(value: float, layout: Layout) -> tuple[float, int | None]:
    """The mantissa and the exponent; none where the picture has none."""
    if not layout.least_exponent:
        return value, None
    if value <= 0 or math.isinf(value):  # the reference never comes to an end
        raise JsonataError("U1002")
    least, most = math.pow(10, layout.scale - 1), math.pow(10, layout.scale)
    exponent = 0
    while value < least:
        value, exponent = value * 10, exponent - 1
    while value > most:
        value, exponent = value / 10, exponent + 1
    return value, exponent


def _exponent(exponent: int | None, layout: Layout, signs: Signs) -> str:
    if exponent is None:
        return ""
    size = _figures(exponent, 0, signs)
    padding = signs.zero * (layout.least_exponent - len(size))
    return signs.exponent + (signs.minus if exponent < 0 else "") + padding + size


def _figures(value: float, places: int, signs: Signs) -> str:
    if places > _LONGEST_FRACTION:
        raise JsonataError("U1004", value=f"a number is shown with {_LONGEST_FRACTION} digits at most")
    size = abs(value)
    figures: str = printed(size) if not size < 1e21 else f"{size:.{places}f}"
    if signs.zero == "0":
        return figures
    return "".join(signs.digits[int(figure)] if figure.isdigit() else figure for figure in figures)


def _grouped(value: float, layout: Layout, signs: Signs) -> str:
    """The digits with their point and the separators of groups, which the reference counts from where the point is."""
    integer, _point, fraction = _figures(value, layout.most_fraction, signs).partition(".")
    integer, fraction = integer.lstrip(signs.zero), fraction.rstrip(signs.zero)
    integer = signs.zero * (layout.least_integer - len(integer)) + integer
    shown = integer + signs.point + fraction + signs.zero * (layout.least_fraction - len(fraction))
    point = len(integer)
    if layout.repeats:
        groups = list(range(point - layout.repeats, 0, -layout.repeats))
    else:
        groups = [point + index - digits for index, digits in enumerate(layout.groups)]
    for place in groups:
        shown = _inserted(shown, place, signs.group)
    point = shown.find(signs.point)
    for digits in layout.fraction_groups:
        shown = _inserted(shown, point + digits + 1, signs.group)
    return shown


def _inserted(shown: str, place: int, sign: str) -> str:
    return shown[:place] + sign + shown[place:]
