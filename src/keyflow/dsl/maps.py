"""A Map: steps that run for each item of an array, the item as a value, and what became of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar

from keyflow.aws import OperationCall
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.habits import Habits
from keyflow.dsl.tasks import TaskResult
from keyflow.dsl.values import Reference, Source, values_of
from keyflow.making import note_text


@dataclass(eq=False, kw_only=True)
class Map(Step):
    """Steps that run once for each item of an array; the workflow goes on when all iterations have ended.

    `over` is the array, or the call that reads it, as `reader_config` says. `at_most` is how many items the workflow's
    time is proven for. `distributed` is the type of the child executions of a distributed Map, None for an inline one;
    with `batch_of`, one is given so many items at a time. So many `tolerated_failures` fail no more than themselves.
    Where results go to S3, `result_writer` says to which place, and `written` is what each iteration writes.
    """

    over: Reference | OperationCall
    at_most: int
    max_concurrency: int
    distributed: str | None
    reader_config: Mapping[str, Any] | None = None
    batch_of: int | None = None
    tolerated_failures: int = 0
    result_writer: Mapping[str, Any] | None = None
    writer_config: Mapping[str, Any] | None = None
    written: Any = None
    block: Block = field(default_factory=Block)

    @property
    def waves(self) -> int:
        """How many iterations run one after the other, at most."""
        iterations = math.ceil(self.at_most / (self.batch_of or 1))
        return math.ceil(iterations / (self.max_concurrency or iterations))

    @property
    def is_tolerant(self) -> bool:
        """Whether an iteration that fails undoes what it has done, so that the others can stay."""
        return self.tolerated_failures > 0 and self.result_writer is None

    def blocks(self) -> tuple[Block, ...]:
        return (self.block,)

    def values(self) -> Iterator[Value]:
        yield from values_of(self.over) if isinstance(self.over, OperationCall) else values_in(self.over)
        yield from values_in(self.result_writer)


@dataclass(frozen=True, eq=False, slots=True)
class Item(Source):
    """The item of an iteration."""

    map: Map

    def __repr__(self) -> str:
        return f"item of {self.map.name!r}"


@dataclass(frozen=True, eq=False, slots=True)
class FailedItem(Source):
    """The item of an iteration that has failed, where the Map tolerates it."""

    map: Map

    def __repr__(self) -> str:
        return f"failed item of {self.map.name!r}"


@dataclass(frozen=True, eq=False, slots=True)
class WrittenResults(Source):
    """Where a Map has written its results."""

    chosen_by_caller: ClassVar[bool] = False
    map: Map

    def __repr__(self) -> str:
        return f"written by {self.map.name!r}"


@dataclass(frozen=True, eq=False, slots=True)
class ItemIndex(Source):
    """The place of an iteration's item in the array, from 0."""

    chosen_by_caller: ClassVar[bool] = False
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
        return note_text(f"{self.value!r} of each")


@dataclass(frozen=True, eq=False, repr=False)
class Each(Habits):
    """What a `map` block gives: the item that an iteration is about. `each["id"]` is a member of it."""

    map: Map

    def __repr__(self) -> str:
        return note_text(f"each item of {self.map.name!r}")

    @property
    def item(self) -> Reference:
        """The item itself."""
        if self.map.batch_of is not None:
            raise definition_error("KF243", f"an iteration of {self.map.name!r} has several items", hint="use .items")
        over = self.map.over
        shape = over.result.element if isinstance(over, Reference) and over.result is not None else None
        return Reference(Item(self.map), (), calling_location(), shape)

    @property
    def items(self) -> Reference:
        """The items of a batch, as an array: for a task that takes them all, or a map inside."""
        if self.map.batch_of is None:
            raise definition_error("KF243", f"an iteration of {self.map.name!r} has one item", hint="use .item")
        shape = self.map.over.result if isinstance(self.map.over, Reference) else None
        return Reference(Item(self.map), (), calling_location(), shape, "array")

    @property
    def index(self) -> Reference:
        """The item's place in the array, from 0."""
        if self.map.batch_of is not None:
            raise definition_error("KF243", "Step Functions gives a batch no index")
        return Reference(ItemIndex(self.map), (), calling_location(), None, "number")

    def __getitem__(self, key: str | int) -> Reference:
        return self.item[key]

    def collect(self, value: Reference) -> Collected:
        """What a result of the block, or a member of the item, was in each iteration: for use behind the block.

        An iteration that failed, where that is tolerated, has left nothing.

        Raises:
            DefinitionError: KF243, it is nothing of the block.
        """
        location = calling_location()
        inside = {id(step) for step in self.map.block.walk()}
        self._check_kept(location)
        match value:
            case Reference(source=TaskResult(task=task)) if id(task) in inside:
                return Collected(self.map, value, location)
            case Reference(source=Item(map=owner) | ItemIndex(map=owner)) if owner is self.map:
                return Collected(self.map, value, location)
            case _:
                raise definition_error("KF243", f"{value!r} is nothing that {self.map.name!r} makes", location=location)

    @property
    def failed(self) -> Collected:
        """The items (or batches) whose iterations failed, where that is tolerated: for use behind the block."""
        location = calling_location()
        self._check_kept(location)
        if not self.map.tolerated_failures:
            message = f"{self.map.name!r} tolerates no failures: after it, nothing has failed"
            raise definition_error("KF243", message, location=location, hint="give it tolerated_failures")
        return Collected(self.map, Reference(FailedItem(self.map), (), location), location)

    def write(self, value: Any) -> None:
        """Says what an iteration writes to the map's result_writer when it has ended.

        Raises:
            DefinitionError: KF243, the map has no result_writer, or it is said twice.
        """
        if self.map.result_writer is None or self.map.written is not None:
            twice = self.map.written is not None
            problem = "an iteration writes one value: put all into an object" if twice else "nothing is written to"
            raise definition_error("KF243", f"{self.map.name!r}: {problem}", hint="map(..., result_writer=...)")
        self.map.written = value

    @property
    def results(self) -> Reference:
        """Where the results were written, for use behind the block: `["ResultWriterDetails"]["Key"]` is the manifest.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
        """
        location = calling_location()
        if self.map.result_writer is None:
            raise definition_error(
                "KF243", f"{self.map.name!r} writes nothing: collect what it made", location=location
            )
        return Reference(WrittenResults(self.map), (), location)

    def _check_kept(self, location: Location) -> None:
        if self.map.result_writer is not None:
            message = f"{self.map.name!r} writes its results, and keeps none: they are in S3"
            raise definition_error("KF243", message, location=location, hint="each.results says where they are")
