"""Everything that stands in a definition, wherever it does: literal texts, values, conditions, calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from keyflow.diagnostics import Location
from keyflow.dsl.blocks import Block
from keyflow.dsl.definition import Definition
from keyflow.dsl.expressions import Value
from keyflow.dsl.values import Source

Content = tuple[Any, Location]
"""A text or an object, and the line that wrote what it stands in."""


def literals(definition: Definition) -> Iterator[tuple[str, Location]]:
    """Every literal text: names, parameters, causes, what conditions compare with."""
    return ((each, location) for each, location in contents(definition) if isinstance(each, str))


def contents(definition: Definition) -> Iterator[Content]:
    """Every text, value, condition and call of a definition, each object once."""
    seen = {id(step) for step in definition.steps()}
    for step in definition.steps():
        yield from _fields(step, step.location, seen)
    yield from _in(getattr(definition, "dead_letter_call", None), definition.location, seen)


def contents_of(tree: Any, location: Location) -> Iterator[Content]:
    """Every text, value and call in something that stands outside of a definition."""
    return _in(tree, location, set())


def _fields(holder: Any, location: Location, seen: set[int]) -> Iterator[Content]:
    for field in fields(holder):
        yield from _in(getattr(holder, field.name, None), location, seen)


def _in(tree: Any, location: Location, seen: set[int]) -> Iterator[Content]:
    """What is in a value of a step. Blocks have their turn; a source may belong to another definition."""
    if isinstance(tree, str):
        yield tree, location
    elif id(tree) in seen or isinstance(tree, Source | Block | Definition | Location):
        return
    elif isinstance(tree, Mapping):
        for name, each in tree.items():
            yield from _in(name, location, seen)
            yield from _in(each, location, seen)
    elif isinstance(tree, list | tuple):
        for each in tree:
            yield from _in(each, location, seen)
    elif is_dataclass(tree) or isinstance(tree, Value):
        seen.add(id(tree))
        where = getattr(tree, "location", location)
        yield tree, where
        if is_dataclass(tree):
            yield from _fields(tree, where, seen)
