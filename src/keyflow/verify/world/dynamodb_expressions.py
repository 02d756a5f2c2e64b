"""DynamoDB's condition and update expressions, evaluated on an item of which not all may be known.

A condition holds, does not hold, or cannot be told (None), where it asks for an attribute that nothing says more of.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final

from keyflow.dataclass import dataclass

AttributeValue = Mapping[str, Any]
"""A value with its type: `{"S": "text"}`."""
Truth = bool | None


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
Path = tuple[str | int, ...]

_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]+-])|([:#]?[A-Za-z0-9_]+)|(\S))")
_COMPARATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class ExpressionError(Exception):
    """A text is no expression, or one of its names or values is given nowhere."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that nobody knows, and what was added to it."""

    added: Decimal = Decimal(0)


Found = AttributeValue | Special | Counted


def _is_unknown(value: Any) -> bool:
    """Whether a value is noted as unknown, or is none: the text of a simulated result, where a value belongs."""
    return not isinstance(value, Mapping) or not value or "UNKNOWN" in value


@dataclass(slots=True)
class Item:
    """An item's attributes; those of an `open` one that are not here are not known. `MISSING` stands for none."""

    attributes: dict[str, Found]
    open: bool = False

    def at(self, path: Path) -> Found:
        """What lies at a path."""
        name, *rest = path
        if name not in self.attributes:
            return UNKNOWN if self.open else MISSING
        value: Found = self.attributes[str(name)]
        for key in rest:
            value = _member(value, key)
        return UNKNOWN if isinstance(value, Mapping) and _is_unknown(value) else value


def _member(value: Found, key: str | int) -> Found:
    """What lies in a map or a list; in what nobody knows, nobody knows what lies."""
    if not isinstance(value, Mapping) or _is_unknown(value):
        return MISSING if value is MISSING else UNKNOWN
    content: Any = value.get("M" if isinstance(key, str) else "L") or ()
    is_there = key < len(content) if isinstance(key, int) else key in content
    found: Found = content[key] if is_there else MISSING
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Expressions:
    """The expressions of one call: `names` and `values` stand for what `#name` and `:value` mean in them.

    `is_own` says of a value whether nobody else can have written it: then what nobody knows does not equal it.
    """

    names: Mapping[str, str]
    values: Mapping[str, AttributeValue]
    is_own: Callable[[Any], bool] = lambda _value: False

    def holds(self, condition: str, item: Item) -> Truth:
        """Whether a condition holds of an item.

        Raises:
            ExpressionError: It is no condition, or names something that is not given.
        """
        parser = _Parser(condition, self, item)
        found = parser.either()
        parser.end()
        return found

    def updated(self, update: str, item: Item) -> Item:
        """The item after an update.

        Raises:
            ExpressionError: It is no update expression, or names something that is not given.
        """
        result = Item(dict(item.attributes), item.open)
        parser = _Parser(update, self, item)
        for path, value in parser.clauses():
            _assign(result, path, value)
        parser.end()
        return result


@dataclass(slots=True)
class _Parser:
    """Reads an expression and evaluates it on the way."""

    text: str
    given: Expressions
    item: Item
    tokens: list[str] | None = None
    index: int = 0

    def _tokens(self) -> list[str]:
        if self.tokens is None:
            self.tokens = []
            for symbol, word, other in _TOKEN.findall(self.text):
                if other:
                    raise ExpressionError(f"{other!r} cannot stand in {self.text!r}")
                self.tokens.append(symbol or word)
        return self.tokens

    def peek(self) -> str:
        tokens = self._tokens()
        return tokens[self.index] if self.index < len(tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if not token or (wanted and token.upper() not in wanted):
            raise ExpressionError(f"{self.text!r} has {token or 'its end'!r} where {' or '.join(wanted)} stands")
        self.index += 1
        return token

    def takes(self, *wanted: str) -> bool:
        """Takes the next token if it is one of these."""
        if self.peek().upper() not in wanted:
            return False
        self.index += 1
        return True

    def end(self) -> None:
        if self.peek():
            raise ExpressionError(f"{self.text!r} goes on with {self.peek()!r}")

    # Conditions.

    def either(self) -> Truth:
        found = self._both()
        while self.takes("OR"):
            other = self._both()
            found = True if found or other else None if None in (found, other) else False
        return found

    def _both(self) -> Truth:
        found = self._negated()
        while self.takes("AND"):
            other = self._negated()
            found = False if found is False or other is False else None if None in (found, other) else True
        return found

    def _negated(self) -> Truth:
        if self.takes("NOT"):
            found = self._negated()
            return None if found is None else not found
        if self.peek() == "(":
            self.take("(")
            found = self.either()
            self.take(")")
            return found
        return self._test()

    def _test(self) -> Truth:
        word = self.peek()
        if word.lower() in _TESTS and self._is_call():
            self.take()
            return _TESTS[word.lower()](*self._arguments())
        left = self._operand()
        if self.takes("BETWEEN"):
            low = self._operand()
            self.take("AND")
            bounds = (_compared(left, low, ">="), _compared(left, self._operand(), "<="))
            return False if False in bounds else None if None in bounds else True
        if self.takes("IN"):
            found = [self._equal(left, each) for each in self._arguments()]
            return True if True in found else None if None in found else False
        sign = self.take("=", "<>", "<", "<=", ">", ">=")
        right = self._operand()
        if sign in _COMPARATORS:
            return _compared(left, right, sign)
        equal = self._equal(left, right)
        return equal if sign == "=" or equal is None else not equal

    def _equal(self, left: Found, right: Found) -> Truth:
        if UNKNOWN in (left, right) and any(
            isinstance(each, Mapping) and self.given.is_own(each) for each in (left, right)
        ):
            return False
        return False if MISSING in (left, right) and _known(left, right) else same(left, right)

    def _is_own(self, value: Found) -> bool:
        return isinstance(value, Mapping) and self.given.is_own(value)

    def _is_call(self) -> bool:
        tokens = self._tokens()
        return self.index + 1 < len(tokens) and tokens[self.index + 1] == "("

    def _arguments(self) -> list[Found]:
        self.take("(")
        found = [self._operand()]
        while self.takes(","):
            found.append(self._operand())
        self.take(")")
        return found

    def _operand(self) -> Found:
        word = self.peek()
        if word.lower() == "size" and self._is_call():
            self.take()
            return _size(*self._arguments())
        if word.startswith(":"):
            self.take()
            if word not in self.given.values:
                raise ExpressionError(f"{word} has no value")
            value = self.given.values[word]
            return UNKNOWN if _is_unknown(value) else value
        return self.item.at(self._path())

    def _path(self) -> Path:
        path: list[str | int] = [self._name()]
        while self.peek() in (".", "["):
            if self.take() == ".":
                path.append(self._name())
            else:
                number = self.take()
                if not number.isdecimal():
                    raise ExpressionError(f"{number!r} is no index")
                path.append(int(number))
                self.take("]")
        return tuple(path)

    def _name(self) -> str:
        word = self.take()
        if not re.fullmatch(r"#?[A-Za-z0-9_]+", word):
            raise ExpressionError(f"{word!r} is no name of an attribute")
        if not word.startswith("#"):
            return word
        if word not in self.given.names:
            raise ExpressionError(f"{word} has no name")
        return self.given.names[word]

    # Updates.

    def clauses(self) -> list[tuple[Path, Found]]:
        """Where an update writes, and what: all of it is computed from the item as it was."""
        found: list[tuple[Path, Found]] = []
        while self.peek():
            action = self.take(*_ACTIONS)
            found.append(self._action(action.upper()))
            while self.takes(","):
                found.append(self._action(action.upper()))
        return found

    def _action(self, action: str) -> tuple[Path, Found]:
        path = self._path()
        if action == "REMOVE":
            return path, MISSING
        if action == "SET":
            self.take("=")
            return path, self._sum()
        operand, before = self._operand(), self.item.at(path)
        return path, _added(before, operand) if action == "ADD" else _without(before, operand)

    def _sum(self) -> Found:
        found = self._term()
        if self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            return _counted(found, self._term(), sign)
        return found

    def _term(self) -> Found:
        word = self.peek().lower()
        if word == "if_not_exists" and self._is_call():
            self.take()
            before, other = self._arguments()
            return other if before is MISSING else before
        if word == "list_append" and self._is_call():
            self.take()
            first, second = self._arguments()
            if not isinstance(first, Mapping) or not isinstance(second, Mapping):
                return UNKNOWN
            return {"L": [*first.get("L", ()), *second.get("L", ())]}
        return self._operand()


_ACTIONS = ("SET", "REMOVE", "ADD", "DELETE")


def _assign(item: Item, path: Path, value: Found) -> None:
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


def _known(*values: Found) -> bool:
    """Whether all of the values are known, if only as none."""
    return not any(value is UNKNOWN or isinstance(value, Counted) for value in values)


def _exists(value: Found) -> Truth:
    return None if value is UNKNOWN else value is not MISSING


def _absent(value: Found) -> Truth:
    return None if value is UNKNOWN else value is MISSING


def _of_type(value: Found, kind: Found) -> Truth:
    if not _known(value, kind):
        return None
    return isinstance(value, Mapping) and isinstance(kind, Mapping) and kind.get("S") in value


def _begins_with(value: Found, beginning: Found) -> Truth:
    if not _known(value, beginning):
        return None
    if not isinstance(value, Mapping) or not isinstance(beginning, Mapping):
        return False
    return "S" in value and str(value["S"]).startswith(str(beginning.get("S")))


def _contains(value: Found, part: Found) -> Truth:
    if not _known(value, part):
        return None
    if not isinstance(value, Mapping) or not isinstance(part, Mapping):
        return False
    if "S" in value:
        return "S" in part and str(part["S"]) in str(value["S"])
    if "L" in value:
        return part in value["L"]
    return any(kind in value and part.get(kind[0]) in value[kind] for kind in ("SS", "NS", "BS"))


_TESTS: Mapping[str, Callable[..., Truth]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _absent,
    "attribute_type": _of_type,
    "begins_with": _begins_with,
    "contains": _contains,
}


def _size(value: Found) -> Found:
    if not isinstance(value, Mapping):
        return value
    content = next(iter(value.values()))
    return {"N": str(len(content))} if isinstance(content, str | list | dict) else MISSING


# Comparing and counting.


def same(left: Found, right: Found) -> Truth:
    """Whether two values are equal; of a simulated one, which has every type, in the types that both have."""
    if isinstance(left, Counted) and isinstance(right, Counted):
        return left == right
    if not _known(left, right):
        return None
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return left is right
    common = [kind for kind in left if kind in right]
    return bool(common) and all(_plain(kind, left[kind]) == _plain(kind, right[kind]) for kind in common)


def _compared(left: Found, right: Found, sign: str) -> Truth:
    if not _known(left, right):
        return None
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return False
    for kind in ("N", "S", "B"):
        if kind in left and kind in right:
            return _COMPARATORS[sign](_plain(kind, left[kind]), _plain(kind, right[kind]))
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
    try:
        return Decimal(str(text))
    except InvalidOperation:  # a text of the simulation where a number belongs: any number, always the same
        return Decimal(zlib.crc32(str(text).encode()))


def _counted(left: Found, right: Found, sign: int) -> Found:
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


def _added(before: Found, operand: Found) -> Found:
    if not isinstance(operand, Mapping):
        return UNKNOWN
    if "N" in operand:
        return operand if before is MISSING else _counted(before, operand, 1)
    if not isinstance(before, Mapping):
        return operand if before is MISSING else UNKNOWN
    kind, content = next(iter(operand.items()))
    return {kind: [*before.get(kind, ()), *(each for each in content if each not in before.get(kind, ()))]}


def _without(before: Found, operand: Found) -> Found:
    if not isinstance(before, Mapping) or not isinstance(operand, Mapping):
        return before
    kind, content = next(iter(operand.items()))
    left = [each for each in before.get(kind, ()) if each not in content]
    return {kind: left} if left else MISSING
