"""Failures: the states that errors and declared failures lead to, and how branches and iterations tell of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keyflow import asl
from keyflow.compiler.analysis.saga import FailingPoint
from keyflow.compiler.data import STAYS, AllOf, AnyOf, Present, Question, Result, give, put
from keyflow.compiler.fragments import Fragment, Label, Mark, Written, joined, single
from keyflow.compiler.layout import DECLARED, FAILED, FAILURE, MARKS, Marker, Place, Slot
from keyflow.compiler.movements import failed_alone, marked
from keyflow.compiler.program import Program
from keyflow.compiler.reports import completion_failed
from keyflow.compiler.scopes import InBranch, Inner, Iteration, Outermost, Scope, is_in_iteration
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.dsl.maps import Map
from keyflow.dsl.retries import ALL_ERRORS
from keyflow.dsl.steps import Fail, Parallel
from keyflow.dsl.workflow import UNHANDLED_CAUSE, UNHANDLED_ERROR


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of a Choice, and the states that they lead to."""

    rules: tuple[asl.ChoiceRule, ...]
    fragment: Fragment = Fragment()


def together(parts: Iterable[Rules]) -> Rules:
    """All the rules, in this order."""
    found = tuple(parts)
    return Rules(tuple(rule for part in found for rule in part.rules), joined(asl.END, [p.fragment for p in found]))


def unhandled(program: Program) -> Fragment:
    """The Fail state of an error that nobody declared; its cause shows nothing of the inside (S7)."""
    name, location = Label("Unhandled Error"), program.workflow.location
    state = asl.Fail(error=UNHANDLED_ERROR, cause=UNHANDLED_CAUSE)
    return Fragment(entry=name, tail=(Written(name=name, state=state, location=location, failing=True),))


def failing_from(program: Program, point: FailingPoint) -> Fragment:
    """Where a failure of the outermost scope leads: into the ladder, below it, or to what says what is owed."""
    owed = program.saga.owed.get(point)
    if owed is not None:
        return completion_failed(program, point, owed)
    entry = program.saga.entries[point]
    return Fragment(entry=program.names.rungs[entry]) if entry else unhandled(program)


# Errors.


def catch_all(program: Program, point: FailingPoint, scope: Scope) -> tuple[tuple[asl.Catcher, ...], Fragment]:
    """The last catcher of a task: any error that nothing else handles; none where errors leave the scope."""
    match scope:
        case Iteration() if scope.raises:
            return (), Fragment()
        case Outermost():
            target = failing_from(program, point)
            into = STAYS
        case InBranch() | Iteration():
            target = _failed(scope, point.location)
            into = give(Result()) if scope.direct else put((*scope.slot, FAILED), Result())
    return (asl.Catcher(error_equals=(ALL_ERRORS,), **scope.dialect.catching(into), next=target.start),), target


def _failed(scope: Inner, location: Location) -> Fragment:
    """The state in which a branch ends after an error, telling so in its output."""
    match scope:
        case Iteration():
            state = _iteration_failing(scope, "")
        case InBranch(direct=True):
            state = asl.Pass(**scope.dialect.passing(failed_alone()))
        case InBranch(slot=slot):
            state = asl.Pass(**scope.dialect.passing(STAYS.ending(slot)))
    return single(Label(f"{scope.name} Failed", scope.subject), state, location, failing=True)


# Declared failures.


def declared(program: Program, failure: Fail, scope: Scope) -> Fragment:
    """The states of a declared failure, from where it is entered to its Fail state or to the ladder."""
    name = program.names.declared[failure.error, failure.cause]
    ended = Written(
        name=name,
        state=asl.Fail(error=failure.error, cause=failure.cause),
        location=failure.location,
        failing=True,
    )
    entered = program.names.entries[failure]
    if entered == name:
        return Fragment(entry=name, tail=(ended,))
    noted = Written(name=entered, state=_noted(program, failure, name, scope), location=failure.location, failing=True)
    slot = FAILURE if isinstance(scope, Outermost) else (*scope.slot, FAILED)
    return Fragment(entry=entered, states=(noted,), tail=(ended,), marks=(Mark(name, Marker((*slot, DECLARED))),))


def _noted(program: Program, failure: Fail, name: str, scope: Scope) -> asl.State:
    """The state that writes down which declared failure is under way."""
    if isinstance(scope, Outermost):
        target = program.names.rungs[program.saga.entries[failure]]
        return asl.Pass(**scope.dialect.passing(put(FAILURE, {DECLARED: name})), next=target)
    if scope.direct:
        return asl.Pass(**scope.dialect.passing(give({FAILED: {DECLARED: name}})))
    return _failing(program, scope, name)


def _failing(program: Program, scope: Inner, name: str | None = None) -> asl.Pass:
    """With which a branch or an iteration ends as failed, with a declared error where it names one."""
    if isinstance(scope, Iteration):
        return _iteration_failing(scope, "" if name is None else program.names.keys[name])
    noted = put((*scope.slot, FAILED), {} if name is None else {DECLARED: name})
    return asl.Pass(**scope.dialect.passing(noted.ending(scope.slot)))


def _iteration_failing(scope: Iteration, key: str) -> asl.Pass:
    noted = put((*scope.slot, MARKS), [key])
    if scope.settles:
        return asl.Pass(**scope.dialect.passing(noted), next=settling_start(scope.map))
    return asl.Pass(**scope.dialect.passing(noted.ending(scope.slot)))


def settling_start(map_step: Map) -> Label:
    """The state of a tolerated iteration in which the undoing of what it has done begins."""
    return Label(f"{map_step.name}: Item Failed", map_step)


def raised(program: Program, map_step: Map, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """What an iteration marks as a declared failure is found in the Map's own slot outside."""
    place: Place = (*program.layout.maps[map_step].slot, DECLARED)
    names = dict.fromkeys(mark.declared for mark in marks)
    return tuple(Mark(name, Marker(place, program.names.keys[name])) for name in names)


# Where a parallel block, a map or the ladder goes on.


def declared_rules(
    program: Program, marks: Sequence[Mark], where: Question | None = None
) -> tuple[asl.ChoiceRule, ...]:
    """A rule for each declared failure that has left a mark; each holds only where `where` does, too."""
    rules = []
    for name in program.names.noted:
        own = dict.fromkeys(mark.marker for mark in marks if mark.declared == name)
        if own:
            asked: Question = AnyOf(tuple(marked(marker, name) for marker in own))
            asked = asked if where is None else AllOf((where, asked))
            rules.append(asl.ChoiceRule(condition=program.dialect.asks(asked), next=name))
    return tuple(rules)


def failed_rules(
    program: Program, step: Parallel | Map, scope: Scope, failed: Sequence[Place], marks: Sequence[Mark]
) -> Rules:
    """Where a parallel block or a map goes on when a branch or an iteration has failed, leaving these marks.

    The fragment's marks are what is left of them outside.
    """
    any_failed = AnyOf(tuple(map(Present, failed)))
    condition = program.dialect.asks(any_failed)
    if not isinstance(scope, Outermost):
        noted = Rules((), Fragment(marks=tuple(marks)))
        if is_in_iteration(scope):  # what a Map gathers of its iterations must name the declared error
            noted = _declared_again(program, step, scope, marks)
        target = _nested_failure(program, step, scope)
        return together((noted, Rules((asl.ChoiceRule(condition=condition, next=target.start),), target)))
    entry = program.saga.entries[step]
    told: tuple[asl.ChoiceRule, ...] = ()
    if entry == 0:  # nothing to undo: the declared errors are told apart here
        too_many = any_failed if isinstance(step, Map) and step.is_tolerant else None
        told = declared_rules(program, marks, too_many)
    target = failing_from(program, step)
    rule = asl.ChoiceRule(condition=condition, next=target.start)
    return Rules((*told, rule), replace(target, marks=tuple(marks)))


def _declared_again(program: Program, step: Parallel | Map, scope: Inner, marks: Sequence[Mark]) -> Rules:
    """A rule for each declared failure of a nested block, with a state that notes it as the scope's own."""
    parts = []
    for rule in declared_rules(program, marks):
        name = Label(f"{step.name} Failed with {rule.next}", step)
        noted = single(name, _failing(program, scope, rule.next), step.location, failing=True)
        own = Mark(rule.next, Marker((*scope.slot, FAILED, DECLARED)))
        parts.append(Rules((replace(rule, next=name),), replace(noted, marks=(own,))))
    return together(parts)


def _nested_failure(program: Program, step: Parallel | Map, scope: Inner) -> Fragment:
    """The state that fails a branch because a parallel block or a map in it failed."""
    state: asl.State = asl.Fail(error=UNHANDLED_ERROR, cause=UNHANDLED_CAUSE)
    if not (isinstance(scope, Iteration) and scope.raises):
        state = _failing(program, scope)
    return single(Label(f"{step.name} Failed", step, scope.subject), state, step.location, failing=True)


def tolerated(program: Program, map_step: Map, marks: Sequence[Mark], following: str) -> Rules:
    """Where a Map goes on when some iterations have failed, and not too many: without the errors they declared."""
    slot: Slot = program.layout.maps[map_step].slot
    if not marks:
        return Rules(())
    name = Label(f"{map_step.name}: Failures Tolerated", map_step)
    state = asl.Pass(**program.dialect.passing(put((*slot, DECLARED), "")), next=following)
    rule = asl.ChoiceRule(condition=program.dialect.asks(Present((*slot, FAILED, 0))), next=name)
    return Rules((rule,), single(name, state, map_step.location, failing=True))
