"""Tasks: the call, its retries, and where each of its errors leads."""

from __future__ import annotations

from dataclasses import replace

from keyflow import asl
from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.analysis.dependencies import needs_result, told_apart
from keyflow.compiler.comments import task_comment
from keyflow.compiler.data import STAYS, Movement, Result, Selected, give, put
from keyflow.compiler.failures import catch_all
from keyflow.compiler.forward.writer import Forward, ending
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.layout import LEFT, LEFT_OVER, ROOT, UNCERTAIN
from keyflow.compiler.movements import doubtful, failed_alone, keep_first
from keyflow.compiler.naming import handlers_in_order
from keyflow.compiler.reports import compensation_failed
from keyflow.compiler.retry_and_catch import retrier
from keyflow.compiler.scopes import Outermost, Scope
from keyflow.dsl.compensations import Handler
from keyflow.dsl.retries import ALL_ERRORS, Retry
from keyflow.dsl.tasks import Task

_NOTHING_READ = Reads()


def task(forward: Forward, task: Task, scope: Scope, following: asl.Transition) -> Fragment:
    """A task, with the states of its handlers and of what becomes of its errors."""
    program = forward.program
    handled = [_handler(forward, handler, scope, following) for handler in handlers_in_order(task)]
    catchers = [catcher for catcher, _fragment in handled]
    parts = [fragment for _catcher, fragment in handled]
    if not any(ALL_ERRORS in handler.errors for handler in task.handlers):
        rest, failed = catch_all(program, task, scope)
        catchers += rest
        parts.append(failed)
    if task.compensations:
        told_apart, catchers = _uncertain_first(task, catchers), []
        handling = {catcher.next for catcher, _fragment in handled}
        for catcher, is_ambiguous in told_apart:
            if is_ambiguous:
                noted = _uncertain_target(forward, task, scope, catcher, is_handled=catcher.next in handling)
                parts.append(noted)
                catcher = replace(catcher, next=noted.start)
            catchers.append(catcher)
    state = asl.Task(
        comment=task_comment(task),
        resource=task.call.resource,
        **scope.dialect.call(task.call),
        timeout=program.budget.timeout(task),
        heartbeat=task.heartbeat,
        **scope.dialect.working(ending(scope, following, _result(forward, task, scope, following))),
        retry=tuple(retrier(task.call.error_name, retry) for retry in sorted(task.retry, key=_covers_all)) or None,
        catch=tuple(catchers),
        next=following,
    )
    return joined(task.name, (single(task.name, state, task.location), *parts))


def _covers_all(retry: Retry) -> bool:
    """Whether the retry is for every error: the States Language wants such a one last."""
    return ALL_ERRORS in retry.errors


def _result(forward: Forward, task: Task, scope: Scope, following: asl.Transition) -> Movement:
    """What becomes of a task's result."""
    program = forward.program
    reads, slot = program.dataflow.reads.get(task, _NOTHING_READ), program.layout.tasks[task]
    if not isinstance(scope, Outermost) and scope.direct:
        return give(Selected(reads))
    if task is program.first:
        return keep_first(slot, Selected(reads))
    ends_branch = not isinstance(scope, Outermost) and following is asl.END
    if reads.paths or task in program.saga.guarded or ends_branch:
        return put(slot, Selected(reads))
    return STAYS


def _handler(
    forward: Forward, handler: Handler, scope: Scope, following: asl.Transition
) -> tuple[asl.Catcher, Fragment]:
    program = forward.program
    read = handler in program.dataflow.read_errors
    fields = scope.dialect.catching(put(program.layout.errors[handler], Result()) if read else STAYS)
    inside = forward.landed(handler.block, scope, following)
    return asl.Catcher(error_equals=handler.errors, **fields, next=inside.start), inside


# Outcomes that nobody knows (S10).


def _uncertain_first(task: Task, catchers: list[asl.Catcher]) -> list[tuple[asl.Catcher, bool]]:
    """Tells errors after which the call may have taken effect from those after which it has not.

    The first catcher that names an error takes it, so later catchers do not repeat the name.
    """
    found, taken = list[tuple[asl.Catcher, bool]](), set[str]()
    for catcher in catchers:
        for names, is_ambiguous in told_apart(task, catcher.error_equals):
            own = tuple(name for name in names if name not in taken)
            taken.update(own)
            if own:
                kept = catcher if own == catcher.error_equals else replace(catcher, error_equals=own)
                found.append((kept, is_ambiguous))
    return found


def _uncertain_target(
    forward: Forward, task: Task, scope: Scope, catcher: asl.Catcher, *, is_handled: bool
) -> Fragment:
    """Where an ambiguous error goes: by way of a note, unless every compensation runs in any case.

    `is_handled` says whether the author's own steps take it: of one task, they may take some ambiguous errors only.
    """
    program, saga = forward.program, forward.program.saga
    if task not in saga.noting:
        return _in_doubt(forward, task, scope, catcher)
    target = catcher.next
    if isinstance(scope, Outermost) and not is_handled:
        target = program.names.rungs[saga.uncertain[task]]
        in_any_case = not any(needs_result(each, task) for each in task.compensations)
        if in_any_case and task not in saga.guarded and task is not program.first:
            return Fragment(entry=target)
    name = Label(f"{task.name} Uncertain", task, catcher.error_equals)
    return single(name, _note(forward, task, scope, target), task.location, failing=True)


def _in_doubt(forward: Forward, task: Task, scope: Scope, catcher: asl.Catcher) -> Fragment:
    """The state that writes down what may be there, which nothing can undo without the answer that is lost (S10)."""
    program, name = forward.program, Label(f"{task.name} In Doubt", task, catcher.error_equals)
    entry = program.saga.entries[task]
    ended = Fragment(entry=program.names.rungs[entry]) if entry else compensation_failed(program)
    slot = (*LEFT, forward.undoing.keys.key(("doubt", task), None))
    noted = doubtful(task, in_iteration=False)
    written = put((ROOT,), {LEFT[-1]: {slot[-1]: noted}}) if task is program.first else put(slot, noted)
    state = asl.Pass(**scope.dialect.passing(written), next=ended.start)
    made = joined(name, (single(name, state, task.location, failing=True), ended))
    return replace(made, left=((*slot, LEFT_OVER),))


def _note(forward: Forward, task: Task, scope: Scope, target: str) -> asl.State:
    """The state that notes that nobody knows what the task has done."""
    slot = forward.program.layout.tasks[task]
    if not isinstance(scope, Outermost) and scope.direct:
        return asl.Pass(**scope.dialect.passing(failed_alone(uncertain=True)))
    if task is forward.program.first:  # writes all that keyflow owns, as the task itself would have
        return asl.Pass(**scope.dialect.passing(keep_first(slot, {UNCERTAIN: {}})), next=target)
    return asl.Pass(**scope.dialect.passing(put((*slot, UNCERTAIN), {})), next=target)
