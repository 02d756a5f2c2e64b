"""The undo ladder: the compensations of each stage, what they leave, and the error that the workflow ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from keyflow import asl
from keyflow.aws import Call
from keyflow.compiler.attempts import undoing_catch, undoing_retry
from keyflow.compiler.dependencies import needs_result, recovers
from keyflow.compiler.dialects.dialect import LEFT_OVER_KEY
from keyflow.compiler.failures import Failures
from keyflow.compiler.layout import (
    FAILED,
    ITEMS,
    LEFT,
    MARKS,
    NOT_UNDONE_MARKS,
    SETTLED,
    UNCERTAIN,
    UNDONE,
    Place,
    Slot,
)
from keyflow.compiler.lookups import LookupPlace, Lookups
from keyflow.compiler.names import Names, identifier, joined
from keyflow.compiler.program import Emitted, Program, Scope, processor
from keyflow.diagnostics import Location
from keyflow.dsl.maps import Map
from keyflow.dsl.tasks import ALL_ERRORS, Compensation, Lookup, Task
from keyflow.dsl.workflow import COMPENSATION_FAILED

_VERDICT = 0


def name_rungs(program: Program) -> dict[int, str]:
    """The state that each stage of the ladder begins with, and (at 0) the one behind the last stage."""
    names = program.names
    highest = max((*program.saga.entries.values(), *program.saga.uncertain.values()), default=0)
    if highest == 0:
        return {}
    rungs = {_VERDICT: names.unique("Everything Undone?")}
    for stage, tasks in enumerate(program.saga.stages[:highest], start=1):
        match tasks:
            case [task] if task in program.saga.guarded:
                rungs[stage] = names.unique(f"Undo {task.name}?")
            case [task]:
                first = task.compensations[0]
                if task.lookup is not None:
                    rungs[stage] = names.unique(f"Is {task.name} Known?")
                else:
                    rungs[stage] = names.unique(f"{first.name}?") if _asks(task, first) else first.name
            case several:
                rungs[stage] = names.unique(f"Undo {joined([task.name for task in several])}")
    return rungs


class Undoing:
    """Writes the ladder's states into the outermost scope, behind those of the forward path.

    A Map that tolerates failures has a ladder in its iterations, too: `settle` writes it.
    """

    def __init__(self, program: Program, emitted: Emitted, failures: Failures, rungs: Mapping[int, str]) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted
        self._failures = failures
        self._rungs = rungs
        self._left: list[Place] = []
        self._keys = Names((MARKS, ITEMS), separator="")
        self._lookups = Lookups(program, emitted)
        self._renamed: Mapping[str, str] = {}

    def lower(self) -> None:
        """Writes every stage that a failure can enter, and the verdict behind them."""
        rungs = self._rungs
        for stage in sorted(rungs, reverse=True):
            if stage != _VERDICT:
                self._stage(self._program.saga.stages[stage - 1], rungs[stage], rungs[stage - 1])
        if rungs:
            self._verdict(rungs[_VERDICT])

    # Iterations that undo themselves.

    def settle(self, each: Map, scope: Scope, start: str) -> None:
        """Undoes at once what a failed iteration has done, latest stage first, and ends it with what it left."""
        inside = {step for step in each.block.walk() if isinstance(step, Task)}
        tasks = [task for stage in reversed(self._program.saga.stages) for task in stage if task in inside]
        undone = asl.Pass(**self._dialect.settle(each, left=False))
        if not tasks:
            self._add(scope, start, undone, each.location)
            return
        ended, left, asks = (
            self._program.names.unique(f"{each.name}: {what}")
            for what in ("Item Undone", "Item Not Undone", "Everything Undone?")
        )
        rungs = [start, *(self._program.names.unique(f"Undo {task.name} at Once?") for task in tasks[1:])]
        elsewhere, self._left, self._renamed = self._left, [], self._second_names(tasks)
        for task, name, following in zip(tasks, rungs, [*rungs[1:], asks], strict=True):
            around = self._program.layout.around[task]
            self._undo(task, _Rung(name, following, scope, SETTLED, around[around.index(each) + 1 :]))
        places, self._left, self._renamed = self._left, elsewhere, {}
        rule = asl.ChoiceRule(condition=self._dialect.any_of(map(self._dialect.present, places)), next=left)
        self._add(scope, asks, asl.Choice(choices=(rule,), default=ended), each.location)
        self._add(scope, left, asl.Pass(**self._dialect.settle(each, left=True)), each.location)
        self._add(scope, ended, undone, each.location)

    def left_in_items(self, each: Map, scope: Scope) -> Iterator[asl.ChoiceRule]:
        """Where a Map goes on when a failed iteration could not undo itself: everything else is undone, too (S6)."""
        entry = self._program.saga.entries[each]
        if any(isinstance(step, Task) and step.compensations for step in each.block.walk()):
            slot: Slot = (*LEFT, self._key(each.name))
            self._left.append(slot)
            name = self._program.names.unique(f"{each.name}: Items Not Undone")
            state = asl.Pass(**self._dialect.collect_left(each, slot), next=self._rungs[entry])
            self._add(scope, name, state, each.location)
            marks: Place = (*self._program.layout.maps[each].slot, NOT_UNDONE_MARKS, 0)
            yield asl.ChoiceRule(condition=self._dialect.present(marks), next=name)

    def _name(self, undo: Compensation | Lookup) -> str:
        """The name of the state that makes the call: another one where a failed iteration makes it."""
        return self._renamed.get(undo.name, undo.name)

    def _second_names(self, tasks: Iterable[Task]) -> Mapping[str, str]:
        """A name for the state of each call that undoes the tasks, beside the one that the ladder outside has."""
        undos = [undo for task in tasks for undo in (*task.compensations, task.lookup) if undo is not None]
        second = {undo.name: self._program.names.unique(f"{undo.name} at Once") for undo in undos}
        self._emitted.repeats.update({name: first for first, name in second.items()})
        return second

    def _key(self, name: str) -> str:
        """The key under which something is left; two names that differ in signs only get two keys."""
        return self._keys.unique(identifier(name))

    def _stage(self, tasks: list[Task], name: str, following: str) -> None:
        scope = self._emitted.scope
        if len(tasks) > 1:
            self._side_by_side(tasks, name, following)
            return
        self._undo(tasks[0], _Rung(name, following, scope, LEFT, self._program.layout.around.get(tasks[0], ())))

    def _undo(self, task: Task, rung: _Rung) -> None:
        """The undoing of one task; what it leaves is noted for whoever asks at the end of the ladder."""
        name, following, scope, base, around = rung
        if around:
            slot = (*base, self._key(name))
            self._for_each(task, around, scope, _Iterating(name, following, following, slot))
            self._left.append((*slot, MARKS, 0))
            return

        def left(name: str) -> Slot:
            slot = (*base, self._key(name))
            self._left.append((*slot, LEFT_OVER_KEY))
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

    def _side_by_side(self, tasks: list[Task], name: str, following: str) -> None:
        """One branch for each task. No branch fails: its output says what it leaves."""
        slot = (*LEFT, self._key(name))
        self._emitted.scope.reserve(name)
        branches = []
        for index, task in enumerate(tasks):
            branch = Scope(task.name, {})
            start = self._branch(task, branch, (*slot, index), self._program.layout.around.get(task, ()))
            branches.append(asl.Branch(start_at=start, states=branch.states))
        state = asl.Parallel(branches=tuple(branches), **self._dialect.place(slot), next=following)
        self._add(self._emitted.scope, name, state, tasks[0].location)

    def _for_each(self, task: Task, around: tuple[Map, ...], scope: Scope, place: _Iterating) -> None:
        """A Map over what the iterations ended with, where there were any: it undoes the task in each that did it."""
        each, *inner = around
        laid_out = self._program.layout.maps[each]
        name = self._program.names.unique(f"{task.name}: Each of {each.name}")
        rule = asl.ChoiceRule(condition=self._dialect.present((*laid_out.slot, ITEMS)), next=name)
        self._add(scope, place.start, asl.Choice(choices=(rule,), default=place.skip), task.location)
        scope.reserve(name)
        inside, left = Scope(task.name, {}), list(self._left)
        fields = self._dialect.iterate_again(each)
        with self._dialect.inside(each):
            start = self._branch(task, inside, (), tuple(inner))
        self._left = left  # what an iteration leaves is gathered by the Map
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
        key = self._key(task.name)
        left: Place = (*UNDONE, key, MARKS, 0)
        scope.reserve(start)
        self._for_each(task, around, scope, _Iterating(start, nothing_left, end, (*UNDONE, key)))
        self._left.append((*slot, key, MARKS, 0))
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

    def _branch(self, task: Task, scope: Scope, slot: Place, around: tuple[Map, ...]) -> str:
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
                self._left.append((*slot, LEFT_OVER_KEY))
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
            key = self._key(name)
            self._left.append((*slot, key, LEFT_OVER_KEY))
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
            if _asks(task, compensation):
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

    def _verdict(self, name: str) -> None:
        """The error that the workflow ends with: what is left over first, then what was declared (S7)."""
        location = self._program.workflow.location
        left = asl.ChoiceRule(
            condition=self._dialect.any_of(self._dialect.present(slot) for slot in self._left),
            next=self._compensation_failed(location),
        )
        rules = (left, *self._failures.declared_rules())
        choice = asl.Choice(choices=rules, default=self._failures.unhandled())
        self._add(self._emitted.scope, name, choice, location)

    def _compensation_failed(self, location: Location) -> str:
        """The state that an execution with something left over ends in, by way of the dead letter."""
        name = self._program.names.unique("Compensation Failed")
        state = asl.Fail(error=COMPENSATION_FAILED, cause=self._dialect.left_over_text())
        self._add(self._emitted.tail, name, state, location)
        call = self._program.workflow.dead_letter_call
        if call is None:
            return name
        letter = self._program.names.unique("Send Dead Letter")
        task = asl.Task(
            resource=call.resource,
            **self._dialect.call(call),
            timeout=self._program.budget.compensation,
            **self._dialect.discard(),
            catch=(asl.Catcher(error_equals=(ALL_ERRORS,), **self._dialect.discard(), next=name),),
            next=name,
        )
        return self._add(self._emitted.tail, letter, task, call.location)

    def _add(self, scope: Scope, name: str, state: asl.State, location: Location) -> str:
        return self._emitted.add(scope, name, state, location, failing=True)


class _Rung(NamedTuple):
    """Where the undoing of a task stands in a ladder: its first state, the one behind it, and where it notes what it
    leaves. `around` are the Maps around the task, inside of that place.
    """

    name: str
    following: str
    scope: Scope
    base: Slot
    around: tuple[Map, ...]


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


def _asks(task: Task, compensation: Compensation) -> bool:
    """Whether a compensation must ask if its task's result is known: others of the task run without it."""
    return needs_result(compensation, task) and recovers(task)
