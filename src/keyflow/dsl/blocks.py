"""Blocks, and what every step in one has: the tree that a workflow is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.dsl.expressions import Value


@dataclass(eq=False)
class Block:
    """Steps that run one after the other."""

    steps: list[Step] = field(default_factory=list)

    def ends(self) -> bool:
        """Whether no path leaves the block at its end."""
        return bool(self.steps) and self.steps[-1].ends()

    def walk(self) -> Iterator[Step]:
        """Every step in the block and in the blocks inside it, in the order written."""
        for step in self.steps:
            yield step
            for block in step.blocks():
                yield from block.walk()


@dataclass(eq=False)
class Step:
    """One step. `name` is the name of its state; `location` is the line that wrote it."""

    name: str
    location: Location

    def blocks(self) -> tuple[Block, ...]:
        """The blocks inside the step."""
        return ()

    def values(self) -> Iterator[Value]:
        """The values that the step itself needs when it starts."""
        return iter(())

    def ends(self) -> bool:
        """Whether the execution never goes on behind the step."""
        return False
