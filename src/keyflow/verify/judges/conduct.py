"""What an execution did on its way: the steps it took, what it has undone, and in which order (P0 to P3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow.dsl.retries import COMPENSATION_RETRY
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import UNHANDLED_ERROR
from keyflow.engine import Execution
from keyflow.verify.judges.deviations import deviation
from keyflow.verify.judges.expected import Expected, attempts_due, visits
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.judges.known import agrees
from keyflow.verify.judges.obligations import Calls, Obligation
from keyflow.verify.world.runner import Entry

Needed = Mapping[Task, frozenset[Task]]
"""By task, all that it depends on."""
_ANY = "any error"
"""Stands for an error that nobody declares."""


def steps(tasks: Mapping[str, Task], early: Mapping[str, str], wanted: Expected, calls: Calls) -> Iterator[Finding]:
    """P0: the tasks that ran, with their parameters and attempts, are those of the definition."""
    for task in wanted.absent:
        yield deviation(Property.P0, task.name, "absent", f"{task.name!r} does not run where it should")
    for place, entries in calls.items():
        name = place[0]
        if name not in tasks:
            continue
        if name in early:
            message = f"{name!r} does not wait for {early[name]!r}, which it needs"
            yield deviation(Property.P0, name, "early", message)
        for visit, attempts in enumerate(visits(entries)):
            if (place, visit) in wanted.called:
                yield from _called(tasks[name], wanted.called[place, visit], attempts)
            elif not wanted.opaque:
                yield deviation(Property.P0, name, "extra", f"{name!r} runs where it should not")


def _called(task: Task, parameters: Any, entries: Sequence[Entry]) -> Iterator[Finding]:
    """A task makes its own call, with its parameters, as often as its retries say."""
    if any(entry.call.resource != task.call.resource for entry in entries):
        other = next(entry.call.resource for entry in entries if entry.call.resource != task.call.resource)
        yield deviation(Property.P0, task.name, "call", f"{task.name!r} calls {other}, not {task.call.resource}")
    if not all(agrees(parameters, entry.call.parameters) for entry in entries):
        yield deviation(Property.P0, task.name, "parameters", f"{task.name!r} is called with other parameters")
    errors = [entry.error for entry in entries if entry.error is not None]
    due = attempts_due(task.retry, lambda retry: [task.call.error_name(each) for each in retry.errors], errors)
    if len(entries) != due:
        message = f"{task.name!r} is tried {len(entries)} times, not {due}"
        yield deviation(Property.P0, task.name, "attempts", message)


def undone(
    execution: Execution, wanted: Expected, obligations: Sequence[Obligation], stray: Sequence[Entry]
) -> Iterator[Finding]:
    """P1 and P2: what was done is undone once, and nothing else is; after the pivot nothing is."""
    for entry in stray:
        text = json.dumps(entry.call.parameters, ensure_ascii=False)
        message = f"{entry.call.state!r} undoes what was not done: it is called with {text}"
        yield deviation(Property.P2, entry.call.state, "stray", message)
    for each in obligations:
        stays = execution.status == "SUCCEEDED" or wanted.passed
        yield from _kept(each, stays=stays and not each.settled)


def _kept(each: Obligation, *, stays: bool) -> Iterator[Finding]:
    """How one obligation was not kept; what `stays` must not be undone at all."""
    name, left, tried = each.compensation.name, (each.task.name,), len(each.attempts)
    if stays and each.attempts:
        yield deviation(Property.P2, name, "success", f"{name!r} runs though the workflow succeeds")
    elif each.repeated:
        yield deviation(Property.P2, name, "twice", f"{name!r} runs again though its work is done")
    elif stays or each.done or not (each.required or each.attempts):
        return
    elif not each.attempts:
        message = f"{each.task.name!r} is left behind: {name!r} does not run"
        yield deviation(Property.P1, name, "left", message, left)
    elif tried < each.due:
        message = f"{name!r} is given up after {tried} of {each.due} attempts"
        yield deviation(Property.P1, name, "given up", message, left)
    elif tried > each.due:
        yield deviation(Property.P0, name, "attempts", f"{name!r} is tried {tried} times, not {each.due}")


def tolerated(execution: Execution, wanted: Expected, log: Sequence[Entry]) -> Iterator[Finding]:
    """P0: of the iterations that are tolerated, each fails with the error that it should, and no other one does.

    What nobody declares has the name that all have, or that of the call's own error.
    """
    if execution.status != "SUCCEEDED" or wanted.opaque or wanted.tolerated is None:
        return
    of_calls = {entry.error for entry in log}
    failed = sorted(_ANY if error in (UNHANDLED_ERROR, *of_calls) else str(error) for error in execution.tolerated)
    due = sorted(failing.error if failing.declared else _ANY for failing in wanted.tolerated)
    if failed != due:
        errors, wanted_errors = (", ".join(each) or "no error" for each in (failed, due))
        message = f"iterations that are tolerated fail with {errors}, not {wanted_errors}"
        yield deviation(Property.P0, execution.path[-1], "tolerated", message)


def lookups(wanted: Expected, calls: Calls) -> Iterator[Finding]:
    """P0: what may have been made is looked for as often as a compensation is tried, unless nothing is there (S6)."""
    for each in wanted.uncertain:
        lookup = each.task.lookup
        entries = () if lookup is None else calls.get((lookup.name, each.iteration), ())
        if lookup is None or not entries:
            continue
        wanted_parameters = each.known.parameters(lookup.call)
        if any(entry.call.resource != lookup.call.resource for entry in entries):
            yield deviation(Property.P0, lookup.name, "call", f"{lookup.name!r} makes another call than it should")
        elif not all(agrees(wanted_parameters, entry.call.parameters) for entry in entries):
            yield deviation(Property.P0, lookup.name, "parameters", f"{lookup.name!r} is called with other parameters")
        failed = list(_failures(entries, lookup.call.gone_errors))
        due = attempts_due((COMPENSATION_RETRY,), lambda retry: [str(each) for each in retry.errors], failed)
        if len(entries) != due:
            message = f"{lookup.name!r} is tried {len(entries)} times, not {due}"
            yield deviation(Property.P0, lookup.name, "attempts", message)


def _failures(entries: Sequence[Entry], gone: Sequence[str]) -> Iterator[str]:
    """The errors of a call's attempts, up to one that is an answer."""
    for entry in entries:
        if entry.error is None or entry.error in gone:
            return
        yield entry.error


def late(tasks: Mapping[str, Task], obligations: Sequence[Obligation], log: Sequence[Entry]) -> Iterator[Finding]:
    """P0: no task starts when the ladder of undoing has begun (S2)."""
    ladder = [index for each in obligations if not each.settled for index, _entry in each.attempts]
    for entry in log[min(ladder, default=len(log)) :]:
        if entry.call.state in tasks:
            message = f"{entry.call.state!r} starts when undoing has begun"
            yield deviation(Property.P0, entry.call.state, "late", message)


def order(needed: Needed, obligations: Sequence[Obligation]) -> Iterator[Finding]:
    """P3: dependents first, and the compensations of one task in the order written (S1, S4)."""
    ran = [each for each in obligations if each.attempts]
    for first in ran:
        for second in ran:
            if first.attempts[-1][0] > second.attempts[0][0] and _comes_before(first, second, needed):
                names = f"{second.compensation.name!r} runs before {first.compensation.name!r}"
                yield deviation(Property.P3, second.compensation.name, first.compensation.name, names)


def _comes_before(first: Obligation, second: Obligation, needed: Needed) -> bool:
    if first.task is second.task:
        written = first.task.compensations
        in_turn = written.index(first.compensation) < written.index(second.compensation)
        return in_turn and first.iteration == second.iteration
    return second.task in needed[first.task] and not _apart(first, second)


def _apart(one: Obligation, needed: Obligation) -> bool:
    """Whether nothing orders the two: what a failed iteration settles at once, what comes after it cannot wait for."""
    if needed.settled and not one.settled:
        return True
    return (one.settled or needed.settled) and not _share(one.iteration, needed.iteration)


def _share(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one of two places is in the iteration of the other."""
    return all(first == second for first, second in zip(one, other, strict=False))
