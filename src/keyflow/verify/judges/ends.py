"""How a workflow ends, held against what it declares; where something is left, it says what (S7, S8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keyflow.asl import JSON
from keyflow.dsl.workflow import COMPENSATION_FAILED, COMPLETION_FAILED
from keyflow.engine import Execution
from keyflow.verify.judges.deviations import deviation
from keyflow.verify.judges.expected import Expected
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.judges.known import agrees
from keyflow.verify.judges.obligations import Obligation, failed_lookups
from keyflow.verify.world.runner import Entry

IsLetter = Callable[[Entry], bool]
"""Whether a call writes to the workflow's dead-letter queue."""


def end(
    execution: Execution,
    wanted: Expected,
    obligations: Sequence[Obligation],
    doubtful: Sequence[Obligation],
    log: Sequence[Entry],
    is_letter: IsLetter | None,
) -> Iterator[Finding]:
    """How an execution ends otherwise than it should; `is_letter` is None where nobody declares a dead letter.

    `doubtful` is what may be there, and nothing can undo.
    """
    if execution.status == "TIMED_OUT":
        return  # the time is a property of its own
    if execution.status == "SUCCEEDED":
        yield from _success(execution, wanted)
        yield from _untold(obligations)
        return
    if wanted.passed:
        yield from _owed(execution, wanted, log, is_letter)
        return
    left = [each for each in obligations if each.attempts and not each.done]
    left += [*failed_lookups(wanted, log), *doubtful]
    if left:
        yield from _left_over(execution, left, log, is_letter)
    else:
        yield from _failure(execution, wanted)


def _owed(
    execution: Execution, wanted: Expected, log: Sequence[Entry], is_letter: IsLetter | None
) -> Iterator[Finding]:
    """After the pivot: whoever started the workflow learns what is owed, by its cause and by the dead letter (S12)."""
    if execution.error != COMPLETION_FAILED:
        message = f"the workflow ends with {execution.error} after its pivot: no one learns of what is owed"
        yield deviation(Property.P1, execution.path[-1], "unreported", message)
        return
    if not _tells_what_is_owed(execution.cause or "", wanted):
        message = f"the cause does not name what is owed: {execution.cause}"
        yield deviation(Property.P1, execution.path[-1], "misreported", message)
    if is_letter is not None and not any(map(is_letter, log)):
        yield deviation(Property.P1, execution.path[-1], "untold", "the dead letter does not say what is owed")


def _tells_what_is_owed(cause: str, wanted: Expected) -> bool:
    """Whether a cause has one entry, for the step that failed, and lists that step first among the owed ones."""
    entries = _entries(cause)
    named = [(entry.get("task"), entry.get("owed", ())[:1]) for entry in entries or ()]
    return named == [(wanted.last, [wanted.last])]


def _success(execution: Execution, wanted: Expected) -> Iterator[Finding]:
    if wanted.failings:
        message = f"the workflow succeeds where it should end with {_names(wanted)}"
        yield deviation(Property.P4, wanted.failings[0].error, "succeeds", message)
    elif wanted.has_output and not agrees(wanted.output, execution.output):
        message = f"the output is {json.dumps(execution.output, ensure_ascii=False)}"
        yield deviation(Property.P0, execution.path[-1], "output", message)


def _untold(obligations: Sequence[Obligation]) -> Iterator[Finding]:
    """What a tolerated iteration could not undo, in an execution that succeeds."""
    for each in obligations:
        if each.settled and each.attempts and not each.done:
            name = each.compensation.name
            message = f"{name} failed, and the workflow succeeds: no one learns of it"
            yield deviation(Property.P1, name, "unreported", message, (name,))


def _failure(execution: Execution, wanted: Expected) -> Iterator[Finding]:
    if not wanted.failings:
        if not wanted.opaque:
            message = f"the workflow ends with {execution.error} where it should succeed"
            yield deviation(Property.P4, execution.error or "", "fails", message)
    elif all((execution.error, execution.cause) != (each.error, each.cause) for each in wanted.failings):
        message = f"the workflow ends with {execution.error} ({execution.cause}), not with {_names(wanted)}"
        yield deviation(Property.P4, wanted.failings[0].error, f"not {execution.error}", message)


def _names(wanted: Expected) -> str:
    return " or ".join(failing.error for failing in wanted.failings)


def _left_over(
    execution: Execution, left: Sequence[Obligation], log: Sequence[Entry], is_letter: IsLetter | None
) -> Iterator[Finding]:
    """Whoever started the workflow learns what is left: by its cause, and by the dead letter."""
    names = tuple(each.compensation.name for each in left)
    if execution.error != COMPENSATION_FAILED:
        message = f"{', '.join(names)} failed, and the workflow ends with {execution.error}: no one learns of it"
        yield deviation(Property.P1, names[0], "unreported", message, names)
        return
    if not _tells(_told(execution.cause or ""), left):
        message = f"the cause does not name what is left by {', '.join(names)}: {execution.cause}"
        yield deviation(Property.P1, names[0], "misreported", message, names)
    if is_letter is not None and not any(map(is_letter, log)):
        message = f"the dead letter does not say what {', '.join(names)} left"
        yield deviation(Property.P1, names[0], "untold", message, names)


def told_by(cause: str) -> str:
    """The list in a cause, as JSON, of what is left or owed; empty where there is none."""
    _words, begins, listed = cause.partition("[")
    return begins + listed


def _entries(cause: str) -> list[dict[str, Any]] | None:
    """The objects that a cause lists; None where it lists nothing."""
    try:
        entries = json.loads(told_by(cause))
    except ValueError:
        return None
    return entries if isinstance(entries, list) and all(isinstance(each, dict) for each in entries) else None


_Told = tuple[str, str | None, JSON]


def _told(cause: str) -> list[_Told] | None:
    """What a cause says is left: task, compensation and parameters; None where it says nothing of the kind."""
    entries = _entries(cause)
    if entries is None or not all({"task", "parameters"} <= entry.keys() for entry in entries):
        return None
    return [(entry["task"], entry.get("compensation"), entry["parameters"]) for entry in entries]


def _tells(told: list[_Told] | None, left: Sequence[Obligation]) -> bool:
    """Whether what is told is what is left, each once."""
    rest = list(told or ())
    for each in left:
        names = (each.task.name, each.compensation.name)
        fitting = (entry for entry in rest if _names_it(entry, names) and agrees(each.parameters, entry[2]))
        found = next(fitting, None)
        if found is None:
            return False
        rest.remove(found)
    return not rest


def _names_it(entry: _Told, names: tuple[str, str]) -> bool:
    """Whether an entry names a task and its compensation; where the task's effect is in doubt, the task alone."""
    task, compensation, _parameters = entry
    return task == names[0] and compensation in (None, names[1])
