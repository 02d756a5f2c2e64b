"""The point of no return: which steps come after it, and whether it stands where one can (S12)."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.diagnostics import Diagnostic
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.steps import Fail, FailIf, Pivot, Repeat, When
from keyflow.dsl.tasks import Task


def after_pivot(block: Block) -> frozenset[Step]:
    """The steps that only run when the pivot has been passed, those inside others included."""
    return frozenset(_after(block))


def _after(block: Block) -> Iterator[Step]:
    passed = False
    for step in block.steps:
        if passed:
            yield step
            for inner in step.blocks():
                yield from inner.walk()
        elif isinstance(step, Pivot):
            passed = True
        elif isinstance(step, When):
            for inner in step.blocks():
                yield from _after(inner)


def check_pivots(block: Block) -> Iterator[Diagnostic]:
    """Diagnostics for a pivot where none can stand, and for what cannot stand after one."""
    allowed = dict(_places(block, True))
    pivots = [step for step in block.walk() if isinstance(step, Pivot)]
    after = after_pivot(block)
    for pivot in pivots:
        if pivot in after:
            yield Diagnostic("KF264", "a workflow has one pivot on each way, and this is a second one", pivot.location)
        elif not allowed.get(pivot, False):
            message = "a pivot stands on the workflow's own way forward, or in a when block that ends the workflow"
            yield Diagnostic("KF264", message, pivot.location, "write it before or after the block")
    for step in after:
        match step:
            case Fail() | FailIf() | Repeat():
                message = "the workflow cannot fail after its pivot: nothing is undone any more"
                yield Diagnostic("KF264", message, step.location, "ask before the pivot")
            case Task(compensations=[first, *_]):
                message = f"{step.name!r} comes after the pivot: nothing is undone any more"
                yield Diagnostic("KF264", message, first.location, "write it before the pivot, or leave it out")
            case _:
                pass


def _places(block: Block, outermost: bool) -> Iterator[tuple[Pivot, bool]]:
    """The pivots on the outermost way, and in alternatives that end it, each with whether it may stand there."""
    for step in block.steps:
        if isinstance(step, Pivot):
            yield step, outermost or block.ends()
        elif isinstance(step, When):
            for inner in step.blocks():
                yield from _places(inner, False)
