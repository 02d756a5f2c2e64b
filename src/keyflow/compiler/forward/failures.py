"""Failures: the states that errors and declared failures lead to, and how branches and iterations tell of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from keyflow import asl
from keyflow.compiler.analysis.saga import FailingPoint
from keyflow.compiler.layout import DECLARED, FAILED, FAILURE, MARKS, ROOT, MapLayout, Marker, Place, Slot
from keyflow.compiler.names import identifier
from keyflow.compiler.program import Emitted, Program, Scope
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, Parallel
from keyflow.dsl.tasks import ALL_ERRORS
from keyflow.dsl.workflow import UNHANDLED_CAUSE, UNHANDLED_ERROR


class Failures:
    """Writes them.

    `rungs` gives, for each undo stage, the state that undoing from there begins with.
    """

    def __init__(self, program: Program, emitted: Emitted, rungs: Mapping[int, str]) -> None:
        self._program = program
        self._dialect = program.dialect
        self._emitted = emitted
        self._rungs = rungs
        self._add = emitted.add
        self._entries: dict[Fail, str] = {}
        self._keys: dict[str, str] = {}

    def catch_all(self, point: FailingPoint, scope: Scope) -> tuple[asl.Catcher, ...]:
        """The last catcher of a task: any error that nothing else handles; none where errors leave the scope."""
        return () if scope.raising else (self._catch_all(point, scope),)

    def _catch_all(self, point: FailingPoint, scope: Scope) -> asl.Catcher:
        if scope.slot is not None:
            into = self._dialect.catch_alone() if scope.direct else self._dialect.place_error((*scope.slot, FAILED))
            return asl.Catcher(error_equals=(ALL_ERRORS,), **into, next=self._branch_failure(point, scope, scope.slot))
        entry = self._program.saga.entries[point]
        target = self._rungs[entry] if entry else self.unhandled()
        return asl.Catcher(error_equals=(ALL_ERRORS,), **self._dialect.discard(), next=target)

    def _branch_failure(self, point: FailingPoint, scope: Scope, slot: Slot) -> str:
        """The state in which a branch ends after an error, telling so in its output."""
        if scope.failed is None:
            scope.failed = self._program.names.unique(f"{scope.name} Failed")
            state = asl.Pass(**(self._dialect.give_failed() if scope.direct else self._dialect.end_branch(slot)))
            state = self._failing(scope, slot) if scope.is_iteration else state
            self._add(scope, scope.failed, state, point.location, failing=True)
        return scope.failed

    def entry(self, failure: Fail, scope: Scope) -> str:
        """The state that a declared failure is entered at."""
        if failure in self._entries:
            return self._entries[failure]
        declared = self._declared(failure)
        if scope.slot is not None:
            marker = (*scope.slot, "failed")
            state = asl.Pass(**self._dialect.give_literal({"failed": {"declared": declared}}))
            if not scope.direct:
                state = self._failing(scope, scope.slot, declared)
            name = self._mark(failure, scope, (*marker, "declared"), declared, state)
        else:
            entry = self._program.saga.entries[failure]
            if entry == 0:
                return declared
            note = asl.Pass(**self._dialect.write(FAILURE, {"declared": declared}), next=self._rungs[entry])
            name = self._mark(failure, scope, (*FAILURE, "declared"), declared, note)
        self._entries[failure] = name
        return name

    def _mark(self, failure: Fail, scope: Scope, marker: Place, declared: str, state: asl.State) -> str:
        """Adds a state that writes down which declared failure is under way."""
        markers = self._emitted.markers.setdefault(declared, [])
        if Marker(marker) not in markers:
            markers.append(Marker(marker))
        name = self._program.names.unique(f"Fail with {failure.error}")
        return self._add(scope, name, state, failure.location, failing=True)

    def _declared(self, failure: Fail) -> str:
        """The Fail state of a declared error, one for each error and cause."""
        key = (failure.error, failure.cause)
        if key not in self._emitted.declared:
            name = self._program.names.unique(failure.error)
            self._emitted.declared[key] = name
            state = asl.Fail(error=failure.error, cause=failure.cause)
            self._add(self._emitted.tail, name, state, failure.location, failing=True)
        return self._emitted.declared[key]

    def unhandled(self) -> str:
        """The Fail state of an error that nobody declared; its cause shows nothing of the inside (S7)."""
        if self._emitted.unhandled is None:
            self._emitted.unhandled = self._program.names.unique("Unhandled Error")
            state = asl.Fail(error=UNHANDLED_ERROR, cause=UNHANDLED_CAUSE)
            self._add(self._emitted.tail, self._emitted.unhandled, state, self._program.workflow.location, failing=True)
        return self._emitted.unhandled

    def declared_rules(self, inside: Slot = ()) -> Iterable[asl.ChoiceRule]:
        """A rule for each declared failure that a marker inside the slot may name."""
        for declared, markers in self._emitted.markers.items():
            relevant = [marker for marker in dict.fromkeys(markers) if marker.place[: len(inside)] == inside]
            if relevant:
                condition = self._dialect.any_of(self._dialect.marked(marker, declared) for marker in relevant)
                yield asl.ChoiceRule(condition=condition, next=declared)

    def failed_rules(
        self, step: Parallel | Map, scope: Scope, failed: Sequence[Place], slot: Slot
    ) -> Iterable[asl.ChoiceRule]:
        """Where a parallel block or a map goes on when a branch or an iteration has failed."""
        any_failed = self._dialect.any_of(self._dialect.present(place) for place in failed)
        if scope.slot is not None:
            if scope.slot[0] != ROOT:  # what a Map gathers of its iterations must name the declared error
                yield from self._declared_again(step, scope, scope.slot, slot)
            yield asl.ChoiceRule(condition=any_failed, next=self._nested_failure(step, scope))
            return
        entry = self._program.saga.entries[step]
        if entry == 0:  # nothing to undo: the declared errors are told apart here
            for rule in self.declared_rules(inside=slot):
                tolerant = isinstance(step, Map) and step.is_tolerant
                condition = self._dialect.all_of((any_failed, rule.condition)) if tolerant else rule.condition
                yield replace(rule, condition=condition)
        yield asl.ChoiceRule(condition=any_failed, next=self._rungs[entry] if entry else self.unhandled())

    def _declared_again(self, step: Parallel | Map, scope: Scope, own: Slot, inside: Slot) -> Iterable[asl.ChoiceRule]:
        """A rule for each declared failure of a nested block, with a state that notes it as the scope's own."""
        for rule in tuple(self.declared_rules(inside)):
            declared = rule.next
            name = self._program.names.unique(f"{step.name} Failed with {declared}")
            self._add(scope, name, self._failing(scope, own, declared), step.location, failing=True)
            markers = self._emitted.markers[declared]
            markers[:] = [marker for marker in markers if marker.place[: len(inside)] != inside]
            markers.append(Marker((*own, FAILED, DECLARED)))
            yield replace(rule, next=name)

    def _nested_failure(self, parallel: Parallel | Map, scope: Scope) -> str:
        """The state that fails a branch because a parallel block or a map in it failed."""
        assert scope.slot is not None  # noqa: S101  only called inside a branch
        name = self._program.names.unique(f"{parallel.name} Failed")
        state: asl.State = asl.Fail(error=UNHANDLED_ERROR, cause=UNHANDLED_CAUSE)
        if not scope.raising:
            state = self._failing(scope, scope.slot)
        return self._add(scope, name, state, parallel.location, failing=True)

    def _failing(self, scope: Scope, slot: Slot, declared: str | None = None) -> asl.Pass:
        """With which a branch or an iteration ends as failed, with a declared error where it names one."""
        if not scope.is_iteration:
            fields = self._dialect.write((*slot, FAILED), {} if declared is None else {DECLARED: declared})
            return asl.Pass(**self._dialect.end_branch(slot, fields))
        marked = self._dialect.write((*slot, MARKS), ["" if declared is None else self._key(declared)])
        if not scope.settles:
            return asl.Pass(**self._dialect.end_branch(slot, marked))
        if scope.settling is None:
            scope.settling = self._program.names.unique(f"{scope.name}: Item Failed")
        return asl.Pass(**marked, next=scope.settling)

    def tolerated(self, each: Map, scope: Scope, following: str) -> Iterable[asl.ChoiceRule]:
        """Where a Map goes on when some iterations have failed, and not too many: without the errors they declared."""
        slot = self._program.layout.maps[each].slot
        if any(marker.place == (*slot, DECLARED) for markers in self._emitted.markers.values() for marker in markers):
            name = self._program.names.unique(f"{each.name}: Failures Tolerated")
            state = asl.Pass(**self._dialect.write((*slot, DECLARED), ""), next=following)
            self._add(scope, name, state, each.location, failing=True)
            yield asl.ChoiceRule(condition=self._dialect.present((*slot, FAILED, 0)), next=name)

    def raise_markers(self, laid_out: MapLayout) -> None:
        """What an iteration marks as a declared failure is found in the Map's own slot outside."""
        for declared, markers in self._emitted.markers.items():
            others = [marker for marker in markers if marker.place[0] != laid_out.root]
            if len(others) < len(markers):
                raised = Marker((*laid_out.slot, DECLARED), self._key(declared))
                markers[:] = [*others, raised]

    def _key(self, declared: str) -> str:
        """What stands for a declared failure in a text of marks."""
        return self._keys.setdefault(declared, f"{identifier(declared)}{len(self._keys)}")
