"""Steps of a path: on items alone, on rows, and those that sort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame
from keyflow.jsonata_language.comparison import order
from keyflow.jsonata_language.evaluation import filters
from keyflow.jsonata_language.evaluation.bound import Row, Rows, SortedRows
from keyflow.jsonata_language.library.sorting import sorted_by
from keyflow.jsonata_language.syntax.nodes import Filter, Sorting, Step
from keyflow.jsonata_language.values import NOTHING, Array, Items, Whole

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def on_items(compiler: Compiler, step: Step, depth: int, *, is_last: bool) -> Evaluate:
    """What a step gives of all items, in one sequence."""
    stages = [filters.chosen(compiler, each.predicate, depth) for each in step.stages if isinstance(each, Filter)]
    if isinstance(step.node, Sorting):
        return _in_turn([_sorting(compiler, step.node, depth), *stages])
    evaluate = compiler.part(step, depth)

    def walk(items: Any, frame: Frame) -> Any:
        items = items if isinstance(items, list) else list(items) if isinstance(items, str) else ()
        frame.run.spend(len(items))
        found = []
        for item in items:
            one = evaluate(item, frame)
            for stage in stages:
                one = stage(one, frame)
            if one is not NOTHING:
                found.append(one)
        if is_last and len(found) == 1 and isinstance(found[0], list) and type(found[0]) is not Items:
            return found[0]
        return _joined(found)

    return walk


def _joined(found: Sequence[Any]) -> Items:
    """One sequence of all values, and of the elements of arrays but those that stay whole."""
    sequence = Items()
    for one in found:
        if isinstance(one, list) and type(one) is not Whole:
            sequence += one
        else:
            sequence.append(one)
    return sequence


def _in_turn(parts: Sequence[Evaluate]) -> Evaluate:
    def evaluate(value: Any, frame: Frame) -> Any:
        for part in parts:
            value = part(value, frame)
        return value

    return evaluate


def on_rows(compiler: Compiler, step: Step, depth: int, *, is_first: bool) -> Evaluate:
    """What a step gives of all rows, as rows; `is_first` says that nothing is bound at them yet."""
    stages = [
        filters.chosen(compiler, each.predicate, depth) if isinstance(each, Filter) else _numbering(each.name)
        for each in step.stages
    ]
    if isinstance(step.node, Sorting):
        numbering = [_numbering(step.place)] if step.place and is_first else []
        return _in_turn([_sorting(compiler, step.node, depth, is_first=is_first), *numbering, *stages])
    evaluate = compiler.part(step, depth)

    def walk(rows: Rows, frame: Frame) -> Any:
        frame.run.spend(len(rows))
        return Rows(each for row in rows for each in _found(step, row, evaluate(row.value, row.frame(frame))))

    return _in_turn([walk, *stages])


def _found(step: Step, row: Row, value: Any) -> Iterator[Row]:
    """The rows that a step makes of one, where it gives a value there."""
    if isinstance(value, Rows):
        for inner in value:
            yield Row(inner.value, {**row.names, **inner.names})
    elif value is not NOTHING:
        parents = dict.fromkeys(step.labels, row.value)
        for place, item in enumerate(value if isinstance(value, list) else (value,)):
            names = dict(row.names)
            if step.focus:
                names[step.focus] = item
            if step.place:
                names[step.place] = place
            names.update(parents)
            yield Row(row.value if step.focus else item, names)


def _numbering(name: str) -> Evaluate:
    """Binds the place of each row."""

    def number(rows: Rows, _frame: Frame) -> Rows:
        return rows.replaced(Row(row.value, {**row.names, name: place}) for place, row in enumerate(rows))

    return number


def _sorting(compiler: Compiler, node: Sorting, depth: int, *, is_first: bool = True) -> Evaluate:
    """Sorts items or rows; `is_first` says that nothing is bound at the rows yet."""
    terms = [(compiler.part(term.expression, depth + 1), term.is_descending) for term in node.terms]

    def sort(value: Any, frame: Frame) -> Any:
        if not isinstance(value, list) or len(value) <= 1:
            return value
        is_rows = isinstance(value, Rows)
        keyed = [_Keyed(item, (item.value, item.frame(frame)) if is_rows else (item, frame), terms) for item in value]

        def comes_after(left: _Keyed, right: _Keyed) -> bool:
            frame.run.spend(1)
            return left.comes_after(right)

        found = [each.item for each in sorted_by(keyed, comes_after)]
        return (Rows if is_first else SortedRows)(found) if is_rows else Array(found)

    return sort


class _Keyed:
    """An item of an order, and the values of its terms, as far as they were asked for."""

    def __init__(self, item: Any, at: tuple[Any, Frame], terms: Sequence[tuple[Evaluate, bool]]) -> None:
        self.item, self._at, self._terms = item, at, terms
        self._keys: list[Any] = []

    def comes_after(self, other: _Keyed) -> bool:
        """Whether it comes after another; raises `JsonataError` where the two have no order."""
        for index, (_evaluate, is_descending) in enumerate(self._terms):
            found = order(self.key(index), other.key(index), is_descending=is_descending)
            if found:
                return found > 0
        return False

    def key(self, index: int) -> Any:
        """The value of a term."""
        if index == len(self._keys):
            self._keys.append(self._terms[index][0](*self._at))
        return self._keys[index]
