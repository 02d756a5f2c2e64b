"""Lookups of what a task may have made, where its answer was lost (S10): a call, and a walk through what it lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from keyflow import asl
from keyflow.compiler.attempts import undoing_catch, undoing_retry
from keyflow.compiler.layout import UNCERTAIN, Slot
from keyflow.compiler.program import Emitted, Program, Scope
from keyflow.dsl.tasks import COMPENSATION_RETRY, Lookup, Task

Add = Callable[[str, asl.State], str]


class LookupPlace(NamedTuple):
    """Where a lookup stands: its own state, the one that it begins with, and the one behind it.

    `outcome` is the slot for what it leaves, in which nothing stands where it finds nothing; `failed` writes down its
    failure.
    """

    scope: Scope
    state: str
    start: str
    following: str
    outcome: Slot
    failed: asl.State


class Lookups:
    """Writes the states of lookups."""

    def __init__(self, program: Program, emitted: Emitted) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted

    def write(self, task: Task, lookup: Lookup, place: LookupPlace) -> None:
        """Looks for what the task may have made, entry by entry, and goes on with it for the task's result."""
        dialect = self._dialect
        own, slot = self._program.layout.tasks[task], self._program.layout.found[task]
        place.scope.reserve(place.start)
        failed, none, take, is_it, first = (
            self._program.names.unique(f"{place.state}{what}")
            for what in (" Failed", " Has Found Nothing", " Has Found It", ": Is It This?", ": First")
        )
        add = partial(self._emitted.add, place.scope, location=lookup.location, failing=True)
        uncertain = asl.ChoiceRule(condition=dialect.present((*own, UNCERTAIN)), next=place.state)
        add(place.start, asl.Choice(choices=(uncertain,), default=place.following))
        otherwise = none
        if lookup.member is None:
            add(place.state, self._call(lookup, slot, none=none, failed=failed, following=first))
        else:
            asks = self._program.names.unique(f"{place.state}: Anything?")
            add(place.state, self._call(lookup, slot, none=none, failed=failed, following=asks))
            rule = asl.ChoiceRule(condition=dialect.anything_found(slot, lookup), next=first)
            add(asks, asl.Choice(choices=(rule,), default=none))
            otherwise = self._look_on(lookup, slot, is_it, none, add)
        add(first, asl.Pass(**dialect.look_first(slot, lookup), next=is_it))
        found = asl.ChoiceRule(condition=dialect.is_it(slot, lookup), next=take)
        add(is_it, asl.Choice(choices=(found,), default=otherwise))
        add(take, asl.Pass(**dialect.take(own, slot, lookup), next=place.following))
        add(none, asl.Pass(**dialect.write(place.outcome, {}), next=place.following))
        add(failed, place.failed)

    def _call(self, lookup: Lookup, slot: Slot, *, none: str, failed: str, following: str) -> asl.Task:
        """The call, tried like a compensation; that there is nothing to list is no failure."""
        dialect = self._dialect
        gone, discard = lookup.call.gone_errors, dialect.discard()
        return asl.Task(
            resource=lookup.call.resource,
            **dialect.call(lookup.call),
            timeout=self._program.budget.compensation,
            **dialect.place((*slot, "all")),
            retry=undoing_retry(lookup.call, gone, COMPENSATION_RETRY),
            catch=undoing_catch(gone, when_gone=none, into=discard, failed=failed, discard=discard),
            next=following,
        )

    def _look_on(self, lookup: Lookup, slot: Slot, is_it: str, none: str, add: Add) -> str:
        """The states that take the next entry, if there is one; gives where they begin."""
        names, dialect = self._program.names, self._dialect
        on, more, following = (names.unique(f"{lookup.name}: {what}") for what in ("On", "More?", "Next"))
        add(on, asl.Pass(**dialect.count_on(slot, lookup), next=more))
        rule = asl.ChoiceRule(condition=dialect.more(slot), next=following)
        add(more, asl.Choice(choices=(rule,), default=none))
        add(following, asl.Pass(**dialect.look_next(slot, lookup), next=is_it))
        return on
