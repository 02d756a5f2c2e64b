"""The names of the undo ladder's rungs: each says what is undone from there on."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.compiler.analysis.saga import SagaPlan
from keyflow.compiler.names import joined
from keyflow.dsl.tasks import Task

VERDICT = 0


def rung_names(saga: SagaPlan) -> Iterator[tuple[int, str, bool]]:
    """Names for the states that the ladder is entered at: each stage's number and name, 0 for the verdict at the end.

    The last member says whether that is a name that the compiler made up.
    """
    highest = max((*saga.entries.values(), *saga.uncertain.values()), default=0)
    if highest == 0:
        return
    yield VERDICT, "Everything Undone?", True
    for stage, tasks in enumerate(saga.stages[:highest], start=1):
        match tasks:
            case [task]:
                yield stage, *_of_one(task, saga)
            case several:
                yield stage, f"Undo {joined([task.name for task in several])}", True


def _of_one(task: Task, saga: SagaPlan) -> tuple[str, bool]:
    first = task.compensations[0]
    if task in saga.guarded:
        return f"Undo {task.name}?", True
    if task.lookup is not None:
        return f"Is {task.name} Known?", True
    return (f"{first.name}?", True) if saga.asks(task, first) else (first.name, False)
