"""Operators: arithmetic, comparisons, `&`, `and`, `or`, `in` and ranges.

Source: https://docs.jsonata.org/numeric-operators, and the pages beside it
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame
from keyflow.jsonata_language.comparison import are_alike, are_equal, is_before, is_comparable, is_same, is_true
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.syntax import nodes
from keyflow.jsonata_language.texts import text
from keyflow.jsonata_language.values import NOTHING, Items, is_number, number

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler

LONGEST_RANGE = 360_145
"""Elements; one more is refused for its memory."""
_LONGEST_RANGE_OF_JSONATA = 1e7


def operation(compiler: Compiler, node: nodes.Operation, depth: int) -> Evaluate:
    """An operator between two operands."""
    left, right = compiler.parts((node.left, node.right), depth)
    sign = node.sign
    if sign in _ARITHMETIC:
        return _computing(sign, _ARITHMETIC[sign], left, right)
    if sign in _ORDERS:
        return _ordering(sign, _ORDERS[sign], left, right)
    match sign:
        case "and":
            return lambda value, frame: is_true(left(value, frame)) and is_true(right(value, frame))
        case "or":
            return lambda value, frame: is_true(left(value, frame)) or is_true(right(value, frame))
        case "=":
            return lambda value, frame: _are_equal(left(value, frame), right(value, frame), True)
        case "!=":
            return lambda value, frame: _are_equal(left(value, frame), right(value, frame), False)
        case "in":
            return lambda value, frame: _is_in(left(value, frame), right(value, frame))
        case "&":
            return lambda value, frame: _concatenated(left(value, frame), right(value, frame), frame)
    return lambda value, frame: _range(left(value, frame), right(value, frame))


def negation(compiler: Compiler, node: nodes.Negation, depth: int) -> Evaluate:
    """The negative of a number."""
    operand = compiler.part(node.operand, depth + 1)

    def negated(value: Any, frame: Frame) -> Any:
        found = operand(value, frame)
        if found is NOTHING:
            return NOTHING
        if not is_number(found):
            raise JsonataError("D1002", token="-", value=found)  # noqa: S106
        return -found if found else -float(found)

    return negated


# Arithmetic.


def _quotient(left: float, right: float) -> float:
    if right:
        try:
            return left / right
        except OverflowError:
            return float(left) / float(right)
    return math.copysign(math.inf, left) * math.copysign(1, right) if left else math.nan


def _product(left: float, right: float) -> float:
    return left * right if left and right else float(left) * float(right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right else math.nan


_Compute = Callable[[Any, Any], Any]
_ARITHMETIC: dict[str, _Compute] = {
    "+": operator.add,
    "-": operator.sub,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
}


def _computing(sign: str, compute: _Compute, left: Evaluate, right: Evaluate) -> Evaluate:
    def computed(value: Any, frame: Frame) -> Any:
        first, second = left(value, frame), right(value, frame)
        if first is not NOTHING and not is_number(first):
            raise JsonataError("T2001", token=sign, value=first)
        if second is not NOTHING and not is_number(second):
            raise JsonataError("T2002", token=sign, value=second)
        return NOTHING if first is NOTHING or second is NOTHING else number(compute(first, second))

    return computed


# Comparisons.


def _are_equal(left: Any, right: Any, wanted: bool) -> bool:
    """Whether two values are equal as it is wanted; what is missing is neither equal nor unequal to anything."""
    return left is not NOTHING and right is not NOTHING and are_equal(left, right) is wanted


def _is_in(left: Any, right: Any) -> bool:
    if left is NOTHING or right is NOTHING:
        return False
    return any(is_same(left, each) for each in (right if isinstance(right, list) else (right,)))


_ORDERS: dict[str, _Compute] = {
    "<": is_before,
    ">": lambda left, right: is_before(right, left),
    "<=": lambda left, right: left == right or is_before(left, right),
    ">=": lambda left, right: left == right or is_before(right, left),
}


def _ordering(sign: str, compare: _Compute, left: Evaluate, right: Evaluate) -> Evaluate:
    def compared(value: Any, frame: Frame) -> Any:
        first, second = left(value, frame), right(value, frame)
        if not is_comparable(first) or not is_comparable(second):
            raise JsonataError("T2010", token=sign, value=second if is_comparable(first) else first)
        if first is NOTHING or second is NOTHING:
            return NOTHING
        if not are_alike(first, second):
            raise JsonataError("T2009", token=sign, value=first, value2=second)
        return compare(first, second)

    return compared


# Texts and ranges.


def _concatenated(left: Any, right: Any, frame: Frame) -> str:
    joined = "".join(text(each) for each in (left, right) if each is not NOTHING)
    frame.run.spend(len(joined) >> 6)
    return joined


def _range(first: Any, last: Any) -> Any:
    """The whole numbers from one to another; raises `JsonataError` where they are too many."""
    for bound, code in ((first, "T2003"), (last, "T2004")):
        if bound is not NOTHING and not _is_whole(bound):
            raise JsonataError(code, token="..", value=bound)  # noqa: S106
    if first is NOTHING or last is NOTHING or first > last:
        return NOTHING
    length = last - first + 1
    if length > _LONGEST_RANGE_OF_JSONATA:
        raise JsonataError("D2014", value=length)
    if length > LONGEST_RANGE:
        raise JsonataError("U1003")
    return Items(range(int(first), int(last) + 1))


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())
