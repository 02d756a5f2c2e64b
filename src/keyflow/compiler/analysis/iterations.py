"""What the iterations of a Map can be, where they are executions of their own, or fail alone."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, Parallel, Repeat
from keyflow.dsl.tasks import Task


def check_iterations(block: Block) -> None:
    """Raises KF243 where a Map's results are lost to what needs them, or its failures to what would have to know."""
    problems = [problem for each in block.walk() for step in _inside(each) for problem in _problems(each, step)]
    problems += [_writes_nothing(each) for each in block.walk() if isinstance(each, Map) and _is_silent(each)]
    if problems:
        raise DefinitionError(*problems)


def _inside(each: Step) -> Iterator[Step]:
    if isinstance(each, Parallel | Map):
        for block in each.blocks():
            yield from block.walk()


def _problems(each: Step, step: Step) -> Iterator[Diagnostic]:
    if isinstance(step, Map) and step.is_tolerant:
        message = f"{step.name!r} stands in {each.name!r}: failures are tolerated in the outermost block only"
        yield Diagnostic("KF243", message, step.location, "let the outer map tolerate them")
    if not isinstance(each, Map):
        return
    if each.distributed == "EXPRESS" and isinstance(step, Map) and step.distributed is not None:
        message = f"{each.name!r} runs Express executions, which have no distributed map like {step.name!r}"
        yield Diagnostic("KF243", message, step.location, 'distributed="STANDARD" for the outer one')
    if each.distributed == "EXPRESS" and isinstance(step, Task) and step.call.pattern:
        message = f"{each.name!r} runs Express executions, which cannot wait as {step.name!r} does"
        yield Diagnostic("KF238", message, step.location, 'give the map distributed="STANDARD"')
    if each.result_writer is not None:
        hint = "let each item be a workflow of its own, that the map starts"
        if isinstance(step, Task) and step.compensations:
            message = f"{step.name!r} could not be undone: {each.name!r} writes its results, and no state has them then"
            yield Diagnostic("KF243", message, step.location, hint)
        if isinstance(step, Fail | FailIf | Repeat):
            message = f"{each.name!r} writes its results: after it, an error declared in it is not known"
            yield Diagnostic("KF243", message, step.location, hint)


def _is_silent(each: Map) -> bool:
    return each.result_writer is not None and each.written is None


def _writes_nothing(each: Map) -> Diagnostic:
    message = f"{each.name!r} has a result_writer, and its iterations write nothing"
    return Diagnostic("KF243", message, each.location, "each.write(...) says what")
