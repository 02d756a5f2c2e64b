"""The steps around tasks: branches, alternatives, ends, pauses, and states as the States Language writes them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keyflow.aws import OperationCall
from keyflow.diagnostics import Location, calling_location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.expressions import Condition, Value, values_in
from keyflow.dsl.tasks import TaskResult, values_of
from keyflow.dsl.values import Reference, Source


@dataclass(eq=False)
class Branch:
    """One branch of a parallel block."""

    name: str
    location: Location
    block: Block = field(default_factory=Block)


@dataclass(eq=False)
class Parallel(Step):
    """Branches that run side by side; the workflow goes on when all have ended."""

    branches: list[Branch] = field(default_factory=list)

    def blocks(self) -> tuple[Block, ...]:
        return tuple(branch.block for branch in self.branches)

    def ends(self) -> bool:
        return False


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


@dataclass(eq=False)
class When(Step):
    """Alternatives: the block of the first condition that holds, else `otherwise`."""

    cases: list[tuple[Condition, Block]] = field(default_factory=list)
    otherwise: Block | None = None

    def blocks(self) -> tuple[Block, ...]:
        blocks = tuple(block for _condition, block in self.cases)
        return blocks if self.otherwise is None else (*blocks, self.otherwise)

    def values(self) -> Iterator[Value]:
        for condition, _block in self.cases:
            yield from condition.values()

    def ends(self) -> bool:
        return self.otherwise is not None and all(block.ends() for block in self.blocks())


@dataclass(eq=False)
class Fail(Step):
    """The workflow's end with a declared error."""

    error: str
    cause: str

    def ends(self) -> bool:
        return True


@dataclass(eq=False)
class FailIf(Step):
    """The workflow's end with a declared error, where the condition holds."""

    condition: Condition
    failure: Fail

    def values(self) -> Iterator[Value]:
        return self.condition.values()


@dataclass(eq=False)
class Succeed(Step):
    """The workflow's end, with its output."""

    output: Any

    def values(self) -> Iterator[Value]:
        return values_in(self.output)

    def ends(self) -> bool:
        return True


@dataclass(eq=False)
class Repeat(Step):
    """Steps that run again and again, `every` so many seconds, until a condition holds behind them.

    Where it does not hold after `at_most` rounds, the workflow fails.
    """

    at_most: int
    every: int
    failure: Fail
    block: Block = field(default_factory=Block)
    until: Condition | None = None

    def blocks(self) -> tuple[Block, ...]:
        return (self.block,)


@dataclass(frozen=True, eq=False)
class Rounds:
    """What a `repeat` block gives, to say when it has been repeated enough."""

    repeat: Repeat

    def until(self, condition: Condition) -> None:
        """Ends the rounds where the condition holds behind the steps; it may use what they gave.

        Raises:
            DefinitionError: KF245, it is said twice; KF215, it is no condition.
        """
        if not isinstance(condition, Condition):
            raise definition_error("KF215", f"until takes a condition, not {condition!r}")
        if self.repeat.until is not None:
            raise definition_error("KF245", f"{self.repeat.name!r} has an until already: join conditions with & and |")
        self.repeat.until = condition


@dataclass(eq=False)
class Wait(Step):
    """A pause of so many seconds, or until a moment; each is a literal or a value that the execution knows."""

    seconds: int | Value | None = None
    until: str | Value | None = None

    def values(self) -> Iterator[Value]:
        return values_in((self.seconds, self.until))


@dataclass(eq=False)
class RawState(Step):
    """A state as the States Language writes it, without Next and End, which keyflow adds."""

    document: Mapping[str, Any]
