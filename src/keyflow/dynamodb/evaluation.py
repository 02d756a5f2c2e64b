"""What DynamoDB's expressions come to: each is a function of what its call gives, and of an item.

Each operand is evaluated, so that a name or a value that is not given is always an error.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.dynamodb.attributes import (
    COMPARATORS,
    MISSING,
    UNKNOWN,
    AttributeValue,
    Found,
    Item,
    Path,
    Truth,
    compared,
    is_unknown,
    known,
    same,
)


class ExpressionError(Exception):
    """A text is no expression, or one of its names or values is given nowhere; `hint` is what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What the expressions of one call may use: `names` and `values` stand for what `#name` and `:value` mean in them.

    `is_own` says of a value whether nobody else can have written it: then what nobody knows does not equal it.
    """

    names: Mapping[str, str]
    values: Mapping[str, AttributeValue]
    is_own: Callable[[Any], bool] = lambda _value: False


Place = Callable[[Given], Path]
"""A path of an expression, in whose place another one may stand by its `#name`."""
Operand = Callable[[Given, Item], Found]
Test = Callable[[Given, Item], Truth]


def either(tests: Sequence[Test]) -> Test:
    """Holds where one of the tests does."""
    return _all_together(tests, decisive=True)


def both(tests: Sequence[Test]) -> Test:
    """Holds where all of the tests do."""
    return _all_together(tests, decisive=False)


def _all_together(tests: Sequence[Test], *, decisive: bool) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda given, item: _decided([each(given, item) for each in tests], decisive=decisive)


def _decided(found: Sequence[Truth], *, decisive: bool) -> Truth:
    """What several tests come to, of which one with the decisive answer is enough."""
    return decisive if decisive in found else None if None in found else not decisive


def negation(negated: Test) -> Test:
    """Holds where the test does not."""

    def test(given: Given, item: Item) -> Truth:
        found = negated(given, item)
        return None if found is None else not found

    return test


def tested(function: Callable[..., Truth], operands: Sequence[Operand]) -> Test:
    """Holds where a function of DynamoDB's says so."""
    return lambda given, item: function(*[operand(given, item) for operand in operands])


def between(value: Operand, low: Operand, high: Operand) -> Test:
    """Holds where a value lies between two others, or is one of them."""

    def test(given: Given, item: Item) -> Truth:
        found = value(given, item)
        bounds = (compared(found, low(given, item), ">="), compared(found, high(given, item), "<="))
        return _decided(bounds, decisive=False)

    return test


def among(value: Operand, others: Sequence[Operand]) -> Test:
    """Holds where a value equals one of the others."""

    def test(given: Given, item: Item) -> Truth:
        found = value(given, item)
        return _decided([_equal(given, found, each(given, item)) for each in others], decisive=True)

    return test


def comparison(left: Operand, sign: str, right: Operand) -> Test:
    """Holds where two values compare as the sign says."""
    if sign in COMPARATORS:
        return lambda given, item: compared(left(given, item), right(given, item), sign)

    def test(given: Given, item: Item) -> Truth:
        equal = _equal(given, left(given, item), right(given, item))
        return equal if sign == "=" or equal is None else not equal

    return test


def _equal(given: Given, left: Found, right: Found) -> Truth:
    if (left is UNKNOWN and _is_own(given, right)) or (right is UNKNOWN and _is_own(given, left)):
        return False
    return False if MISSING in (left, right) and known(left, right) else same(left, right)


def _is_own(given: Given, value: Found) -> bool:
    return isinstance(value, Mapping) and given.is_own(value)


def valued(word: str) -> Operand:
    """What a `:value` stands for."""

    def operand(given: Given, _item: Item) -> Found:
        if word not in given.values:
            raise ExpressionError(f"{word} has no value")
        value = given.values[word]
        return UNKNOWN if is_unknown(value) else value

    return operand


def found_at(place: Place) -> Operand:
    """What lies at a place of the item."""
    return lambda given, item: item.at(place(given))


def place(path: Path) -> Place:
    """A path, with what its `#names` stand for."""
    if not any(str(step).startswith("#") for step in path):
        return lambda _given: path
    return lambda given: tuple(_meant(given, step) for step in path)


def _meant(given: Given, step: str | int) -> str | int:
    if isinstance(step, int) or not step.startswith("#"):
        return step
    if step not in given.names:
        raise ExpressionError(f"{step} has no name")
    return given.names[step]


def made(make: Callable[[Found, Found], Found], first: Operand, second: Operand) -> Operand:
    """What a function of DynamoDB's makes of two operands."""
    return lambda given, item: make(first(given, item), second(given, item))


def joined(first: Found, second: Found) -> Found:
    """A list with another one after it."""
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return UNKNOWN
    return {"L": [*first.get("L", ()), *second.get("L", ())]}
