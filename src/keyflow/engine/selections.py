"""Paths that select many by names alone: `$.items[*].id`, `$.steps..name`. All that definitions mostly select with.

They are evaluated here, in the order in which `python-jsonpath` selects; what has an index, a slice or a filter is its.
Behind `..`, it takes `true` or `_id` for no names; here they are names as any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.lazy import lazy_pattern

_SEGMENT = lazy_pattern(
    r"(?P<deep>\.(?=\.))?"
    r"(?:\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\.?\[ *'(?P<quoted>[^'\\\x00-\x1f]*)' *\]|(?P<every>\.\*|\.?\[ *\* *\]))"
)
Step = Callable[[Sequence[Any]], list[Any]]


def selecting(selector: str) -> Callable[[JSON], list[JSON]] | None:
    """What a selector from `$` on selects; None where it has other segments than names and wildcards.

    None, too, where `..` stands in it twice: of data that is deep, that selects without end.
    """
    if len(selector) > bounds.EXPRESSION_CHARACTERS or selector.count("..") > 1:
        return None
    steps: list[Step] = []
    position = 1
    while position < len(selector):
        segment = _SEGMENT.match(selector, position)
        if segment is None or (segment["deep"] and segment["every"]):
            return None
        name = segment["name"] if segment["quoted"] is None else segment["quoted"]
        if segment["deep"]:
            steps.append(_below)
        steps.append(_every if segment["every"] else _named(name))
        position = segment.end()

    def select(value: JSON) -> list[JSON]:
        found: list[JSON] = [value]
        for step in steps:
            found = step(found)
        return found

    return select


def _named(name: str) -> Step:
    return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]


def _every(values: Sequence[Any]) -> list[Any]:
    return [each for value in values for each in _members(value)]


def _below(values: Sequence[Any]) -> list[Any]:
    """The values and all that is in them, however deep, what comes first first."""
    return [each for value in values for each in _in_order(value)]


def _in_order(value: Any) -> Iterator[Any]:
    pending = [value]
    while pending:
        each = pending.pop()
        yield each
        pending += reversed(_members(each))


def _members(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
