"""Filters: `[0]` and `[price > 5]`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame
from keyflow.jsonata_language.comparison import is_true
from keyflow.jsonata_language.evaluation.bound import Rows, SortedRows
from keyflow.jsonata_language.syntax.nodes import Literal, Node, bare
from keyflow.jsonata_language.values import NOTHING, Items, is_number

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def place_of(predicate: Node) -> int | None:
    """The place that a predicate is, where it is a number that is written out."""
    node = bare(predicate)
    is_place = isinstance(node, Literal) and type(node.value) in (int, float)
    return math.floor(node.value) if is_place and isinstance(node, Literal) else None


def chosen(compiler: Compiler, predicate: Node, depth: int) -> Evaluate:
    """A filter as a function of what it chooses from; what is no array is one of one element."""
    evaluate = compiler.part(predicate, depth + 1)
    place = place_of(predicate)
    if place is not None:
        return lambda value, _frame: _element(value, place)

    def choose(value: Any, frame: Frame) -> Any:
        items = value if isinstance(value, list) else (value,)
        frame.run.spend(len(items))
        if isinstance(value, Rows):
            if isinstance(value, SortedRows):
                answers = [evaluate(each, frame) for each in value.objects()]
            else:
                answers = [evaluate(row.value, row.frame(frame)) for row in value]
            return value.replaced(_those_chosen(value, answers))
        return Items(_those_chosen(items, [evaluate(item, frame) for item in items]))

    return choose


def _those_chosen(items: Sequence[Any], answers: Sequence[Any]) -> list[Any]:
    """The items that are answered with true, or with the numbers of their places, once for each number."""
    found: list[Any] = []
    for place, (item, answer) in enumerate(zip(items, answers, strict=True)):
        if answer is True:
            found.append(item)
        elif answer is not False and answer is not NOTHING:
            found += [item] * _times(answer, place, len(items))
    return found


def _times(answer: Any, place: int, length: int) -> int:
    """How often an answer chooses the item at a place; negative numbers count from the end."""
    if is_number(answer):
        return _leads_to(answer, place, length)
    if isinstance(answer, list) and all(map(is_number, answer)):
        return sum(_leads_to(each, place, length) for each in answer)
    return is_true(answer)


def _leads_to(number: float, place: int, length: int) -> bool:
    return math.floor(number) in (place, place - length)


def _element(value: Any, place: int) -> Any:
    """The element at a place; one that is an array as it is."""
    items = value if isinstance(value, list) else (value,)
    found = value.replaced(()) if isinstance(value, Rows) else Items()
    if -len(items) <= place < len(items):
        item = items[place]
        if isinstance(item, list):
            return item
        if item is not NOTHING:
            found.append(item)
    return found
