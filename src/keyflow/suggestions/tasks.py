"""For each task of a workflow that changes something and is not undone: its compensation, as a line to paste."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws import OperationCall
from keyflow.aws.effects import Effect, OperationEffect, effect_of
from keyflow.dsl.ownership import is_own
from keyflow.dsl.steps import RawState
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow
from keyflow.python_text import text_literal
from keyflow.suggestions.forgotten import changes, forgotten
from keyflow.suggestions.recognition import EXECUTION, Recognised, recognised
from keyflow.suggestions.suggestion import Suggestion, words_for
from keyflow.suggestions.undoing import undoing_of
from keyflow.suggestions.written import UNKNOWN, Written


def suggested_compensations(workflow: Workflow) -> Iterator[Suggestion]:
    """For each task whose effect needs a word, and has none, what to write: in the order of the tasks."""
    if not workflow.saga:
        return
    taken = {each.name for task in workflow.tasks() for each in task.compensations}
    taken |= {getattr(step, "name", "") for step in workflow.steps()}
    for step in forgotten(workflow):
        yield _suggestion(step, workflow, taken) if isinstance(step, Task) else _raw(step)


def hint(task: Task, workflow: Workflow) -> str | None:
    """The compensation of a task as one line of code; None where that alone would not do.

    It says no line where nothing is known to undo the task, where a parameter is unknown, or where the name could be
    another's.
    """
    call = task.call
    if not isinstance(call, OperationCall):
        return None
    written = Written.of(task, call)
    undoing = undoing_of(task, call, written, frozenset())
    if undoing is None or UNKNOWN in undoing.line or not (undoing.needed or _goes_by_its_own(call, workflow)):
        return None
    return undoing.line if written.named else f"{written.variable} = {written.workflow}.task(...), and {undoing.line}"


def _goes_by_its_own(call: OperationCall, workflow: Workflow) -> bool:
    """Whether a call names what it makes by something that no other execution has."""
    if call.service.name == "dynamodb":
        return is_own([call.written.get("Key"), call.written.get("Item")], workflow)
    return is_own([call.written.get(name) for name in effect_of(call.model).identity], workflow)


def _suggestion(task: Task, workflow: Workflow, taken: set[str]) -> Suggestion:
    call = task.call
    if not isinstance(call, OperationCall) or call.effect is Effect.UNKNOWN:
        return _unknown(task)
    effect = effect_of(call.model)
    written = Written.of(task, call)
    undoing = undoing_of(task, call, written, frozenset(taken))
    if undoing is None:
        return Suggestion(
            name=task.name,
            does=words_for(effect),
            code=(f'{written.variable}.keep("why it may stay")',),
            notes=(*_naming(written, task), *_nothing_undoes(effect, written)),
            location=task.location,
        )
    taken.add(undoing.name)
    found = recognised(call, written, effect, undoing)
    before = (f'{EXECUTION} = {written.workflow}.context["Execution"]["Id"]',) if found.uses_execution else ()
    instead = written.writing(found.writes) if found.writes else None
    return Suggestion(
        name=task.name,
        does=words_for(effect),
        code=(*before, *(() if instead is None else (instead,)), *undoing.lines(found.options)),
        notes=(
            *_marking(found, instead),
            *(_naming(written, task) if instead is None else ()),
            *undoing.notes,
            *found.notes,
        ),
        location=task.location,
    )


def _marking(found: Recognised, instead: str | None) -> Iterator[str]:
    """What the task is to write, so that what it makes is recognised."""
    if instead is not None:
        yield "these lines replace the task: it then writes whose the thing is, and by that it is recognised"
    elif found.writes:
        wanted = ", ".join(f"{name}={text}" for name, text in found.writes.items())
        yield f"let the task write {wanted}, with {EXECUTION} before it: by that what it makes is recognised"


def _naming(written: Written, task: Task) -> Iterator[str]:
    if not written.named:
        yield f"give the task a name: {written.variable} = {written.workflow}.task({text_literal(task.name)}, ...)"


def _nothing_undoes(effect: OperationEffect, written: Written) -> Iterator[str]:
    if effect.effect is Effect.CHANGES:
        yield "where the same call can write back what was there before, read that first, and compensate with it"
    yield f"or, if nothing can go back from here on, write {written.workflow}.pivot() before it"


def _unknown(task: Task) -> Suggestion:
    line = task.location.line
    return Suggestion(
        name=task.name,
        does="runs what no model knows",
        code=("# add .reads() to its call, if it changes nothing",),
        notes=(
            f"if it changes something: compensate('Undo {task.name}', call) with what undoes it, or keep('why')",
            f"line {line} calls {task.call.label}",
        ),
        location=task.location,
    )


def _raw(step: RawState) -> Suggestion:
    """A state in the States Language: what undoes it would be one, too, so it is kept, or written as a task."""
    return Suggestion(
        name=step.name,
        does=words_for(next(changes(step))),
        code=('state.keep("why it may stay")',),
        notes=(
            f"with state = workflow.state({text_literal(step.name)}, ...); "
            "a call that is written as a task can be compensated",
        ),
        location=step.location,
    )
