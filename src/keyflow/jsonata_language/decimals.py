"""Pictures of decimal numbers: `$formatNumber`, with its digits, signs and groups.

Source: https://docs.jsonata.org/numeric-functions#formatnumber, and https://www.w3.org/TR/xpath-functions-31 (4.7)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, printed

_SIGNS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "minus-sign": "-",
    "percent": "%",
    "per-mille": "‰",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}
_LONGEST_FRACTION = 100


class _Signs:
    """The signs that a picture is made of."""

    def __init__(self, options: Any) -> None:
        signs: dict[str, Any] = {**_SIGNS, **(options if isinstance(options, dict) else {})}
        if not all(isinstance(signs[name], str) and signs[name] for name in _SIGNS):
            raise JsonataError("U1004", value="the signs of a picture are texts")
        self.point: str = signs["decimal-separator"]
        self.group: str = signs["grouping-separator"]
        self.exponent: str = signs["exponent-separator"]
        self.minus, self.percent, self.per_mille = signs["minus-sign"], signs["percent"], signs["per-mille"]
        self.zero, self.optional, self.pattern = signs["zero-digit"], signs["digit"], signs["pattern-separator"]
        self.digits = [chr(ord(self.zero[0]) + figure) for figure in range(10)]
        self.active = {*self.digits, self.point, self.exponent, self.group, self.optional, self.pattern}

    def count(self, part: str, *, optional: bool = False) -> int:
        """The digits in a part of a picture, with optional ones or without."""
        return sum(sign in self.digits or (optional and sign == self.optional) for sign in part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A picture in its parts, as they stand."""

    picture: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str


def _parts(picture: str, signs: _Signs) -> _Parts:
    places = [place for place, sign in enumerate(picture) if sign in signs.active and sign != signs.exponent]
    if not places:
        raise JsonataError("U1004", value=f"the picture {picture!r} has no digit")
    prefix, suffix = picture[: places[0]], picture[places[-1] + 1 :]
    active = picture[len(prefix) : len(picture) - len(suffix)]
    at = picture.find(signs.exponent, len(prefix))
    mantissa, exponent = active, None
    if at >= 0 and at <= len(picture) - len(suffix):
        mantissa, exponent = active[:at], active[at + 1 :]
    integer, point, fraction = mantissa.partition(signs.point)
    return _Parts(
        picture=picture,
        prefix=prefix,
        suffix=suffix,
        active=active,
        mantissa=mantissa,
        exponent=exponent,
        integer=integer,
        fraction=fraction if point else suffix,
    )


def _problem(parts: _Parts, signs: _Signs) -> str:
    """The code of the last rule that a picture breaks."""
    picture, found = parts.picture, ""
    point = picture.find(signs.point)
    for sign, code in ((signs.point, "D3081"), (signs.percent, "D3082"), (signs.per_mille, "D3083")):
        found = code if picture.count(sign) > 1 else found
    if signs.percent in picture and signs.per_mille in picture:
        found = "D3084"
    if not signs.count(parts.mantissa, optional=True):
        found = "D3085"
    if any(sign not in signs.active for sign in parts.active):
        found = "D3086"
    if point >= 0:
        beside = (picture[point - 1 : point] if point else "", picture[point + 1 : point + 2])
        found = "D3087" if signs.group in beside else found
    elif parts.integer.endswith(signs.group):
        found = "D3088"
    if signs.group * 2 in picture:
        found = "D3089"
    optional = parts.integer.find(signs.optional)
    if optional >= 0 and signs.count(parts.integer[:optional]):
        found = "D3090"
    optional = parts.fraction.rfind(signs.optional)
    if optional >= 0 and signs.count(parts.fraction[optional:]):
        found = "D3091"
    if parts.exponent and (signs.percent in picture or signs.per_mille in picture):
        found = "D3092"
    if parts.exponent is not None and (not parts.exponent or signs.count(parts.exponent) < len(parts.exponent)):
        found = "D3093"
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What a picture asks for: sizes of its parts, and where groups end."""

    picture: str
    prefix: str
    suffix: str
    groups: Sequence[int]
    repeats: int
    fraction_groups: Sequence[int]
    least_integer: int
    scale: int
    least_fraction: int
    most_fraction: int
    least_exponent: int


def _layout(parts: _Parts, signs: _Signs) -> _Layout:
    groups = _groups(parts.integer, parts, signs, to_left=False)
    scale = least_integer = signs.count(parts.integer)
    least_fraction, most_fraction = signs.count(parts.fraction), signs.count(parts.fraction, optional=True)
    if not least_integer and not most_fraction:
        if parts.exponent is None:
            least_integer = 1
        else:
            least_fraction = most_fraction = 1
    if parts.exponent is not None and not least_integer and signs.optional in parts.integer:
        least_integer = 1
    if not least_integer and not least_fraction:
        least_fraction = 1
    return _Layout(
        picture=parts.picture,
        prefix=parts.prefix,
        suffix=parts.suffix,
        groups=groups,
        repeats=_repeats(groups),
        fraction_groups=_groups(parts.fraction, parts, signs, to_left=True),
        least_integer=least_integer,
        scale=scale,
        least_fraction=least_fraction,
        most_fraction=most_fraction,
        least_exponent=0 if parts.exponent is None else signs.count(parts.exponent),
    )


def _groups(part: str, parts: _Parts, signs: _Signs, *, to_left: bool) -> list[int]:
    """How many digits stand beside each separator; after the first one, those of the whole part are looked for."""
    found, place = [], part.find(signs.group)
    while place >= 0:
        found.append(signs.count(part[:place] if to_left else part[place:], optional=True))
        place = parts.integer.find(signs.group, place + 1)
    return found


def _repeats(groups: Sequence[int]) -> int:
    if not groups:
        return 0
    factor = reduce(math.gcd, groups)
    return factor if all(factor * index in groups for index in range(1, len(groups) + 1)) else 0


def format_number(rounded: Any, value: Any, picture: Any, options: Any) -> Any:
    """`$formatNumber`; `rounded` is `$round`."""
    if value is NOTHING:
        return NOTHING
    if picture is NOTHING:
        raise JsonataError("U1004", value="the picture is missing")
    signs = _Signs(options)
    pictures = [_parts(each, signs) for each in _split(picture, signs)]
    for each in pictures:
        if problem := _problem(each, signs):
            raise JsonataError(problem)
    is_positive = value >= 0
    layout = _layout(pictures[0 if is_positive else -1], signs)
    prefix = layout.prefix if is_positive or len(pictures) > 1 else signs.minus + layout.prefix
    mantissa, exponent = _scaled(_adjusted(value, layout, signs), layout)
    shown = _shown(rounded(mantissa, layout.most_fraction), layout, signs)
    if exponent is not None:
        size = _figures(exponent, 0, signs).rjust(layout.least_exponent, signs.zero)
        shown += signs.exponent + (signs.minus if exponent < 0 else "") + size
    return f"{prefix}{shown}{layout.suffix}"


def _split(picture: str, signs: _Signs) -> list[str]:
    pictures = picture.split(signs.pattern)
    if len(pictures) > 2:
        raise JsonataError("D3080")
    return pictures


def _adjusted(value: float, layout: _Layout, signs: _Signs) -> float:
    if signs.percent in layout.picture:
        return value * 100
    return value * 1000 if signs.per_mille in layout.picture else value


def _scaled(value: float, layout: _Layout) -> tuple[float, int | None]:
    """The mantissa and the exponent; none where the picture has none."""
    if not layout.least_exponent:
        return value, None
    most, least = math.pow(10, layout.scale), math.pow(10, layout.scale - 1)
    exponent = 0
    if value <= 0:  # the reference never comes to an end
        raise JsonataError("U1002")
    while value < least:
        value *= 10
        exponent -= 1
    while value > most:
        value /= 10
        exponent += 1
    return value, exponent


def _figures(value: float, places: int, signs: _Signs) -> str:
    if places > _LONGEST_FRACTION:
        raise JsonataError("U1004", value=f"a number is shown with {_LONGEST_FRACTION} digits at most")
    size = abs(value)
    figures: str = printed(size) if not size < 1e21 else f"{size:.{places}f}"
    if signs.zero == "0":
        return figures
    return "".join(signs.digits[int(figure)] if figure.isdigit() else figure for figure in figures)


def _shown(value: float, layout: _Layout, signs: _Signs) -> str:
    figures = _figures(value, layout.most_fraction, signs)
    integer, _point, fraction = figures.partition(".")
    shown = (integer + signs.point + fraction).lstrip(signs.zero).rstrip(signs.zero)
    point = shown.find(signs.point)
    least = layout.least_fraction - (len(shown) - point - 1)
    shown = signs.zero * (layout.least_integer - point) + shown + signs.zero * least
    point = shown.find(signs.point)
    if layout.repeats:
        for group in range(1, (point - 1) // layout.repeats + 1):
            shown = _inserted(shown, point - group * layout.repeats, signs.group)
    else:
        for position in layout.groups:
            shown = _inserted(shown, point - position, signs.group)
            point += 1
    point = shown.find(signs.point)
    for position in layout.fraction_groups:
        shown = _inserted(shown, position + point + 1, signs.group)
    is_whole = signs.point not in layout.picture or shown.find(signs.point) == len(shown) - 1
    return shown[:-1] if is_whole else shown


def _inserted(shown: str, place: int, sign: str) -> str:
    return shown[:place] + sign + shown[place:]
