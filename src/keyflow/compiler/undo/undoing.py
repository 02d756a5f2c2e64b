"""The undoing of a task: whether there is anything to undo, its compensations one by one, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from keyflow import asl
from keyflow.aws import Call
from keyflow.compiler.analysis.dependencies import needs_result, recovers
from keyflow.compiler.attempts import undoing_catch, undoing_retry
from keyflow.compiler.dialects.dialect import LEFT_OVER_KEY
from keyflow.compiler.layout import (
    FAILED,
    ITEMS,
    MARKS,
    UNCERTAIN,
    UNDONE,
    Place,
    Slot,
)
from keyflow.compiler.names import Names, identifier
from keyflow.compiler.program import Emitted, Program, Scope, processor
from keyflow.compiler.undo.lookups import LookupPlace, Lookups
from keyflow.diagnostics import Location
from keyflow.dsl.maps import Map
from keyflow.dsl.tasks import ALL_ERRORS, Compensation, Lookup, Task


class Rung(NamedTuple):
    """Where the undoing of a task stands in a ladder: its first state, the one behind it, and where it notes what it
    leaves. `around` are the Maps around the task, inside of that place.
    """

    name: str
    following: str
    scope: Scope
    base: Slot
    around: tuple[Map, ...]


class Undoing:
    """Writes the states that undo single tasks, wherever they stand: in a ladder, in a branch, for each item.

    `left` are the places where something is found when it could not be undone.
    """

    def __init__(self, program: Program, emitted: Emitted) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted
        self._keys = Names((MARKS, ITEMS), separator="")
        self._lookups = Lookups(program, emitted)
        self._names: Mapping[str, str] = {}
        self.left: list[Place] = []

    @contextmanager
    def apart(self, names: Mapping[str, str]) -> Iterator[list[Place]]:
        """What is written inside has the other names for calls; gives the places where it leaves something."""
        outside, self.left, self._names = self.left, [], names
        try:
            yield self.left
        finally:
            self.left, self._names = outside, {}

    def _name(self, undo: Compensation | Lookup) -> str:
        """The name of the state that makes the call."""
        return self._names.get(undo.name, undo.name)

    def key(self, name: str) -> str:
        """The key under which something is left; two names that differ in signs only get two keys."""
        return self._keys.unique(identifier(name))

    def undo(self, task: Task, rung: Rung) -> None:
        """The undoing of one task; what it leaves is noted for whoever asks at the end of the ladder."""
        name, following, scope, base, around = rung
        if around:
            slot = (*base, self.key(name))
            self._for_each(task, around, scope, _Iterating(name, following, following, slot))
            self.left.append((*slot, MARKS, 0))
            return

        def left(name: str) -> Slot:
            slot = (*base, self.key(name))
            self.left.append((*slot, LEFT_OVER_KEY))
            return slot

        guarded = task in self._program.saga.guarded
        start, links = self._chain(task, following, scope, left, first=None if guarded else name)
        if guarded:
            self._guard(task, name, start, following, scope)
        for compensation, _entry, next_name in links:
            failed = self._failed(task, compensation.name, compensation.call, left(compensation.name), next_name)
            catchers = self._catchers(compensation, gone=next_name, failed=failed, scope=scope)
            self._compensation(compensation, catchers, self._dialect.discard(), next_name, scope)

    def _failed(self, task: Task, name: str, call: Call, slot: Slot, following: str) -> asl.State:
        """The state that writes down what a call that failed leaves."""
        return asl.Pass(**self._dialect.write_left_over(slot, task.name, name, call), next=following)

    def _for_each(self, task: Task, around: tuple[Map, ...], scope: Scope, place: _Iterating) -> None:
        """A Map over what the iterations ended with, where there were any: it undoes the task in each that did it."""
        each, *inner = around
        laid_out = self._program.layout.maps[each]
        name = self._program.names.unique(f"{task.name}: Each of {each.name}")
        rule = asl.ChoiceRule(condition=self._dialect.present((*laid_out.slot, ITEMS)), next=name)
        self._add(scope, place.start, asl.Choice(choices=(rule,), default=place.skip), task.location)
        scope.reserve(name)
        inside, noted = Scope(task.name, {}), len(self.left)
        fields = self._dialect.iterate_again(each)
        with self._dialect.inside(each):
            start = self.branch(task, inside, (), tuple(inner))
        del self.left[noted:]  # what an iteration leaves is gathered by the Map
        state = asl.Map(
            **fields,
            item_processor=processor(each, start, inside),
            max_concurrency=each.max_concurrency,
            **self._dialect.gather_left(place.slot, depth=0 if inner or _is_flat(task) else 1),
            catch=self._whole_map_failed(task, each, scope, place),
            next=place.following,
        )
        self._add(scope, name, state, task.location)

    def _whole_map_failed(
        self, task: Task, each: Map, scope: Scope, place: _Iterating
    ) -> tuple[asl.Catcher, ...] | None:
        """No iteration fails, but a child execution may not start: what it would have undone is left, and named."""
        if each.distributed is None:
            return None
        name = self._program.names.unique(f"{task.name}: Each of {each.name} Failed")
        left = {LEFT_OVER_KEY: {"task": task.name, "map": each.name}, MARKS: [""]}
        state = asl.Pass(**self._dialect.write(place.slot, left), next=place.following)
        self._add(scope, name, state, task.location)
        return (asl.Catcher(error_equals=(ALL_ERRORS,), **self._dialect.discard(), next=name),)

    def _branch_for_each(self, task: Task, around: tuple[Map, ...], scope: Scope, slot: Place) -> str:
        start, end, nothing_left = (
            self._program.names.unique(name)
            for name in (f"Undo {task.name}?", f"{task.name} Compensated", f"{task.name} Is Undone")
        )
        key = self.key(task.name)
        left: Place = (*UNDONE, key, MARKS, 0)
        scope.reserve(start)
        self._for_each(task, around, scope, _Iterating(start, nothing_left, end, (*UNDONE, key)))
        self.left.append((*slot, key, MARKS, 0))
        if not slot:  # in an iteration: what is left inside is marked where the Map around it looks
            asks, marked = (self._program.names.unique(f"{task.name} {what}") for what in ("Left?", "Is Left"))
            rule = asl.ChoiceRule(condition=self._dialect.present(left), next=marked)
            self._add(scope, end, asl.Choice(choices=(rule,), default=asks), task.location)
            fields = self._dialect.end_branch(UNDONE, self._dialect.write((*UNDONE, MARKS), [""]))
            self._add(scope, marked, asl.Pass(**fields), task.location)
            end = asks
        self._add(scope, end, asl.Pass(**self._dialect.end_branch(UNDONE)), task.location)
        self._add(scope, nothing_left, asl.Pass(**self._dialect.give_literal({})), task.location)
        return start

    def branch(self, task: Task, scope: Scope, slot: Place, around: tuple[Map, ...]) -> str:
        """The undoing of one task beside that of others, or in an iteration; its output says what it leaves."""
        if around:
            return self._branch_for_each(task, around, scope, slot)
        nothing_left = self._program.names.unique(f"{task.name} Is Undone")
        guarded = task in self._program.saga.guarded
        start = self._program.names.unique(f"Undo {task.name}?") if guarded else ""
        if guarded:
            scope.reserve(start)
        match task.compensations:
            case [only] if task.lookup is None:
                first = self._name(only)
                self._only_compensation(task, only, scope, nothing_left)
                self.left.append((*slot, LEFT_OVER_KEY))
                entered = guarded or bool(only.gone_errors)
            case _:
                first = self._several_compensations(task, scope, slot)
                entered = guarded
        if guarded:
            self._guard(task, start, first, nothing_left, scope)
        if entered:
            self._add(scope, nothing_left, asl.Pass(**self._dialect.give_literal({})), task.location)
        return start or first

    def _only_compensation(self, task: Task, compensation: Compensation, scope: Scope, nothing_left: str) -> None:
        failed = asl.Pass(**self._dialect.give_left_over(task.name, compensation.name, compensation.call))
        catchers = self._catchers(compensation, gone=nothing_left, failed=failed, scope=scope)
        self._compensation(compensation, catchers, self._dialect.give_nothing(), asl.END, scope)

    def _several_compensations(self, task: Task, scope: Scope, slot: Place) -> str:
        """Each writes its outcome to a slot, so that the branch can end with all of them; gives where they begin."""
        end = self._program.names.unique(f"{task.name} Compensated")

        def left(name: str) -> Slot:
            key = self.key(name)
            self.left.append((*slot, key, LEFT_OVER_KEY))
            return (*UNDONE, key)

        start, links = self._chain(task, end, scope, left)
        for compensation, _entry, next_name in links:
            outcome = left(compensation.name)
            failed = self._failed(task, compensation.name, compensation.call, outcome, next_name)
            catchers = self._catchers(compensation, gone=next_name, failed=failed, scope=scope, gone_slot=outcome)
            done = self._dialect.place_nothing(outcome)
            self._compensation(compensation, catchers, done, next_name, scope)
        self._add(scope, end, asl.Pass(**self._dialect.end_branch(UNDONE)), task.location)
        return start

    def _chain(
        self, task: Task, last: str, scope: Scope, left: Callable[[str], Slot], first: str | None = None
    ) -> tuple[str, list[_Link]]:
        """Where the undoing of a task begins, and its compensations, each with the state behind it.

        One that needs the task's result asks whether that is known, where nobody may know it (S10). `left` gives the
        slot for what a call leaves, `first` is the name of the state that the chain begins with, where it has one.
        """
        entries = []
        for index, compensation in enumerate(task.compensations):
            name = self._name(compensation)
            if asks(task, compensation):
                own = first if index == 0 and task.lookup is None else None
                name = own if own is not None else self._program.names.unique(f"{name}?")
            entries.append(name)
        links = [
            _Link(compensation, entry, following)
            for compensation, entry, following in zip(task.compensations, entries, [*entries[1:], last], strict=True)
        ]
        start = entries[0]
        if task.lookup is not None:
            start = first if first is not None else self._program.names.unique(f"Is {task.name} Known?")
            outcome = left(task.lookup.name)
            failed = self._failed(task, task.lookup.name, task.lookup.call, outcome, entries[0])
            state = self._name(task.lookup)
            self._lookups.write(task, task.lookup, LookupPlace(scope, state, start, entries[0], outcome, failed))
        uncertain = self._dialect.present((*self._program.layout.tasks[task], UNCERTAIN))
        for compensation, entry, following in links:
            if entry != self._name(compensation):
                rule = asl.ChoiceRule(condition=uncertain, next=following)
                choice = asl.Choice(choices=(rule,), default=self._name(compensation))
                self._add(scope, entry, choice, compensation.location)
        return start, links

    def _compensation(
        self,
        compensation: Compensation,
        catchers: tuple[asl.Catcher, ...],
        result: dict[str, Any],
        following: asl.Transition,
        scope: Scope,
    ) -> None:
        call = compensation.call
        state = asl.Task(
            resource=call.resource,
            **self._dialect.call(call),
            timeout=self._program.budget.timeout(compensation),
            **result,
            retry=undoing_retry(call, compensation.gone_errors, compensation.retry),
            catch=catchers,
            next=following,
        )
        self._add(scope, self._name(compensation), state, compensation.location)

    def _catchers(
        self, compensation: Compensation, *, gone: str, failed: asl.State, scope: Scope, gone_slot: Slot | None = None
    ) -> tuple[asl.Catcher, ...]:
        """What is gone already counts as done; any other failure is written down and stops nothing (S6)."""
        scope.reserve(self._name(compensation))
        name = self._program.names.unique(f"{self._name(compensation)} Failed")
        self._add(scope, name, failed, compensation.location)
        discard = self._dialect.discard()
        into = discard if gone_slot is None else self._dialect.place_error(gone_slot)
        return undoing_catch(compensation.gone_errors, when_gone=gone, into=into, failed=name, discard=discard)

    def _guard(self, task: Task, name: str, undo: str, skip: str, scope: Scope) -> None:
        """Asks whether the task completed, or may have: only then does its slot hold anything (S5)."""
        slot = self._program.layout.tasks[task]
        completed = self._dialect.present(slot)
        if task in self._program.layout.direct:
            completed = self._dialect.all_of((completed, self._dialect.absent((*slot, FAILED))))
            if recovers(task):
                completed = self._dialect.any_of((completed, self._dialect.present((*slot, UNCERTAIN))))
        rule = asl.ChoiceRule(condition=completed, next=undo)
        self._add(scope, name, asl.Choice(choices=(rule,), default=skip), task.location)

    def _add(self, scope: Scope, name: str, state: asl.State, location: Location) -> str:
        return self._emitted.add(scope, name, state, location, failing=True)


class _Iterating(NamedTuple):
    """Where a Map that undoes stands: the state that asks for it, the one where there is nothing, the one behind it."""

    start: str
    skip: str
    following: str
    slot: Slot


class _Link(NamedTuple):
    """A compensation in its task's chain, the state that it is entered at, and the one behind it."""

    compensation: Compensation
    entry: str
    following: str


def _is_flat(task: Task) -> bool:
    """Whether an undo branch's output is what its only call leaves, not an object of what several leave."""
    return len(task.compensations) == 1 and task.lookup is None


def asks(task: Task, compensation: Compensation) -> bool:
    """Whether a compensation must ask if its task's result is known: others of the task run without it."""
    return needs_result(compensation, task) and recovers(task)
