"""What is looked up: variables, members by their names, all members, and the parents that steps bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame
from keyflow.jsonata_language.syntax import nodes
from keyflow.jsonata_language.values import NOTHING, Array, Items, member, members, opened

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def variable(_compiler: Compiler, node: nodes.Variable, _depth: int) -> Evaluate:
    """`$name`; `$` is the value itself."""
    name = node.name
    if name == "":
        return lambda value, _frame: opened(value)
    return lambda _value, frame: frame.find(name)


def parent(_compiler: Compiler, node: nodes.Parent, _depth: int) -> Evaluate:
    """`%`."""
    label = node.label
    return lambda _value, frame: frame.find(label)


def name(_compiler: Compiler, node: nodes.Name, _depth: int) -> Evaluate:
    """A member."""
    sought = node.name
    return lambda value, _frame: member(value, sought)


def wildcard(_compiler: Compiler, _node: nodes.Wildcard, _depth: int) -> Evaluate:
    """`*`."""
    return lambda value, _frame: _all_members(opened(value))


def _all_members(value: Any) -> Array:
    """The members of an object or an array; those that are arrays give their elements, however deep."""
    parts = _parts(value)
    if not any(isinstance(each, list) for each in parts):
        return Items(parts)
    found, pending = Array(), parts[::-1]
    while pending:
        each = pending.pop()
        if isinstance(each, list):
            pending += each[::-1]
        else:
            found.append(each)
    return found


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for _key, each in members(value)]
    return value if isinstance(value, list) else []


def descendants(_compiler: Compiler, _node: nodes.Descendants, _depth: int) -> Evaluate:
    """`**`."""
    return _descendants


def _descendants(value: Any, frame: Frame) -> Any:
    """A value, its members and theirs, each in front of its own; arrays are none of them, but their elements are."""
    if value is NOTHING:
        return NOTHING
    found, pending = Items(), [value]
    while pending:
        each = pending.pop()
        frame.run.spend(1)
        if not isinstance(each, list):
            found.append(each)
        pending += _parts(each)[::-1]
    return found[0] if len(found) == 1 else found
