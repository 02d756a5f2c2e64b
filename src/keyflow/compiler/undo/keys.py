"""The keys under which compensations leave something, claimed before a state is written: no two get the same.

Each call that could leave something has a key; whether a state uses it, only the writers of states know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keyflow.compiler.analysis.saga import SagaPlan
from keyflow.compiler.layout import ITEMS, MARKS, OWED, Layout
from keyflow.compiler.names import Names, identifier
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block
from keyflow.dsl.compensations import Compensation, Lookup
from keyflow.dsl.maps import Map
from keyflow.dsl.tasks import Task

Leaving = Compensation | Lookup | Map | tuple[str, Task] | int
"""What leaves something: a call, the failed iterations of a Map, the undoing of a task in each iteration around it, or
a stage of the ladder."""


@dataclass(frozen=True, slots=True)
class LeftKeys:
    """The key of each; a Map that settles its failed iterations at once has keys of its own."""

    keys: Mapping[tuple[Map | None, Leaving], str]

    def key(self, leaving: Leaving, at_once: Map | None) -> str:
        """The key of what is left there."""
        return self.keys[at_once, leaving]


def left_keys(block: Block, saga: SagaPlan, layout: Layout, rungs: Mapping[int, str]) -> LeftKeys:
    """The keys for a workflow's undoing."""
    names, keys = Names((MARKS, ITEMS, OWED), separator=""), dict[tuple[Map | None, Leaving], str]()
    for place, leaving, wanted in _claims(block, saga, layout, rungs):
        keys[place, leaving] = names.unique(identifier(wanted))
    return LeftKeys(keys)


def has_compensations(map_step: Map) -> bool:
    """Whether there is anything to undo in the iterations of a Map."""
    return any(isinstance(step, Task) and step.compensations for step in map_step.block.walk())


def settled_tasks(map_step: Map, saga: SagaPlan) -> tuple[Task, ...]:
    """The tasks that a failed iteration of the Map undoes, in this order."""
    inside = {step for step in map_step.block.walk() if isinstance(step, Task)}
    return tuple(task for stage in reversed(saga.stages) for task in stage if task in inside)


def settling_rungs(map_step: Map, tasks: Sequence[Task]) -> tuple[str, ...]:
    """What the states want to be called in which the undoing of each of these tasks begins."""
    return (f"{map_step.name}: Item Failed", *(f"Undo {task.name} at Once?" for task in tasks[1:]))


Claim = tuple[Map | None, Leaving, str]


def _claims(block: Block, saga: SagaPlan, layout: Layout, rungs: Mapping[int, str]) -> Iterator[Claim]:
    yield from _settled(block, saga, layout)
    yield from _on_ladder(saga, layout, rungs)
    yield from _in_doubt(block, saga)


def _settled(block: Block, saga: SagaPlan, layout: Layout) -> Iterator[Claim]:
    for map_step in block.walk():
        if not isinstance(map_step, Map) or not map_step.is_tolerant:
            continue
        tasks = settled_tasks(map_step, saga)
        for task, rung in zip(tasks, settling_rungs(map_step, tasks), strict=False):
            inner = inside_of(layout.around[task], map_step)
            yield from ((map_step, leaving, wanted) for leaving, wanted in _of_rung(task, rung, len(inner), saga))
        if map_step in saga.fallible and has_compensations(map_step):
            yield None, map_step, map_step.name


def _on_ladder(saga: SagaPlan, layout: Layout, rungs: Mapping[int, str]) -> Iterator[Claim]:
    for stage in sorted((stage for stage in rungs if stage), reverse=True):
        tasks = saga.stages[stage - 1]
        if len(tasks) > 1:
            yield None, stage, rungs[stage]
        for task in tasks:
            depth = len(layout.around.get(task, ()))
            claims = _of_rung(task, rungs[stage], depth, saga) if len(tasks) == 1 else _of_branch(task, depth, saga)
            yield from ((None, leaving, wanted) for leaving, wanted in claims)


def _of_rung(task: Task, rung: str, depth: int, saga: SagaPlan) -> Iterator[tuple[Leaving, str]]:
    if depth:
        yield ("rung", task), rung
        yield from _of_branch(task, depth - 1, saga)
    else:
        yield from _of_calls(task)


def _of_branch(task: Task, depth: int, saga: SagaPlan) -> Iterator[tuple[Leaving, str]]:
    for level in range(depth, 0, -1):
        yield (str(level), task), task.name
    if not is_flat(task, saga):
        yield from _of_calls(task)


def _of_calls(task: Task) -> Iterator[tuple[Leaving, str]]:
    calls = (*(() if task.lookup is None else (task.lookup,)), *task.compensations)
    return ((call, call.name) for call in calls)


def is_flat(task: Task, saga: SagaPlan) -> bool:
    """Whether an undo branch's output is what its only call leaves, not an object of what several leave."""
    match task.compensations:
        case [only]:
            return task.lookup is None and not saga.asks(task, only)
        case _:
            return False


def _in_doubt(block: Block, saga: SagaPlan) -> Iterator[Claim]:
    """What is written down as in doubt when an answer is lost."""
    for task in block.walk():
        if isinstance(task, Task) and task.compensations and task not in saga.noting:
            yield None, ("doubt", task), f"{task.name} in doubt"


def inside_of(around: tuple[Map, ...], map_step: Map) -> tuple[Map, ...]:
    """The Maps among those around a task that lie in this one."""
    return around[around.index(map_step) + 1 :]
