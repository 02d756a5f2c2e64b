"""The literal texts of a definition, wherever they stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from keyflow.diagnostics import Location
from keyflow.dsl.blocks import Block
from keyflow.dsl.definition import Definition
from keyflow.dsl.values import Source

Text = tuple[str, Location]
"""A text, and the line that wrote what it stands in."""


def literals(definition: Definition) -> Iterator[Text]:
    """Every literal text: names, parameters, causes, what conditions compare with."""
    seen = {id(step) for step in definition.steps()}
    for step in definition.steps():
        yield from _fields(step, step.location, seen)
    yield from _in(getattr(definition, "dead_letter_call", None), definition.location, seen)


def _fields(holder: Any, location: Location, seen: set[int]) -> Iterator[Text]:
    for field in fields(holder):
        yield from _in(getattr(holder, field.name, None), location, seen)


def _in(tree: Any, location: Location, seen: set[int]) -> Iterator[Text]:
    """The texts in a value of a step. Blocks have their turn; a source may belong to another definition."""
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
    elif is_dataclass(tree):
        seen.add(id(tree))
        yield from _fields(tree, getattr(tree, "location", location), seen)
