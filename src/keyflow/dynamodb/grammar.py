"""Reads DynamoDB's condition, update and projection expressions into what can be evaluated, on one item after another.

An expression is read once: a proof evaluates the same few on thousands of items.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any, Literal, TypeVar

from keyflow.dataclass import dataclass
from keyflow.diagnostics import did_you_mean
from keyflow.dynamodb import evaluation
from keyflow.dynamodb.attributes import COMPARATORS, MISSING, TESTS, added, counted, size, without
from keyflow.dynamodb.evaluation import ExpressionError, Operand, Place, Test
from keyflow.lazy import lazy_pattern

T = TypeVar("T")
Kind = Literal["condition", "update", "projection"]
_NAME = lazy_pattern(r"#?[A-Za-z0-9_]+")
_TOKEN = lazy_pattern(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]+-])|([:#]?[A-Za-z0-9_]+)|(\S))")


@dataclass(slots=True)
class Words:
    """What an expression is written with: its `:values` and `#names`, and the attributes that it names themselves."""

    values: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One write of an update: where, and what. `counts` and `appends` are the places that it counts on or appends to.

    ADD counts where its operand, `adds`, is a number.
    """

    place: Place
    value: Operand
    counts: Sequence[Place] = ()
    appends: Sequence[Place] = ()
    adds: Operand | None = None


@lru_cache(maxsize=256)
def condition_of(text: str) -> Test:
    """A condition, to be evaluated; raises `ExpressionError` where the text is none."""
    parser = _Parser(text)
    return parser.whole(parser.either)


@lru_cache(maxsize=256)
def clauses_of(text: str) -> tuple[Clause, ...]:
    """The writes of an update, in order; raises `ExpressionError` where the text is no update expression."""
    parser = _Parser(text)
    return tuple(parser.whole(parser.clauses))


def words_of(text: str, kind: Kind) -> Words:
    """What an expression is written with; raises `ExpressionError` where the text is no expression of that kind."""
    parser = _Parser(text)
    read: dict[Kind, Callable[[], Any]]
    read = {"condition": parser.either, "update": parser.clauses, "projection": parser.paths}
    parser.whole(read[kind])
    return parser.words


def _tokens_of(text: str) -> list[str]:
    """The signs and words of an expression."""
    found = _TOKEN.findall(text)
    for _symbol, _word, other in found:
        if other:
            raise ExpressionError(f"{other!r} cannot stand in {text!r}")
    return [symbol or word for symbol, word, _other in found]


class _Parser:
    """Reads an expression; notes the words that it is written with, and the places that it reads or appends to."""

    def __init__(self, text: str) -> None:
        self.words = Words()
        self._text = text
        self._tokens = _tokens_of(text)
        self._index = 0
        self._read: list[Place] = []
        self._appended: list[Place] = []

    def whole(self, read: Callable[[], T]) -> T:
        """What is read, where nothing comes after it."""
        found = read()
        if self._peek():
            raise ExpressionError(f"{self._text!r} goes on with {self._peek()!r}")
        return found

    def _peek(self) -> str:
        return self._tokens[self._index] if self._index < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if not token:
            raise ExpressionError(f"{self._text!r} ends too early")
        if wanted and token.upper() not in wanted:
            raise ExpressionError(f"{self._text!r} has {token!r} where {' or '.join(wanted)} belongs")
        self._index += 1
        return token

    def _takes(self, *wanted: str) -> bool:
        """Takes the next token if it is one of these."""
        if self._peek().upper() not in wanted:
            return False
        self._index += 1
        return True

    # Conditions.

    def either(self) -> Test:
        found = [self._both()]
        while self._takes("OR"):
            found.append(self._both())
        return evaluation.either(found)

    def _both(self) -> Test:
        found = [self._negated()]
        while self._takes("AND"):
            found.append(self._negated())
        return evaluation.both(found)

    def _negated(self) -> Test:
        if self._takes("NOT"):
            return evaluation.negation(self._negated())
        if self._takes("("):
            found = self.either()
            self._take(")")
            return found
        return self._test()

    def _test(self) -> Test:
        word = self._peek().lower()
        if word in TESTS and self._is_call():
            return evaluation.tested(TESTS[word], self._call())
        left = self._operand()
        if self._takes("BETWEEN"):
            low = self._operand()
            self._take("AND")
            return evaluation.between(left, low, self._operand())
        if self._takes("IN"):
            return evaluation.among(left, self._list(self._operand))
        return evaluation.comparison(left, self._take("=", "<>", *COMPARATORS), self._operand())

    def _is_call(self) -> bool:
        return self._index + 1 < len(self._tokens) and self._tokens[self._index + 1] == "("

    def _call(self) -> list[Operand]:
        """The arguments of a function, as many as it takes."""
        name = self._take()
        wanted = _FUNCTIONS[name.lower()]
        found = self._list(self._term if name.lower() in _OF_UPDATES else self._operand)
        if len(found) != wanted:
            raise ExpressionError(f"{name} takes {wanted} operand{'s' * (wanted != 1)}, not {len(found)}")
        return found

    def _list(self, read: Callable[[], Operand]) -> list[Operand]:
        self._take("(")
        found = [read()]
        while self._takes(","):
            found.append(read())
        self._take(")")
        return found

    def _operand(self) -> Operand:
        word = self._peek()
        if self._is_call() and word != "(":
            if word.lower() == "size":
                (operand,) = self._call()
                return lambda given, item: size(operand(given, item))
            hint = did_you_mean(word, _FUNCTIONS)
            raise ExpressionError(f"{word!r} is no function that can stand in {self._text!r}", hint)
        if word.startswith(":"):
            self.words.values.append(self._take())
            return evaluation.valued(word)
        return evaluation.found_at(self._path())

    def _path(self) -> Place:
        path: list[str | int] = [self._name()]
        while self._peek() in (".", "["):
            if self._take() == ".":
                path.append(self._name())
            else:
                number = self._take()
                if not number.isdecimal():
                    raise ExpressionError(f"{number!r} is no index")
                path.append(int(number))
                self._take("]")
        place = evaluation.place(tuple(path))
        self._read.append(place)
        return place

    def _name(self) -> str:
        word = self._take()
        if not _NAME.fullmatch(word):
            raise ExpressionError(f"{word!r} is no name of an attribute")
        (self.words.names if word.startswith("#") else self.words.attributes).append(word)
        return word

    # Projections.

    def paths(self) -> list[Place]:
        found = [self._path()]
        while self._takes(","):
            found.append(self._path())
        return found

    # Updates.

    def clauses(self) -> list[Clause]:
        """Where an update writes, and what."""
        found: list[Clause] = []
        while self._peek():
            action = self._take(*_ACTIONS).upper()
            found.append(self._action(action))
            while self._takes(","):
                found.append(self._action(action))
        return found

    def _action(self, action: str) -> Clause:
        place = self._path()
        if action == "REMOVE":
            return Clause(place=place, value=lambda _given, _item: MISSING)
        if action == "SET":
            self._take("=")
            return self._set(place)
        before, operand = evaluation.found_at(place), self._operand()
        if action == "DELETE":
            return Clause(place=place, value=evaluation.made(without, before, operand))
        return Clause(place=place, value=evaluation.made(added, before, operand), adds=operand)

    def _set(self, place: Place) -> Clause:
        read, appended = len(self._read), len(self._appended)
        value = self._term()
        counts: Sequence[Place] = ()
        if self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            value = evaluation.made(lambda left, right: counted(left, right, sign), value, self._term())
            counts = self._read[read:]
        return Clause(place=place, value=value, counts=counts, appends=self._appended[appended:])

    def _term(self) -> Operand:
        word = self._peek().lower()
        if word == "if_not_exists" and self._is_call():
            before, other = self._call()
            return evaluation.made(lambda found, instead: instead if found is MISSING else found, before, other)
        if word == "list_append" and self._is_call():
            start = len(self._read)
            first, second = self._call()
            self._appended += self._read[start:]
            return evaluation.made(evaluation.joined, first, second)
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
