"""What the iterations of a Map can be, where they are executions of their own, or fail alone."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, Parallel, Repeat
from keyflow.dsl.tasks import Task


def check_iterations(block: Block) -> None:
    """Raises KF243 and KF238 where a step cannot stand in a Map, or a Map not in another."""
    problems = [problem for outer in block.walk() for step in _inside(outer) for problem in _problems(outer, step)]
    problems += [_writes_nothing(step) for step in block.walk() if isinstance(step, Map) and _is_silent(step)]
    if problems:
        raise DefinitionError(*problems)


def _inside(outer: Step) -> Iterator[Step]:
    if isinstance(outer, Parallel | Map):
        for block in outer.blocks():
            yield from block.walk()


def _problems(outer: Step, step: Step) -> Iterator[Diagnostic]:
    if isinstance(step, Map) and step.is_tolerant:
        message = f"{step.name!r} stands in {outer.name!r}: failures are tolerated in the outermost block only"
        yield Diagnostic("KF243", message, step.location, "let the outer map tolerate them")
    if not isinstance(outer, Map):
        return
    if outer.distributed == "EXPRESS" and isinstance(step, Map) and step.distributed is not None:
        message = f"{outer.name!r} runs Express executions, which have no distributed map like {step.name!r}"
        yield Diagnostic("KF243", message, step.location, 'distributed="STANDARD" for the outer one')
    if outer.distributed == "EXPRESS" and isinstance(step, Task) and step.call.pattern:
        message = f"{outer.name!r} runs Express executions, which cannot wait as {step.name!r} does"
        yield Diagnostic("KF238", message, step.location, 'give the map distributed="STANDARD"')
    if outer.result_writer is not None:
        hint = "let each item be a workflow of its own, that the map starts"
        if isinstance(step, Task) and step.compensations:
            message = (
                f"{step.name!r} could not be undone: {outer.name!r} writes its results, and no state has them then"
            )
            yield Diagnostic("KF243", message, step.location, hint)
        if isinstance(step, Fail | FailIf | Repeat):
            message = f"{outer.name!r} writes its results: after it, an error declared in it is not known"
            yield Diagnostic("KF243", message, step.location, hint)


def _is_silent(map_step: Map) -> bool:
    return map_step.result_writer is not None and map_step.written is None


def _writes_nothing(map_step: Map) -> Diagnostic:
    message = f"{map_step.name!r} has a result_writer, and its iterations write nothing"
    return Diagnostic("KF243", message, map_step.location, "each.write(...) says what")
