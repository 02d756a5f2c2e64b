"""Attribute values of DynamoDB, of which not all may be known: how they are compared, tested and counted.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from keyflow.dataclass import dataclass

if TYPE_CHECKING:
    from decimal import Decimal

AttributeValue = Mapping[str, Any]
"""A value with its type: `{"S": "text"}`."""
Truth = bool | None


Path = tuple[str | int, ...]


class Special(Enum):
    """What no attribute value says."""

    MISSING = "missing"
    UNKNOWN = "unknown"


MISSING: Final = Special.MISSING
"""Nothing is there."""
UNKNOWN: Final = Special.UNKNOWN
"""Something may be there, and nobody knows what."""

_NOTED: AttributeValue = {"UNKNOWN": True}
"""What stands in an item for a value that nobody knows."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that nobody knows, and what was added to it."""

    added: Decimal | int = 0


Found = AttributeValue | Special | Counted


def is_unknown(value: Any) -> bool:
    """Whether a value is noted as unknown, or is none: the text of a simulated result, where a value belongs."""
    return not isinstance(value, Mapping) or not value or "UNKNOWN" in value


@dataclass(slots=True)
class Item:
    """An item's attributes; those of an `open` one that are not here are not known. `MISSING` stands for none."""

    attributes: dict[str, Found]
    open: bool = False

    def at(self, path: Path) -> Found:
        """What lies at a path."""
        name = path[0]
        if name not in self.attributes:
            return UNKNOWN if self.open else MISSING
        value: Found = self.attributes[str(name)]
        for key in path[1:]:
            value = _member(value, key)
        return UNKNOWN if isinstance(value, Mapping) and is_unknown(value) else value


def _member(value: Found, key: str | int) -> Found:
    """What lies in a map or a list; in what nobody knows, nobody knows what lies."""
    if not isinstance(value, Mapping) or is_unknown(value):
        return MISSING if value is MISSING else UNKNOWN
    content: Any = value.get("M" if isinstance(key, str) else "L") or ()
    is_there = key < len(content) if isinstance(key, int) else key in content
    found: Found = content[key] if is_there else MISSING
    return found


def assign(item: Item, path: Path, value: Found) -> None:
    """Writes to the item; what nobody knows is noted as such."""
    name, *rest = path
    name = str(name)
    if rest:
        before = item.at((name,))
        item.attributes[name] = _placed(before, rest, value) if isinstance(before, Mapping) else UNKNOWN
    elif value is MISSING:
        item.attributes[name] = MISSING
    else:
        item.attributes[name] = value


def _placed(value: AttributeValue, path: Sequence[str | int], new: Found) -> AttributeValue:
    """A map or a list with something else at a path inside it."""
    if not path:
        return new if isinstance(new, Mapping) else _NOTED
    key, *rest = path
    inner: Any = value.get("M" if isinstance(key, str) else "L")
    if isinstance(key, str) and isinstance(inner, Mapping):
        others = {name: each for name, each in inner.items() if name != key}
        if new is MISSING and not rest:
            return {"M": others}
        return {"M": {**others, key: _placed(inner.get(key, {"M": {}}), rest, new)}}
    if isinstance(key, int) and isinstance(inner, list):
        if new is MISSING and not rest:
            return {"L": [*inner[:key], *inner[key + 1 :]]}
        return {"L": [*inner[:key], _placed(inner[key] if key < len(inner) else {}, rest, new), *inner[key + 1 :]]}
    return _NOTED


# Functions of conditions.


def known(*values: Found) -> bool:
    """Whether all of the values are known, if only as none."""
    return not any(value is UNKNOWN or isinstance(value, Counted) for value in values)


def _exists(value: Found) -> Truth:
    return None if value is UNKNOWN else value is not MISSING


def _absent(value: Found) -> Truth:
    return None if value is UNKNOWN else value is MISSING


def _of_type(value: Found, kind: Found) -> Truth:
    if not known(value, kind):
        return None
    return isinstance(value, Mapping) and isinstance(kind, Mapping) and kind.get("S") in value


def _begins_with(value: Found, beginning: Found) -> Truth:
    if not known(value, beginning):
        return None
    if not isinstance(value, Mapping) or not isinstance(beginning, Mapping):
        return False
    return "S" in value and str(value["S"]).startswith(str(beginning.get("S")))


def _contains(value: Found, part: Found) -> Truth:
    if not known(value, part):
        return None
    if not isinstance(value, Mapping) or not isinstance(part, Mapping):
        return False
    if "S" in value:
        return "S" in part and str(part["S"]) in str(value["S"])
    if "L" in value:
        return part in value["L"]
    return any(kind in value and part.get(kind[0]) in value[kind] for kind in ("SS", "NS", "BS"))


TESTS: Mapping[str, Callable[..., Truth]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _absent,
    "attribute_type": _of_type,
    "begins_with": _begins_with,
    "contains": _contains,
}


def size(value: Found) -> Found:
    """The length of a text, or the number of elements, as DynamoDB counts it."""
    if not isinstance(value, Mapping):
        return value
    content = next(iter(value.values()))
    return {"N": str(len(content))} if isinstance(content, str | list | dict) else MISSING


# Comparing and counting.


COMPARATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def same(left: Found, right: Found) -> Truth:
    """Whether two values are equal; of a simulated one, which has every type, in the types that both have."""
    if isinstance(left, Counted) and isinstance(right, Counted):
        return left == right
    if not known(left, right):
        return None
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return left is right
    common = [kind for kind in left if kind in right]
    return bool(common) and all(_plain(kind, left[kind]) == _plain(kind, right[kind]) for kind in common)


def compared(left: Found, right: Found, sign: str) -> Truth:
    """Whether one value is less or greater than another; values of different types are neither."""
    if not known(left, right):
        return None
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return False
    for kind in ("N", "S", "B"):
        if kind in left and kind in right:
            return COMPARATORS[sign](_plain(kind, left[kind]), _plain(kind, right[kind]))
    return False


def _plain(kind: str, content: Any) -> Any:
    """A value by which it can be compared: numbers as such, sets in no order."""
    match kind:
        case "N":
            return _number(content)
        case "NS":
            return frozenset(map(_number, content))
        case "SS" | "BS":
            return frozenset(content)
        case "L":
            return [[(kind, _plain(kind, value)) for kind, value in each.items()] for each in content]
        case "M":
            return {name: [(kind, _plain(kind, each[kind])) for kind in sorted(each)] for name, each in content.items()}
        case _:
            return content


def _number(text: object) -> Decimal:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(str(text))
    except InvalidOperation:  # a text of the simulation where a number belongs: any number, always the same
        return Decimal(zlib.crc32(str(text).encode()))


def counted(left: Found, right: Found, sign: int) -> Found:
    """A number with another added, or taken away; of one that nobody knows, what was added is kept."""
    if not isinstance(right, Mapping):
        return UNKNOWN
    step = sign * _number(right.get("N"))
    match left:
        case Counted(added=added):
            return Counted(added + step)
        case Special():
            return UNKNOWN
        case Mapping():
            return {"N": str(_number(left.get("N")) + step)}


def added(before: Found, operand: Found) -> Found:
    """What ADD makes of an attribute: a number counts, a set grows."""
    if not isinstance(operand, Mapping):
        return UNKNOWN
    if "N" in operand:
        return operand if before is MISSING else counted(before, operand, 1)
    if not isinstance(before, Mapping):
        return operand if before is MISSING else UNKNOWN
    kind, content = next(iter(operand.items()))
    return {kind: [*before.get(kind, ()), *(each for each in content if each not in before.get(kind, ()))]}


def without(before: Found, operand: Found) -> Found:
    """What DELETE makes of an attribute: a set shrinks, and an empty one goes."""
    if not isinstance(before, Mapping) or not isinstance(operand, Mapping):
        return before
    kind, content = next(iter(operand.items()))
    left = [each for each in before.get(kind, ()) if each not in content]
    return {kind: left} if left else MISSING
