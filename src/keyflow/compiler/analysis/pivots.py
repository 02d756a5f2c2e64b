"""The point of no return: which steps come after it, and whether it stands where one can (S12)."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.diagnostics import Diagnostic
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, Parallel, Pivot, RawState, Repeat, When
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


Owing = Task | Parallel | Map | RawState
"""What can fail after the pivot."""


def owed_after(block: Block) -> Iterator[tuple[Owing, tuple[str, ...]]]:
    """What can fail after the pivot, with the names of the steps that are then not done: its own, and those after."""
    passed = after_pivot(block)
    for step in _outermost(block):
        if step in passed and isinstance(step, Owing):
            later = (each.name for each in _following(block, step) if isinstance(each, Owing))
            yield step, (step.name, *later)


def _outermost(block: Block) -> Iterator[Step]:
    """The steps of the outermost scope: those of alternatives and handlers included, of branches not."""
    for step in block.steps:
        yield step
        if not isinstance(step, Parallel | Map):
            for inner in step.blocks():
                yield from _outermost(inner)


def _following(block: Block, wanted: Step) -> tuple[Step, ...]:
    """The steps after one in its own block."""
    for index, step in enumerate(block.steps):
        if step is wanted:
            return tuple(block.steps[index + 1 :])
        for inner in step.blocks():
            found = _following(inner, wanted)
            if found or wanted in inner.steps:
                return found
    return ()


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
