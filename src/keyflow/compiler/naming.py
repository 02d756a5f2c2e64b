"""Names that other texts are made of: where steps without a name are entered, declared failures, rungs of the ladder.

They are given in the order in which the way forward meets them, before a state is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from keyflow.compiler.analysis.rungs import rung_names
from keyflow.compiler.analysis.saga import SagaPlan
from keyflow.compiler.names import Names, identifier
from keyflow.compiler.program import StateNames
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Handler
from keyflow.dsl.maps import Map
from keyflow.dsl.retries import ALL_ERRORS
from keyflow.dsl.steps import Chosen, Fail, FailIf, FirstOf, Parallel, Repeat, Succeed, When, declared_failures
from keyflow.dsl.tasks import CaughtError, Task, TaskResult
from keyflow.dsl.values import Reference


def state_names(block: Block, saga: SagaPlan, taken: Iterable[str], *, needs_start: bool) -> StateNames:
    """The names for a workflow's steps; `taken` are those that it gives itself."""
    names = Names(taken)
    rungs = {stage: names.unique(name) if is_new else name for stage, name, is_new in rung_names(saga)}
    start = names.unique("Start") if needs_start else None
    entries: dict[Step, str] = {}
    declared: dict[tuple[str, str], str] = {}
    noted: dict[str, None] = {}
    keys: dict[str, str] = {}
    for place, step in _entered(block, _Within("")):
        match step:
            case Fail():
                key = (step.error, step.cause)
                if key not in declared:
                    declared[key] = names.unique(step.error)
                entries[step] = declared[key]
                if place.is_inner or saga.entries[step]:
                    entries[step] = names.unique(f"Fail with {step.error}")
                    noted[declared[key]] = None
                if place.is_iteration:
                    _give_keys((declared[key],), keys)
            case Parallel() | Map():
                failures = (each for inner in step.blocks() for each in declared_failures(inner.walk()))
                inside = {declared[each.error, each.cause] for each in failures}
                _give_keys((each for each in noted if each in inside), keys)
            case _:
                entries[step] = names.unique(_entry(step, place))
    return StateNames(
        rungs=rungs,
        start=start,
        entries=entries,
        declared=declared,
        noted=tuple(noted),
        keys=keys,
        taken=names.taken,
    )


def _entry(step: Step, place: _Within) -> str:
    """What the state is called where a step without a name is entered."""
    match step:
        case FailIf(failure=failure):
            return f"{failure.error}?"
        case Succeed():
            return "Success"
        case FirstOf():
            return f"{' or '.join(dict.fromkeys(map(option_name, step.candidates)))}?"
        case When():
            return f"{place.name}: When?" if place.is_inner else "When?"
        case _:
            raise TypeError(step)


def handlers_in_order(task: Task) -> list[Handler]:
    """A task's handlers as its catchers stand: the one for every error must come last."""
    return sorted(task.handlers, key=lambda handler: ALL_ERRORS in handler.errors)


def option_name(option: Any) -> str:
    """How states name what a `first_of` may choose: by the task that makes it, or the member that it is."""
    match option:
        case Reference(source=TaskResult(task=task)):
            return task.name
        case Reference(source=CaughtError()):
            return "Error"
        case Reference(source=Chosen(step=step)) if step.name:
            return step.name
        case Reference(keys=(*_, str(member))):
            return member
        case _:
            return "Otherwise"


@dataclass(frozen=True, slots=True)
class _Within:
    """A scope, by the name of its branch or its Map."""

    name: str
    is_inner: bool = False
    is_iteration: bool = False


def _give_keys(declared: Iterable[str], keys: dict[str, str]) -> None:
    for each in declared:
        keys.setdefault(each, f"{identifier(each)}{len(keys)}")


def _entered(block: Block, place: _Within) -> Iterator[tuple[_Within, Step]]:
    """The steps that need a name where they are entered, and the blocks whose failures an iteration notes again."""
    for step in block.steps:
        if isinstance(step, Fail) or (isinstance(step, FailIf | FirstOf | Succeed | When) and not step.name):
            yield place, step
    for step in block.steps:
        yield from _inside(step, place)


def _inside(step: Step, place: _Within) -> Iterator[tuple[_Within, Step]]:
    match step:
        case FailIf(failure=failure):
            yield place, failure
        case Repeat(failure=failure):
            yield from _entered(step.block, place)
            yield place, failure
        case Task():
            for handler in handlers_in_order(step):
                yield from _entered(handler.block, place)
        case Parallel():
            for branch in step.branches:
                yield from _entered(branch.block, _Within(branch.name, is_inner=True))
            if place.is_iteration:
                yield place, step
        case Map():
            yield from _entered(step.block, _Within(step.name, is_inner=True, is_iteration=True))
            if place.is_iteration:
                yield place, step
        case When():
            for block in step.blocks():
                yield from _entered(block, place)
        case _:
            pass
