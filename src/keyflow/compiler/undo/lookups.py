"""Finds what a task has made when its answer was lost (S10): a call, and a walk through the entries that it lists.

A lookup reads one page. Where that does not hold the thing, and there is another page, it has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from keyflow import asl
from keyflow.compiler import movements
from keyflow.compiler.data import STAYS, Present, Result, put
from keyflow.compiler.dialects import Dialect
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.layout import ALL, UNCERTAIN, Slot
from keyflow.compiler.movements import anything_found, count_on, look_first, look_next
from keyflow.compiler.program import Program
from keyflow.compiler.retry_and_catch import undoing_catch, undoing_retry
from keyflow.dataclass import dataclass
from keyflow.dsl.compensations import Lookup
from keyflow.dsl.retries import COMPENSATION_RETRY
from keyflow.dsl.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupPlace:
    """What a lookup's states need of those around them.

    They are entered at `start` and go on at `following`. `state` makes the call; in iterations that undo themselves it
    `repeats` that of another state. `subjects` are those of the labels. A lookup that finds nothing writes an empty
    object to `outcome`; one whose call fails goes to the state `failed`.
    """

    state: str
    repeats: str | None
    start: str
    following: str
    subjects: tuple[object, ...]
    outcome: Slot
    failed: asl.State


def looked_up(program: Program, dialect: Dialect, task: Task, lookup: Lookup, place: LookupPlace) -> Fragment:
    """Looks for what the task may have made, entry by entry, and goes on with it for the task's result."""
    own, slot = program.layout.tasks[task], program.layout.found[task]
    failed, none, take, is_it, first, asks, pages, on = (
        Label(f"{name}{what}", *place.subjects)
        for name, what in (
            (place.state, " Failed"),
            (place.state, " Has Found Nothing"),
            (place.state, " Has Found It"),
            (place.state, ": Is It This?"),
            (place.state, ": First"),
            (place.state, ": Anything?"),
            (place.state, ": Another Page?"),
            (lookup.name, ": On"),
        )
    )
    state: Callable[[str, asl.State], Fragment] = partial(single, location=lookup.location, failing=True)
    uncertain = asl.ChoiceRule(condition=dialect.asks(Present((*own, UNCERTAIN))), next=place.state)
    is_list = lookup.member is not None
    call = _call(program, dialect, lookup, slot, none=none, failed=failed, following=asks if is_list else first)
    parts = [
        state(place.start, asl.Choice(choices=(uncertain,), default=place.following)),
        single(place.state, call, lookup.location, failing=True, repeats=place.repeats),
    ]
    if is_list:
        rule = asl.ChoiceRule(condition=dialect.asks(anything_found(slot, lookup)), next=first)
        nowhere = none if lookup.more is None else pages
        parts.append(state(asks, asl.Choice(choices=(rule,), default=nowhere)))
        parts += _look_on(dialect, lookup, slot, place, on=on, is_it=is_it, none=nowhere)
    if lookup.more is not None:  # what is not on the first page may be on another one: nobody knows
        goes_on = asl.ChoiceRule(condition=dialect.asks(Present((*slot, ALL, lookup.more))), next=failed)
        parts.append(state(pages, asl.Choice(choices=(goes_on,), default=none)))
    found = asl.ChoiceRule(condition=dialect.asks(movements.is_it(slot, lookup)), next=take)
    parts += [
        state(first, asl.Pass(**dialect.passing(look_first(slot, lookup)), next=is_it)),
        state(is_it, asl.Choice(choices=(found,), default=on if is_list else none)),
        state(take, asl.Pass(**dialect.passing(movements.take(own, slot, lookup)), next=place.following)),
        state(none, asl.Pass(**dialect.passing(put(place.outcome, {})), next=place.following)),
        state(failed, place.failed),
    ]
    return joined(place.start, parts)


def _call(
    program: Program, dialect: Dialect, lookup: Lookup, slot: Slot, *, none: str, failed: str, following: str
) -> asl.Task:
    """The call, tried like a compensation; that there is nothing to list is no failure."""
    gone, discard = lookup.call.gone_errors, dialect.catching(STAYS)
    return asl.Task(
        resource=lookup.call.resource,
        **dialect.call(lookup.call),
        timeout=program.budget.compensation,
        **dialect.working(put((*slot, ALL), Result())),
        retry=undoing_retry(lookup.call, gone, COMPENSATION_RETRY),
        catch=undoing_catch(gone, when_gone=none, into=discard, failed=failed, discard=discard),
        next=following,
    )


def _look_on(
    dialect: Dialect, lookup: Lookup, slot: Slot, place: LookupPlace, *, on: str, is_it: str, none: str
) -> tuple[Fragment, ...]:
    """The states that take the next entry, if there is one."""
    more, following = (Label(f"{lookup.name}: {what}", *place.subjects) for what in ("More?", "Next"))
    rule = asl.ChoiceRule(condition=dialect.asks(movements.more(slot)), next=following)
    state: Callable[[str, asl.State], Fragment] = partial(single, location=lookup.location, failing=True)
    return (
        state(on, asl.Pass(**dialect.passing(count_on(slot, lookup)), next=more)),
        state(more, asl.Choice(choices=(rule,), default=none)),
        state(following, asl.Pass(**dialect.passing(look_next(slot, lookup)), next=is_it)),
    )
