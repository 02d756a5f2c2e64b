"""The undoing of a task: whether there is anything to undo, its compensations one by one, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from keyflow import asl
from keyflow.compiler.analysis.dependencies import in_doubt
from keyflow.compiler.data import STAYS, Absent, AllOf, AnyOf, Datum, Movement, Present, Question, Result, give, put
from keyflow.compiler.dialects import Dialect
from keyflow.compiler.fragments import Enclosed, Fragment, Label, Written, joined, single
from keyflow.compiler.layout import FAILED, ITEMS, LEFT_OVER, MARKS, UNCERTAIN, UNDONE, Place, Slot
from keyflow.compiler.movements import doubtful, gather_left, left_over
from keyflow.compiler.program import Program, processor_config
from keyflow.compiler.retry_and_catch import undoing_catch, undoing_retry
from keyflow.compiler.undo.keys import Leaving, LeftKeys, is_flat
from keyflow.compiler.undo.lookups import LookupPlace, looked_up
from keyflow.dataclass import dataclass
from keyflow.dsl.compensations import Compensation, Lookup
from keyflow.dsl.maps import Map
from keyflow.dsl.retries import ALL_ERRORS
from keyflow.dsl.tasks import Task

Outcome = tuple[Slot, Place]
"""Where a call writes what it leaves, and where that is found by whoever asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung of a ladder: it is entered at the state `name` and goes on at `following`.

    What cannot be undone is noted under `base`. `around` are the Maps between the ladder and the task.
    """

    name: str
    following: str
    base: Slot
    around: tuple[Map, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Writes the states that undo single tasks, wherever they stand: in a ladder, in a branch, for each item.

    `dialect` is that of the scope. `at_once` is the Map whose failed iterations undo themselves, if it is one of those:
    their calls repeat those of the ladder outside.
    """

    program: Program
    dialect: Dialect
    keys: LeftKeys
    at_once: Map | None = None

    def undone(self, task: Task, rung: Rung) -> Fragment:
        """The undoing of one task, as a rung of a ladder."""
        if rung.around:
            slot = (*rung.base, self._key(("rung", task)))
            place = _Iterating(start=rung.name, skip=rung.following, following=rung.following, slot=slot)
            return replace(self._for_each(task, rung.around, place), left=((*slot, MARKS, 0),))

        def outcome(leaving: Leaving) -> Outcome:
            slot = (*rung.base, self._key(leaving))
            return slot, (*slot, LEFT_OVER)

        guarded = task in self.program.saga.guarded
        links = self._links(task, rung.following, first=None if guarded else rung.name)
        head = self._head(task, links, outcome, first=None if guarded else rung.name)
        guard = (self._guard(task, rung.name, head.start, rung.following),) if guarded else ()
        return joined(rung.name, (head, *guard, *self._calls(task, links, outcome, _rung_ends)))

    def branch(self, task: Task, slot: Place, around: tuple[Map, ...]) -> Fragment:
        """The undoing of one task as a branch, or an iteration, of its own. Its output is what could not be undone."""
        if around:
            return self._branch_for_each(task, around, slot)
        nothing_left = self._label(f"{task.name} Is Undone", task)
        guarded = task in self.program.saga.guarded
        if is_flat(task, self.program.saga):
            calls = self._only_compensation(task, task.compensations[0], nothing_left, slot)
            entered = guarded or bool(task.compensations[0].gone_errors)
        else:
            calls = self._several_compensations(task, slot)
            entered = guarded
        ended = (self._state(nothing_left, asl.Pass(**self.dialect.passing(give({}))), task),) if entered else ()
        if not guarded:
            return joined(calls.entry, (calls, *ended))
        start = self._label(f"Undo {task.name}?", task)
        return joined(start, (self._guard(task, start, calls.start, nothing_left), calls, *ended))

    def _only_compensation(self, task: Task, compensation: Compensation, nothing_left: str, slot: Place) -> Fragment:
        ends = _Ends(
            done=give({}),
            gone=STAYS,
            following=asl.END,
            when_gone=nothing_left,
            failed=asl.Pass(**self.dialect.passing(give(self._left_over(task, compensation)))),
        )
        return replace(self._compensation(compensation, ends), left=((*slot, LEFT_OVER),))

    def _several_compensations(self, task: Task, slot: Place) -> Fragment:
        """Each writes its outcome to a slot, so that the branch can end with all of them."""
        end = self._label(f"{task.name} Compensated", task)

        def outcome(leaving: Leaving) -> Outcome:
            key = self._key(leaving)
            return (*UNDONE, key), (*slot, key, LEFT_OVER)

        links = self._links(task, end)
        head = self._head(task, links, outcome)
        ended = self._state(end, asl.Pass(**self.dialect.passing(STAYS.ending(UNDONE))), task)
        return joined(head.entry, (head, *self._calls(task, links, outcome, _branch_ends), ended))

    # A task's compensations, one behind the other.

    def _links(self, task: Task, last: str, first: str | None = None) -> tuple[_Link, ...]:
        """The compensations in a chain: where each is entered, and where it goes on.

        A compensation that needs the task's result first asks whether the result is known, where it may be lost (S10).
        `first` is the name of the state that the undoing begins with, where it has one.
        """
        entries: list[str] = []
        for index, compensation in enumerate(task.compensations):
            own = first if index == 0 and task.lookup is None else None
            name = self._name(compensation)
            entries.append(
                (own or self._label(f"{name}?", compensation)) if self.program.saga.asks(task, compensation) else name
            )
        followed = zip(task.compensations, entries, [*entries[1:], last], strict=True)
        return tuple(_Link(compensation, entry, following) for compensation, entry, following in followed)

    def _head(
        self, task: Task, links: tuple[_Link, ...], outcome: Callable[[Leaving], Outcome], first: str | None = None
    ) -> Fragment:
        """What comes before the calls: the lookup, and the questions whether the task's result is known."""
        start, parts = links[0].entry, list[Fragment]()
        if task.lookup is not None:
            start = first or self._label(f"Is {task.name} Known?", task)
            parts.append(self._lookup(task, task.lookup, start, links[0].entry, outcome))
        uncertain = self.dialect.asks(Present((*self.program.layout.tasks[task], UNCERTAIN)))
        for compensation, entry, following in links:
            if entry != self._name(compensation):
                unknown = following
                if compensation is in_doubt(task):
                    unknown = self._label(f"{task.name} In Doubt", compensation)
                    noted = put(outcome(compensation)[0], doubtful(task, in_iteration=self.dialect.is_in_iteration))
                    parts.append(self._state(unknown, asl.Pass(**self.dialect.passing(noted), next=following), task))
                rule = asl.ChoiceRule(condition=uncertain, next=unknown)
                choice = asl.Choice(choices=(rule,), default=self._name(compensation))
                parts.append(self._state(entry, choice, compensation))
        return joined(start, parts)

    def _lookup(
        self, task: Task, lookup: Lookup, start: str, following: str, outcome: Callable[[Leaving], Outcome]
    ) -> Fragment:
        slot, left = outcome(lookup)
        place = LookupPlace(
            state=self._name(lookup),
            repeats=self._repeated(lookup),
            start=start,
            following=following,
            subjects=(self.at_once, lookup),
            outcome=slot,
            failed=self._failed(task, lookup, slot, following),
        )
        found = looked_up(self.program, self.dialect, task, lookup, place)
        return replace(found, left=(left,))

    def _calls(
        self,
        task: Task,
        links: tuple[_Link, ...],
        outcome: Callable[[Leaving], Outcome],
        ends: Callable[[Slot], tuple[Movement, Movement]],
    ) -> Iterator[Fragment]:
        """The calls; `ends` gives what becomes of a result, and of the error that something is gone already."""
        for compensation, _entry, following in links:
            slot, left = outcome(compensation)
            done, gone = ends(slot)
            failed = self._failed(task, compensation, slot, following)
            told = _Ends(done=done, gone=gone, following=following, when_gone=following, failed=failed)
            yield replace(self._compensation(compensation, told), left=(left,))

    def _compensation(self, compensation: Compensation, ends: _Ends) -> Fragment:
        """What is gone already counts as done; any other failure is written down and stops nothing (S6)."""
        call, gone = compensation.call, compensation.gone_errors
        failed = self._label(f"{self._name(compensation)} Failed", compensation)
        into, discard = self.dialect.catching(ends.gone), self.dialect.catching(STAYS)
        state = asl.Task(
            resource=call.resource,
            **self.dialect.call(call),
            timeout=self.program.budget.timeout(compensation),
            **self.dialect.working(ends.done),
            retry=undoing_retry(call, gone, compensation.retry),
            catch=undoing_catch(gone, when_gone=ends.when_gone, into=into, failed=failed, discard=discard),
            next=ends.following,
        )
        name = self._name(compensation)
        made = single(name, state, compensation.location, failing=True, repeats=self._repeated(compensation))
        return joined(name, (made, self._state(failed, ends.failed, compensation)))

    def _failed(self, task: Task, undo: Compensation | Lookup, slot: Slot, following: str) -> asl.State:
        """The state that writes down what a call that failed leaves."""
        return asl.Pass(**self.dialect.passing(put(slot, self._left_over(task, undo))), next=following)

    def _left_over(self, task: Task, undo: Compensation | Lookup) -> Datum:
        return left_over(task.name, undo.name, undo.call, in_iteration=self.dialect.is_in_iteration)

    def _guard(self, task: Task, name: str, undo: str, skip: str) -> Fragment:
        """Asks whether the task completed, or may have: only then does its slot hold anything (S5)."""
        slot = self.program.layout.tasks[task]
        completed: Question = Present(slot)
        if task in self.program.layout.direct:
            completed = AllOf((completed, Absent((*slot, FAILED))))
            if task in self.program.saga.noting:
                completed = AnyOf((completed, Present((*slot, UNCERTAIN))))
        rule = asl.ChoiceRule(condition=self.dialect.asks(completed), next=undo)
        return self._state(name, asl.Choice(choices=(rule,), default=skip), task)

    # The undoing of what the iterations of a Map have done.

    def _for_each(self, task: Task, around: tuple[Map, ...], place: _Iterating) -> Fragment:
        """A Map over the outputs of the iterations that ran: it undoes the task in each one that has completed it."""
        map_step, *inner = around
        name = self._label(f"{task.name}: Each of {map_step.name}", task, map_step)
        asked = () if place.start is None else (self._any_items(task, map_step, place.start, name, place.skip),)
        inside = replace(self, dialect=self.dialect.inside(map_step)).branch(task, (), tuple(inner))
        catch, failed = self._whole_map_failed(task, map_step, place)
        depth = 0 if inner or is_flat(task, self.program.saga) else 1
        state = asl.Map(
            **self.dialect.iterate_again(map_step),
            max_concurrency=map_step.max_concurrency,
            **self.dialect.working(gather_left(place.slot, depth=depth)),
            catch=catch,
            next=place.following,
        )
        processor = Enclosed(inside.start, inside.states, processor_config(map_step))
        written = Written(name=name, state=state, location=task.location, failing=True, scopes=(processor,))
        return joined(place.start or name, (*asked, Fragment(states=(written,)), failed))

    def _any_items(self, task: Task, map_step: Map, start: str, name: str, skip: str) -> Fragment:
        """Asks whether the Map has run: some ways into the ladder come from before it."""
        rule = asl.ChoiceRule(
            condition=self.dialect.asks(Present((*self.program.layout.maps[map_step].slot, ITEMS))), next=name
        )
        return self._state(start, asl.Choice(choices=(rule,), default=skip), task)

    def _whole_map_failed(
        self, task: Task, map_step: Map, place: _Iterating
    ) -> tuple[tuple[asl.Catcher, ...] | None, Fragment]:
        """No iteration fails, but a child execution may not start: what it would have undone is left, and named."""
        if map_step.distributed is None:
            return None, Fragment()
        name = self._label(f"{task.name}: Each of {map_step.name} Failed", task, map_step)
        left = {LEFT_OVER: {"task": task.name, "map": map_step.name}, MARKS: [""]}
        state = asl.Pass(**self.dialect.passing(put(place.slot, left)), next=place.following)
        catcher = asl.Catcher(error_equals=(ALL_ERRORS,), **self.dialect.catching(STAYS), next=name)
        return (catcher,), self._state(name, state, task)

    def _branch_for_each(self, task: Task, around: tuple[Map, ...], slot: Place) -> Fragment:
        start, end, nothing_left = (
            self._label(name, task, around)
            for name in (f"Undo {task.name}?", f"{task.name} Compensated", f"{task.name} Is Undone")
        )
        key = self._key((str(len(around)), task))
        is_whole = bool(slot) and around[0] in self.program.saga.whole
        place = _Iterating(start=None if is_whole else start, skip=nothing_left, following=end, slot=(*UNDONE, key))
        each = self._for_each(task, around, place)
        parts = [each]
        if not slot:  # in an iteration: what is left inside is marked where the Map around it looks
            asked, end = self._marked_again(task, around, key, end)
            parts.append(asked)
        parts.append(self._state(end, asl.Pass(**self.dialect.passing(STAYS.ending(UNDONE))), task))
        if not is_whole:
            parts.append(self._state(nothing_left, asl.Pass(**self.dialect.passing(give({}))), task))
        return replace(joined(each.start, parts), left=((*slot, key, MARKS, 0),))

    def _marked_again(self, task: Task, around: tuple[Map, ...], key: str, start: str) -> tuple[Fragment, Label]:
        """Asks whether iterations inside have left anything; gives the state behind that, too, where they have not."""
        asks_it, marked = (self._label(f"{task.name} {what}", task, around) for what in ("Left?", "Is Left"))
        rule = asl.ChoiceRule(condition=self.dialect.asks(Present((*UNDONE, key, MARKS, 0))), next=marked)
        fields = self.dialect.passing(put((*UNDONE, MARKS), [""]).ending(UNDONE))
        asked = self._state(start, asl.Choice(choices=(rule,), default=asks_it), task)
        return joined(start, (asked, self._state(marked, asl.Pass(**fields), task))), asks_it

    # Names and states.

    def _name(self, undo: Compensation | Lookup) -> str:
        """The name of the state that makes the call."""
        return undo.name if self.at_once is None else Label(f"{undo.name} at Once", self.at_once, undo)

    def _label(self, wanted: str, *subjects: object) -> Label:
        return Label(wanted, self.at_once, *subjects)

    def _key(self, leaving: Leaving) -> str:
        return self.keys.key(leaving, self.at_once)

    def _state(self, name: str, state: asl.State, of: Task | Compensation) -> Fragment:
        return single(name, state, of.location, failing=True)

    def _repeated(self, undo: Compensation | Lookup) -> str | None:
        """The state outside whose call is repeated."""
        return None if self.at_once is None else undo.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """What becomes of a compensation's result (`done`), of an error that nothing is left (`gone`), and what follows."""

    done: Movement
    gone: Movement
    following: asl.Transition
    when_gone: str
    failed: asl.State


@dataclass(frozen=True, slots=True, kw_only=True)
class _Iterating:
    """A Map that undoes. It is entered at `start`, which goes on at `skip` if no iteration ran; with None, nothing is
    asked: the Map whose iterations are undone has run to its end. It goes on at `following`.
    """

    start: str | None
    skip: str
    following: str
    slot: Slot


class _Link(NamedTuple):
    """A compensation in its task's chain: where it is entered, and where it goes on."""

    compensation: Compensation
    entry: str
    following: str


def _rung_ends(_slot: Slot) -> tuple[Movement, Movement]:
    """In a ladder, no result is kept."""
    return STAYS, STAYS


def _branch_ends(slot: Slot) -> tuple[Movement, Movement]:
    """In a branch each call's slot says that it has ended."""
    return put(slot, {}), put(slot, Result())
