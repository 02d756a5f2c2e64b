"""A Map: steps that run for each item of an array, the item as a value, and what became of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keyflow.aws import OperationCall
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.tasks import TaskResult, values_of
from keyflow.dsl.values import Reference, Source


@dataclass(eq=False)
class Map(Step):
    """Steps that run once for each item of an array; the workflow goes on when all iterations have ended.

    `over` is the array, or the call that reads it, as `reader_config` says. `distributed` is the type of the child
    executions of a distributed Map, None for an inline one. `at_most` is how many items the workflow's time is proven
    for.
    """

    over: Reference | OperationCall
    at_most: int
    max_concurrency: int
    distributed: str | None
    reader_config: Mapping[str, Any] | None = None
    block: Block = field(default_factory=Block)

    @property
    def waves(self) -> int:
        """How many iterations run one after the other, at most."""
        return math.ceil(self.at_most / (self.max_concurrency or self.at_most))

    def blocks(self) -> tuple[Block, ...]:
        return (self.block,)

    def values(self) -> Iterator[Value]:
        return values_of(self.over) if isinstance(self.over, OperationCall) else values_in(self.over)


@dataclass(frozen=True, eq=False, slots=True)
class Item(Source):
    """The item of an iteration."""

    map: Map

    def __repr__(self) -> str:
        return f"item of {self.map.name!r}"


@dataclass(frozen=True, eq=False, slots=True)
class ItemIndex(Source):
    """The place of an iteration's item in the array, from 0."""

    map: Map

    def __repr__(self) -> str:
        return f"index in {self.map.name!r}"


@dataclass(frozen=True, eq=False, repr=False)
class Collected(Value):
    """What a value was in each iteration, as an array in the order of the items."""

    map: Map
    value: Reference
    location: Location

    @property
    def kind(self) -> str:
        return "array"

    def __repr__(self) -> str:
        return f"{self.value!r} of each"


@dataclass(frozen=True, eq=False)
class Each:
    """What a `map` block gives: the item that an iteration is about. `each["id"]` is a member of it."""

    map: Map

    @property
    def item(self) -> Reference:
        """The item itself."""
        over = self.map.over
        shape = over.result.element if isinstance(over, Reference) and over.result is not None else None
        return Reference(Item(self.map), (), calling_location(), shape)

    @property
    def index(self) -> Reference:
        """The item's place in the array, from 0."""
        return Reference(ItemIndex(self.map), (), calling_location(), None, "number")

    def __getitem__(self, key: str | int) -> Reference:
        return self.item[key]

    def collect(self, value: Reference) -> Collected:
        """What a result of the block, or a member of the item, was in each iteration: for use behind the block.

        Raises:
            DefinitionError: KF243, it is nothing of the block.
        """
        location = calling_location()
        inside = {id(step) for step in self.map.block.walk()}
        match value:
            case Reference(source=TaskResult(task=task)) if id(task) in inside:
                return Collected(self.map, value, location)
            case Reference(source=Item(map=owner) | ItemIndex(map=owner)) if owner is self.map:
                return Collected(self.map, value, location)
            case _:
                raise definition_error("KF243", f"{value!r} is nothing that {self.map.name!r} makes", location=location)
