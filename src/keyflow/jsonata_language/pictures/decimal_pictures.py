"""Pictures of decimal numbers, `#,##0.00;(#)`: their parts, the rules that they keep, and what they ask for.

Source: https://www.w3.org/TR/xpath-functions-31/#formatting-numbers
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.pictures.digits import repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The signs that a picture is made of."""

    point: str = "."
    group: str = ","
    exponent: str = "e"
    minus: str = "-"
    percent: str = "%"
    per_mille: str = "‰"
    zero: str = "0"
    optional: str = "#"
    between: str = ";"

    @property
    def digits(self) -> list[str]:
        """The ten digits."""
        return [chr(ord(self.zero[0]) + figure) for figure in range(10)]

    @property
    def active(self) -> set[str]:
        """The signs that say where digits stand; all others are text."""
        return {*self.digits, self.point, self.exponent, self.group, self.optional, self.between}

    def count(self, part: str, *, optional: bool = False) -> int:
        """The digits in a part of a picture, with optional ones or without."""
        digits = self.digits
        return sum(sign in digits or (optional and sign == self.optional) for sign in part)


_OPTIONS = {
    "decimal-separator": "point", "grouping-separator": "group", "exponent-separator": "exponent",
    "minus-sign": "minus", "percent": "percent", "per-mille": "per_mille", "zero-digit": "zero", "digit": "optional",
    "pattern-separator": "between",
}  # fmt: skip


def signs_of(options: Any) -> Signs:
    """The signs, some of which options may say; raises `JsonataError`."""
    given = options if isinstance(options, dict) else {}
    found = {name: given[option] for option, name in _OPTIONS.items() if option in given}
    if not all(isinstance(sign, str) and sign for sign in found.values()):
        raise JsonataError("U1004", value="the signs of a picture are texts")
    return Signs(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubPicture:
    """A picture of positive or of negative numbers, in its parts; `exponent` is None where it has none."""

    text: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str

    @staticmethod
    def of(text: str, signs: Signs) -> SubPicture:
        """A picture in its parts; raises `JsonataError`."""
        active_signs = signs.active - {signs.exponent}
        places = [place for place, sign in enumerate(text) if sign in active_signs]
        if not places:
            raise JsonataError("U1004", value=f"the picture {text!r} has no digit")
        first, end = places[0], places[-1] + 1
        active = text[first:end]
        mantissa, exponent = active, None
        at = text.find(signs.exponent, first)
        if 0 <= at <= end:  # the place is counted from the beginning of the text, though what is cut has no prefix
            mantissa, exponent = active[:at], active[at + 1 :]
        integer, point, fraction = mantissa.partition(signs.point)
        return SubPicture(
            text=text,
            prefix=text[:first],
            suffix=text[end:],
            active=active,
            mantissa=mantissa,
            exponent=exponent,
            integer=integer,
            fraction=fraction if point else text[end:],
        )


def _has_group_at_point(part: SubPicture, signs: Signs) -> bool:
    point = part.text.find(signs.point)
    return point >= 0 and signs.group in (part.text[max(point - 1, 0) : point], part.text[point + 1 : point + 2])


def _has_digit_before_optional(part: SubPicture, signs: Signs) -> bool:
    before, optional, _after = part.integer.partition(signs.optional)
    return bool(optional) and signs.count(before) > 0


def _has_digit_after_optional(part: SubPicture, signs: Signs) -> bool:
    _before, optional, after = part.fraction.rpartition(signs.optional)
    return bool(optional) and signs.count(after) > 0


def _has_percent(part: SubPicture, signs: Signs) -> bool:
    return signs.percent in part.text or signs.per_mille in part.text


_Breaks = Callable[[SubPicture, Signs], bool]
_RULES: tuple[tuple[str, _Breaks], ...] = (
    ("D3093", lambda part, signs: part.exponent is not None
     and (not part.exponent or signs.count(part.exponent) < len(part.exponent))),
    ("D3092", lambda part, signs: bool(part.exponent) and _has_percent(part, signs)),
    ("D3091", _has_digit_after_optional),
    ("D3090", _has_digit_before_optional),
    ("D3089", lambda part, signs: signs.group * 2 in part.text),
    ("D3088", lambda part, signs: signs.point not in part.text and part.integer.endswith(signs.group)),
    ("D3087", _has_group_at_point),
    ("D3086", lambda part, signs: any(sign not in signs.active for sign in part.active)),
    ("D3085", lambda part, signs: not signs.count(part.mantissa, optional=True)),
    ("D3084", lambda part, signs: signs.percent in part.text and signs.per_mille in part.text),
    ("D3083", lambda part, signs: part.text.count(signs.per_mille) > 1),
    ("D3082", lambda part, signs: part.text.count(signs.percent) > 1),
    ("D3081", lambda part, signs: part.text.count(signs.point) > 1),
)  # fmt: skip
"""The codes of errors, and what breaks the rules that they are for; the first one counts."""


def sub_pictures(picture: str, signs: Signs) -> list[SubPicture]:
    """The one or two parts of a picture; raises `JsonataError` where it breaks a rule."""
    texts = picture.split(signs.between)
    if len(texts) > 2:
        raise JsonataError("D3080")
    parts = [SubPicture.of(text, signs) for text in texts]
    for part in parts:
        for code, breaks in _RULES:
            if breaks(part, signs):
                raise JsonataError(code)
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a picture asks for.

    Attributes:
        groups: The numbers of integer digits after each separator.
        repeats: After how many digits separators are repeated, 0 where they are not.
        fraction_groups: The numbers of fraction digits before each separator.
        least_integer: How many integer digits are written at least.
        scale: How many integer digits a mantissa has.
        least_fraction: How many fraction digits are written at least.
        most_fraction: And at most.
        least_exponent: How many digits an exponent has at least, 0 where there is none.
    """

    groups: Sequence[int]
    repeats: int
    fraction_groups: Sequence[int]
    least_integer: int
    scale: int
    least_fraction: int
    most_fraction: int
    least_exponent: int


def layout_of(part: SubPicture, signs: Signs) -> Layout:
    """What a part of a picture asks for."""
    groups = [signs.count(part.integer[place:], optional=True) for place in _separators(part.integer, part, signs)]
    mandatory = signs.count(part.integer)
    least_integer = mandatory
    least_fraction, most_fraction = signs.count(part.fraction), signs.count(part.fraction, optional=True)
    has_exponent = part.exponent is not None
    if not least_integer and not most_fraction and has_exponent:
        least_fraction = most_fraction = 1
    if not least_integer and (signs.optional in part.integer if has_exponent else not most_fraction):
        least_integer = 1
    return Layout(
        groups=groups,
        repeats=repeated(groups),
        fraction_groups=[
            signs.count(part.fraction[:place], optional=True) for place in _separators(part.fraction, part, signs)
        ],
        least_integer=least_integer,
        scale=mandatory,
        least_fraction=least_fraction if least_integer or least_fraction else 1,
        most_fraction=most_fraction,
        least_exponent=signs.count(part.exponent or ""),
    )


def _separators(text: str, part: SubPicture, signs: Signs) -> list[int]:
    """The places of separators; after the first one, those of the integer are looked for, whichever part it is."""
    places, place = [], text.find(signs.group)
    while place >= 0:
        places.append(place)
        place = part.integer.find(signs.group, place + 1)
    return places
