"""Paths: steps, each on the items that the one in front of it gives.

As long as nothing is bound, items go on by themselves; from the first step that binds something on, they go on as rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame, late
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation import groups, steps
from keyflow.jsonata_language.evaluation.bound import Rows, SortedRows
from keyflow.jsonata_language.evaluation.filters import place_of
from keyflow.jsonata_language.syntax.nodes import Filter, Name, Path, Step, Variable, stays_whole
from keyflow.jsonata_language.values import NOTHING, Items, Object, Whole

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def path(compiler: Compiler, node: Path, depth: int) -> Evaluate:
    """A path; where a variable's members are read one within the other, by a shorter way."""
    keys = () if compiler.is_guarded else _plain_keys(node)
    if not keys or not isinstance(node.steps[0].node, Variable):
        return _walking(compiler, node, depth)
    compiler.deepest = max(compiler.deepest, depth + 2)
    root = node.steps[0].node.name
    walk = late(lambda: _walking(compiler, node, depth))

    def read(value: Any, frame: Frame) -> Any:
        found = frame.find(root)
        for key in keys:
            kind = type(found)
            if kind is dict or kind is Object:
                if type(key) is str:
                    found = found.get(key, NOTHING)
                    continue
            elif kind is list and type(key) is int and -len(found) <= key < len(found):
                found = found[key]
                if not isinstance(found, list):
                    continue
            return NOTHING if found is NOTHING else walk()(value, frame)
        return walk()(value, frame) if type(found) is Items else found

    return read


def _plain_keys(node: Path) -> Sequence[str | int]:
    """The names and places that lead from a path's variable to its end; none where it is more than that."""
    first, *rest = node.steps
    if node.group is not None or node.keeps_array or node.is_array or not _is_plain(first) or first.stages:
        return ()
    if not isinstance(first.node, Variable) or not first.node.name:
        return ()
    keys: list[str | int] = []
    for step in rest:
        places = [place_of(stage.predicate) if isinstance(stage, Filter) else None for stage in step.stages]
        if not isinstance(step.node, Name) or not _is_plain(step) or None in places:
            return ()
        keys += [step.node.name, *(place for place in places if place is not None)]
    return keys


def _is_plain(step: Step) -> bool:
    """Whether a step binds nothing, keeps nothing and filters nothing but by its stages."""
    return not (step.binds or step.filters or step.group is not None or step.keeps_array)


def _walking(compiler: Compiler, node: Path, depth: int) -> Evaluate:
    begin, plain, binding = _begin(compiler, node.steps[0], depth), *_in_order(compiler, node, depth)
    group = None if node.group is None else groups.grouped(compiler, node.group, depth)

    def walk(value: Any, frame: Frame) -> Any:
        items = begin(value, frame)
        for step in plain:
            items = step(items, frame)
            if items is NOTHING or (not items and isinstance(items, list | str)):
                break
        else:
            if binding:
                items = Rows.of(items)
                for step in binding:
                    items = step(items, frame)
        found = items
        if isinstance(items, Rows) and not node.gives_bindings:
            found = Items(items.values())
        elif isinstance(items, SortedRows):
            found = items.objects()
        if node.is_array:
            found = _as_array(found)
        if group is None:
            return found
        return group(items if isinstance(items, Rows) else found, frame)

    return compiler.finished(walk, is_kept=node.keeps_array)


def _begin(compiler: Compiler, first: Step, depth: int) -> Evaluate:
    """What the first step begins with: the elements of the value, or the value alone where a variable comes first."""
    takes_elements = not isinstance(first.node, Variable)

    def begin(value: Any, _frame: Frame) -> Any:
        return value if takes_elements and isinstance(value, list) else Items((value,))

    if not (first.binds and stays_whole(first)):
        return begin
    evaluate = compiler.part(first, depth + 1)

    def begin_with(value: Any, frame: Frame) -> Any:
        items = begin(value, frame)
        found = evaluate(items, frame)
        return items if first.focus else found

    return begin_with


def _in_order(compiler: Compiler, node: Path, depth: int) -> tuple[list[Evaluate], list[Evaluate]]:
    """The steps that give items, and from the first one that binds something on, those that give rows."""
    plain: list[Evaluate] = []
    binding: list[Evaluate] = []
    has_bound = False
    for place, step in enumerate(node.steps, 1):
        is_whole = place == 1 and stays_whole(step)
        has_bound = has_bound or step.binds
        if has_bound:
            binding += [] if is_whole else [steps.on_rows(compiler, step, depth + 1, is_first=not binding)]
        elif is_whole:
            plain.append(compiler.part(step, depth + 1))
        else:
            plain.append(steps.on_items(compiler, step, depth + 1, is_last=place == len(node.steps)))
    return plain, binding


def _as_array(found: Any) -> Any:
    if found is NOTHING:
        raise JsonataError("U1004", value="[] stands at what is not there")
    if type(found) is Whole:
        found = Items((found,))
    if isinstance(found, Items):
        found.is_kept = True
    return found
