"""The way forward: blocks to states, step by step."""

from __future__ import annotations

from dataclasses import replace

from keyflow import asl
from keyflow.compiler.data import put
from keyflow.compiler.failures import catch_all, declared
from keyflow.compiler.forward.parallel import each_item, side_by_side
from keyflow.compiler.forward.tasks import task
from keyflow.compiler.forward.writer import Forward, landing
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.layout import ROOT, ROUND, Slot
from keyflow.compiler.movements import choose, is_made, is_round, next_round
from keyflow.compiler.naming import option_name
from keyflow.compiler.program import Program
from keyflow.compiler.retry_and_catch import lets_errors_out
from keyflow.compiler.scopes import Outermost, Scope
from keyflow.compiler.undo.undoing import Undoing
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, FirstOf, Parallel, Pivot, RawState, Repeat, Succeed, Wait, When
from keyflow.dsl.tasks import Task, TaskResult
from keyflow.dsl.values import Reference


def way_forward(program: Program, undoing: Undoing) -> Fragment:
    """The states of a workflow's forward path, with those by which a failed iteration undoes itself."""
    scope = Outermost(program.workflow.name, program.dialect)
    forward = Forward(program=program, undoing=undoing, write=_block)
    body = forward.landed(program.block, scope, asl.END)
    start = program.names.start
    if start is None:
        return body
    reset = asl.Pass(**scope.dialect.passing(put((ROOT,), {})), next=body.start)
    return joined(start, (single(start, reset, program.workflow.location), body))


def _block(forward: Forward, block: Block, scope: Scope, after: asl.Transition) -> Fragment:
    """A block's states, entered at its first step (at `after`, when it is empty)."""
    written = [step for step in block.steps if not isinstance(step, Pivot)]  # a pivot changes what failures lead to
    if not written:
        return Fragment(entry=after)
    failures = {step: declared(forward.program, step, scope) for step in written if isinstance(step, Fail)}
    entries = [failures[step].entry if isinstance(step, Fail) else _entry(forward, step) for step in written]
    followed = zip(written, [*entries[1:], after], strict=True)
    steps = (_step(forward, step, scope, following) for step, following in followed if not isinstance(step, Fail))
    return joined(entries[0], (*failures.values(), *steps))


def _entry(forward: Forward, step: Step) -> str:
    """The name of the state that a step is entered at."""
    return step.name or forward.program.names.entries[step]


def _step(forward: Forward, step: Step, scope: Scope, following: asl.Transition) -> Fragment:
    match step:
        case Task():
            return task(forward, step, scope, following)
        case Parallel():
            return side_by_side(forward, step, scope, following)
        case Map():
            return each_item(forward, step, scope, following)
        case Repeat():
            return _repeat(forward, step, scope, following)
        case When():
            return _when(forward, step, scope, following)
        case FirstOf():
            return _first_of(forward, step, scope, following)
        case FailIf():
            return _fail_if(forward, step, scope, following)
        case Succeed(output=output):
            return single(_entry(forward, step), scope.dialect.output(output, step.location), step.location)
        case Wait():
            landed = landing(forward, following, scope)
            state = asl.Wait(**scope.dialect.pause(step), next=landed.entry)
            return joined(step.name, (landed, single(step.name, state, step.location)))
        case RawState():
            return _raw(forward, step, scope, following)
        case _:
            return Fragment(entry=following)


def _fail_if(forward: Forward, step: FailIf, scope: Scope, following: asl.Transition) -> Fragment:
    failed = declared(forward.program, step.failure, scope)
    landed = landing(forward, following, scope)
    rule = asl.ChoiceRule(condition=scope.dialect.condition(step.condition, step.location), next=failed.start)
    name = _entry(forward, step)
    choice = single(name, asl.Choice(choices=(rule,), default=landed.start), step.location)
    return joined(name, (failed, landed, choice))


def _when(forward: Forward, when: When, scope: Scope, following: asl.Transition) -> Fragment:
    cases = [(condition, forward.landed(block, scope, following)) for condition, block in when.cases]
    if when.otherwise is None:
        otherwise = landing(forward, following, scope)
    else:
        otherwise = forward.landed(when.otherwise, scope, following)
    rules = tuple(
        asl.ChoiceRule(condition=scope.dialect.condition(condition, when.location), next=block.start)
        for condition, block in cases
    )
    name = _entry(forward, when)
    choice = single(name, asl.Choice(choices=rules, default=otherwise.start), when.location)
    return joined(name, (choice, *(block for _condition, block in cases), otherwise))


def _first_of(forward: Forward, step: FirstOf, scope: Scope, following: asl.Transition) -> Fragment:
    """A question after each option but the last, and for each a Pass that keeps it."""
    dialect, slot, location = scope.dialect, forward.program.layout.chosen[step], step.location
    landed = landing(forward, following, scope)
    labels = [Label(f"Take {option_name(each)}", step, index) for index, each in enumerate(step.candidates)]
    kept = [dialect.passing(choose(slot, each, location)) for each in step.candidates]
    rules = tuple(
        asl.ChoiceRule(condition=dialect.asks(is_made(each, _noting(forward, each), location)), next=label)
        for each, label in zip(step.candidates[:-1], labels, strict=False)
    )
    passes = (
        single(label, asl.Pass(**fields, next=landed.start), location)
        for label, fields in zip(labels, kept, strict=True)
    )
    name = _entry(forward, step)
    return joined(name, (single(name, asl.Choice(choices=rules, default=labels[-1]), location), *passes, landed))


def _noting(forward: Forward, option: Reference) -> Slot | None:
    """The slot of a task whose whole result is an option, where a lost answer is noted in it."""
    match option:
        case Reference(source=TaskResult(task=task), keys=()) if task in forward.program.saga.noting:
            return forward.program.layout.tasks[task]
        case _:
            return None


def _repeat(forward: Forward, step: Repeat, scope: Scope, following: asl.Transition) -> Fragment:
    """A counter, the block, and the question behind it that leads on, to the failure, or to the next round."""
    assert step.until is not None  # noqa: S101  the DSL has asked for it
    slot, dialect = forward.program.layout.rounds[step], scope.dialect
    asks, again = (Label(f"{step.name}: {what}", step) for what in ("Enough?", "Again"))
    pause = Label(f"{step.name}: Pause", step) if step.every else again
    body = forward.landed(step.block, scope, asks)
    landed, failed = landing(forward, following, scope), declared(forward.program, step.failure, scope)
    rules = (
        asl.ChoiceRule(condition=dialect.condition(step.until, step.location), next=landed.start),
        asl.ChoiceRule(condition=dialect.asks(is_round(slot, step.at_most)), next=failed.start),
    )
    first = single(step.name, asl.Pass(**dialect.passing(put(slot, {ROUND: 1})), next=body.start), step.location)
    asked = single(asks, asl.Choice(choices=rules, default=pause), step.location)
    waited = (single(pause, asl.Wait(seconds=step.every, next=again), step.location),) if step.every else ()
    counted = single(again, asl.Pass(**dialect.passing(next_round(slot)), next=body.start), step.location)
    return joined(step.name, (first, body, landed, failed, asked, *waited, counted))


def _raw(forward: Forward, step: RawState, scope: Scope, following: asl.Transition) -> Fragment:
    state = asl.load_state({**step.document, "End": True})
    if isinstance(state, asl.Choice | asl.Succeed | asl.Fail):  # the DSL admits none of them
        raise TypeError(state)
    landed, failed = landing(forward, following, scope), Fragment()
    state = replace(state, next=landed.entry)
    if isinstance(state, asl.Task | asl.Parallel | asl.Map) and lets_errors_out(state):
        catchers, failed = catch_all(forward.program, step, scope)
        state = replace(state, catch=(*(state.catch or ()), *catchers) or None)
    return joined(step.name, (landed, failed, single(step.name, state, step.location)))
