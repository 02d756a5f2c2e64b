"""DynamoDB's condition and update expressions, evaluated on an item of which not all may be known.

A condition holds, does not hold, or cannot be told (None), where it asks for an attribute that nothing says more of.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any, Literal

from keyflow.dataclass import dataclass
from keyflow.diagnostics import did_you_mean
from keyflow.dynamodb.attributes import (
    COMPARATORS,
    MISSING,
    TESTS,
    UNKNOWN,
    AttributeValue,
    Found,
    Item,
    Path,
    Truth,
    added,
    assign,
    compared,
    counted,
    is_unknown,
    known,
    same,
    size,
    without,
)
from keyflow.lazy import lazy_pattern

Kind = Literal["condition", "update", "projection"]
_NAME = lazy_pattern(r"#?[A-Za-z0-9_]+")
_TOKEN = lazy_pattern(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]+-])|([:#]?[A-Za-z0-9_]+)|(\S))")


class ExpressionError(Exception):
    """A text is no expression, or one of its names or values is given nowhere; `hint` is what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


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
            assign(result, path, value)
        parser.end()
        return result

    def written(self, text: str, kind: Kind) -> Words:
        """What an expression is written with.

        Raises:
            ExpressionError: It is no expression of that kind.
        """
        parser = _Parser(text, self, Item({}, open=True))
        read = {"condition": parser.either, "update": parser.clauses, "projection": parser.paths}[kind]
        read()
        parser.end()
        return parser.written

    def writes(self, update: str) -> Writes:
        """What an update writes to, whatever the item; nothing where it is no update expression."""
        parser = _Parser(update, self, Item({}, open=True))
        try:
            paths = [path for path, _value in parser.clauses()]
        except ExpressionError:
            return Writes()
        return Writes(frozenset(str(path[0]) for path in paths), frozenset(parser.counted), frozenset(parser.appended))


@dataclass(frozen=True, slots=True)
class Writes:
    """The attributes that an update writes to; among them the attributes that it counts on, and the lists that it
    appends to.
    """

    names: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    appended: frozenset[str] = frozenset()


@dataclass(slots=True)
class Words:
    """What an expression is written with: its `:values` and `#names`, and the attributes that it names themselves."""

    values: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@lru_cache(maxsize=256)
def _tokens_of(text: str) -> tuple[str, ...]:
    """The signs and words of an expression: a proof evaluates the same few again and again."""
    found = _TOKEN.findall(text)
    for _symbol, _word, other in found:
        if other:
            raise ExpressionError(f"{other!r} cannot stand in {text!r}")
    return tuple(symbol or word for symbol, word, _other in found)


@dataclass(slots=True)
class _Parser:
    """Reads an expression and evaluates it on the way; notes what it reads of the item, and how that is used."""

    text: str
    given: Expressions
    item: Item
    tokens: Sequence[str] | None = None
    index: int = 0
    read: list[str] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    appended: set[str] = field(default_factory=set)
    written: Words = field(default_factory=lambda: Words())

    def _tokens(self) -> Sequence[str]:
        if self.tokens is None:
            self.tokens = _tokens_of(self.text)
        return self.tokens

    def peek(self) -> str:
        tokens = self.tokens or self._tokens()
        return tokens[self.index] if self.index < len(tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if not token:
            raise ExpressionError(f"{self.text!r} ends too early")
        if wanted and token.upper() not in wanted:
            raise ExpressionError(f"{self.text!r} has {token!r} where {' or '.join(wanted)} belongs")
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
        if word.lower() in TESTS and self._is_call():
            return TESTS[word.lower()](*self._call())
        left = self._operand()
        if self.takes("BETWEEN"):
            low = self._operand()
            self.take("AND")
            bounds = (compared(left, low, ">="), compared(left, self._operand(), "<="))
            return False if False in bounds else None if None in bounds else True
        if self.takes("IN"):
            found = [self._equal(left, each) for each in self._list()]
            return True if True in found else None if None in found else False
        sign = self.take("=", "<>", "<", "<=", ">", ">=")
        right = self._operand()
        if sign in COMPARATORS:
            return compared(left, right, sign)
        equal = self._equal(left, right)
        return equal if sign == "=" or equal is None else not equal

    def _equal(self, left: Found, right: Found) -> Truth:
        if UNKNOWN in (left, right) and (self._is_own(left) or self._is_own(right)):
            return False
        return False if MISSING in (left, right) and known(left, right) else same(left, right)

    def _is_own(self, value: Found) -> bool:
        return isinstance(value, Mapping) and self.given.is_own(value)

    def _is_call(self) -> bool:
        tokens = self._tokens()
        return self.index + 1 < len(tokens) and tokens[self.index + 1] == "("

    def _call(self) -> list[Found]:
        """The arguments of a function, as many as it takes."""
        name = self.take()
        found, wanted = (
            self._list(self._term if name.lower() in _OF_UPDATES else self._operand),
            _FUNCTIONS[name.lower()],
        )
        if len(found) != wanted:
            raise ExpressionError(f"{name} takes {wanted} operand{'s' * (wanted != 1)}, not {len(found)}")
        return found

    def _list(self, operand: Callable[[], Found] | None = None) -> list[Found]:
        read = operand or self._operand
        self.take("(")
        found = [read()]
        while self.takes(","):
            found.append(read())
        self.take(")")
        return found

    def _operand(self) -> Found:
        word = self.peek()
        if self._is_call() and word != "(":
            if word.lower() == "size":
                return size(*self._call())
            hint = did_you_mean(word, _FUNCTIONS)
            raise ExpressionError(f"{word!r} is no function that can stand in {self.text!r}", hint)
        if word.startswith(":"):
            self.written.values.append(self.take())
            if word not in self.given.values:
                raise ExpressionError(f"{word} has no value")
            value = self.given.values[word]
            return UNKNOWN if is_unknown(value) else value
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
        self.read.append(str(path[0]))
        return tuple(path)

    def _name(self) -> str:
        word = self.take()
        if not _NAME.fullmatch(word):
            raise ExpressionError(f"{word!r} is no name of an attribute")
        if not word.startswith("#"):
            self.written.attributes.append(word)
            return word
        self.written.names.append(word)
        if word not in self.given.names:
            raise ExpressionError(f"{word} has no name")
        return self.given.names[word]

    # Projections.

    def paths(self) -> list[Path]:
        found = [self._path()]
        while self.takes(","):
            found.append(self._path())
        return found

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
        if action == "DELETE":
            return path, without(before, operand)
        if not isinstance(operand, Mapping) or "N" in operand:
            self.counted.add(str(path[0]))
        return path, added(before, operand)

    def _sum(self) -> Found:
        start = len(self.read)
        found = self._term()
        if self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            found = counted(found, self._term(), sign)
            self.counted |= set(self.read[start:])
        return found

    def _term(self) -> Found:
        word = self.peek().lower()
        if word == "if_not_exists" and self._is_call():
            before, other = self._call()
            return other if before is MISSING else before
        if word == "list_append" and self._is_call():
            start = len(self.read)
            first, second = self._call()
            self.appended |= set(self.read[start:])
            if not isinstance(first, Mapping) or not isinstance(second, Mapping):
                return UNKNOWN
            return {"L": [*first.get("L", ()), *second.get("L", ())]}
        return self._operand()


_ACTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_OF_UPDATES = ("if_not_exists", "list_append")
_FUNCTIONS: Mapping[str, int] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
"""The operands of each function."""
