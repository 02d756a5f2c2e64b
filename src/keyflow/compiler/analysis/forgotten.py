"""What a workflow changes and says nothing of, and what it may undo that is not its own (S12, S13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.aws import OperationCall
from keyflow.aws.effects import Effect, OperationEffect, effect_of
from keyflow.aws.effects.effect import with_article
from keyflow.compiler.analysis.dependencies import needs_result
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location, Severity
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Compensation
from keyflow.dsl.expressions import values_in
from keyflow.dsl.maps import Item, ItemIndex, Map
from keyflow.dsl.mine import takes_a_condition
from keyflow.dsl.ownership import is_own
from keyflow.dsl.steps import Chosen, Fail, FailIf, FirstOf, Pivot, RawState, after_pivot
from keyflow.dsl.tasks import Task, TaskResult
from keyflow.dsl.values import Intrinsic, Reference
from keyflow.dsl.workflow import Workflow
from keyflow.suggestions.forgotten import changes, forgotten

_DOES: Mapping[Effect, str] = {
    Effect.CREATES: "makes",
    Effect.CHANGES: "changes",
    Effect.DELETES: "deletes",
    Effect.SENDS: "sends",
    Effect.STARTS: "starts",
}
"""What a call does that needs a word."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step whose call changes something: what it does, in words."""

    step: Task | RawState
    does: str

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def location(self) -> Location:
        return self.step.location


def check_forgotten(workflow: Workflow) -> tuple[Diagnostic, ...]:
    """Diagnostics for what is forgotten: errors in a workflow that undoes something, else one warning."""
    if not workflow.saga:
        return tuple(_contradicting(workflow))
    found = list(_forgotten(workflow))
    undoes = any(task.compensations for task in workflow.tasks()) or bool(after_pivot(workflow.block))
    if undoes:
        errors = (_error(workflow, each) for each in found)
        return (*errors, *_not_its_own(workflow), *_same_in_each_iteration(workflow))
    return (_warning(workflow, found),) if found else ()


def _contradicting(workflow: Workflow) -> Iterator[Diagnostic]:
    for task in workflow.tasks():
        if task.compensations:
            message = f"{task.name!r} is undone, and {workflow.name} says saga=False: nothing is ever undone in it"
            yield Diagnostic("KF262", message, task.compensations[0].location, "leave saga=False out")
    for step in workflow.steps():
        if isinstance(step, Pivot):
            message = f"{workflow.name} says saga=False, and has a pivot: nothing is ever undone in it, before or after"
            yield Diagnostic("KF262", message, step.location, "leave one of them out")


# What nothing is said of.


def _forgotten(workflow: Workflow) -> Iterator[Change]:
    for step in forgotten(workflow):
        effects = (
            [effect_of(step.call.model)] if isinstance(step, Task) and isinstance(step.call, OperationCall) else []
        )
        if isinstance(step, RawState):
            effects = list(changes(step))
        known = [effect for effect in effects if effect.effect in _DOES]
        if known:
            does = f"{_DOES[known[0].effect]} {with_article(known[0].noun)}"
            yield Change(step, does)


def _error(workflow: Workflow, change: Change) -> Diagnostic:
    when = _when_it_fails(_following(workflow.block, change.step))
    message = f"{change.name!r} {change.does}, and nothing undoes it {when}"
    hint = (
        f"{_words(change, workflow)}; if this workflow never undoes anything: Workflow({workflow.name!r}, saga=False); "
        "if nothing can go back from here on: workflow.pivot() before it"
    )
    return Diagnostic("KF260", message, change.location, hint)


def _warning(workflow: Workflow, forgotten: list[Change]) -> Diagnostic:
    names = ", ".join(repr(change.name) for change in forgotten)
    verb = "change" if len(forgotten) > 1 else "changes"
    message = f"{names} {verb} something, and nothing is undone when the workflow fails"
    hint = f"{_words(forgotten[0], workflow)}; or say that nothing ever is: Workflow(..., saga=False)"
    return Diagnostic("KF260", message, forgotten[0].location, hint, Severity.WARNING)


def _words(change: Change, workflow: Workflow) -> str:
    """What there is to say of a change: the compensation as code, where it is known."""
    keep = 'keep("why it may stay")'
    if not isinstance(change.step, Task):
        return f"workflow.state(...).{keep}"
    from keyflow.suggestions import hint

    line = hint(change.step, workflow)
    if line is None:
        return f"`keyflow suggest {workflow.name}` shows what undoes it, or task.{keep}"
    variable = line.split(".")[0].split(" ")[0]
    return f"{line}, or {variable}.{keep}"


def _when_it_fails(later: Step | None) -> str:
    match later:
        case Task() | RawState():
            return f"when {later.name!r} fails"
        case Fail(error=error) | FailIf(failure=Fail(error=error)):
            return f"when the workflow ends with {error!r}"
        case _:
            return "when its answer is lost, and the rest is undone"


def _following(block: Block, wanted: Step) -> Step | None:
    """The first step after another one whose failure undoes it: in its own block, else in those around it."""
    for index, step in enumerate(block.steps):
        later = block.steps[index + 1 :]
        if step is wanted:
            return _first(later)
        for inner in step.blocks():
            if wanted in inner.walk():
                return _following(inner, wanted) or _first(later)
    return None


def _first(steps: Iterable[Step]) -> Step | None:
    for step in steps:
        if isinstance(step, Pivot):
            return None  # what fails after it undoes nothing
        found = (each for inner in step.blocks() for each in inner.walk() if isinstance(each, _FAILING))
        failing = step if isinstance(step, _FAILING) else next(found, None)
        if failing is not None:
            return failing
    return None


_FAILING = (Task, RawState, Fail, FailIf)


# What is not its own.


def _not_its_own(workflow: Workflow) -> Iterator[Diagnostic]:
    for task in workflow.tasks():
        for undo in task.compensations:
            shared = _given_back(task, undo, workflow)
            if shared is not None:
                message = (
                    f"{undo.name!r} may undo what another execution has made: {task.call.label} gives back the "
                    f"{shared.noun} that is there already"
                )
                yield Diagnostic("KF261", message, undo.location, _name_it(shared.gives_back))
            elif not needs_result(undo, task) and _may_touch_anothers(task, undo, workflow):
                message = (
                    f"{undo.name!r} may undo what another execution has made: it also runs when the answer of "
                    f"{task.name!r} is lost, and goes by a name that others can have"
                )
                yield Diagnostic("KF261", message, undo.location, _recognise_it(task, undo))


def _given_back(task: Task, undo: Compensation, workflow: Workflow) -> OperationEffect | None:
    """The effect of a task that gives back what others may have made, and that is then undone."""
    if not isinstance(task.call, OperationCall) or undo.call.effect is not Effect.DELETES:
        return None
    effect = effect_of(task.call.model)
    named = [task.call.written[name] for name in effect.gives_back if name in task.call.written]
    return effect if named and not is_own(named, workflow) else None


def _name_it(members: tuple[str, ...]) -> str:
    return (
        f"let {members[-1]} hold workflow.context['Execution']['Name'], so that no other execution's has it; "
        'or task.keep("why it may stay")'
    )


def _recognise_it(task: Task, undo: Compensation) -> str:
    if takes_a_condition(undo.call):
        return (
            'store who made it, and say so: Item={..., "owner": me} and '
            'task.compensate(..., mine={"owner": me}), with the execution\'s own name for me'
        )
    return _name_it(effect_of(task.call.model).identity if isinstance(task.call, OperationCall) else ("its name",))


def _may_touch_anothers(task: Task, undo: Compensation, workflow: Workflow) -> bool:
    call = undo.call
    if not isinstance(call, OperationCall) or not isinstance(task.call, OperationCall):
        return False
    if takes_a_condition(call):
        key = call.written.get("Key") or call.written.get("Item")
        return "ConditionExpression" not in call.written and not is_own(key, workflow)
    effect = effect_of(task.call.model)
    if call.effect is not Effect.DELETES or not effect.identity:
        return False
    return not is_own([task.call.written.get(name) for name in effect.identity], workflow)


# What each iteration of a map would write over.


def _same_in_each_iteration(workflow: Workflow) -> Iterator[Diagnostic]:
    """Tasks in a map that make the same thing in each iteration: one undoes what the others have made."""
    for map_step in workflow.steps():
        if not isinstance(map_step, Map):
            continue
        inside = {step for step in map_step.block.walk() if isinstance(step, Task)}
        for task in inside:
            named = _named_by_caller(task)
            if task.compensations and named and not _is_of_iteration(named, inside):
                message = f"{task.name!r} makes the same thing in each iteration of {map_step.name!r}"
                hint = "let its key hold something of the item, or make it before the map"
                yield Diagnostic("KF267", message, task.location, hint)
            lookup = task.lookup
            if lookup is not None and not _is_of_iteration(lookup.values(), inside):
                message = f"{lookup.name!r} finds what any iteration of {map_step.name!r} has made"
                hint = "let the task write something of the item, and mine= ask for that, too"
                yield Diagnostic("KF267", message, lookup.location, hint)


def _named_by_caller(task: Task) -> list[Any]:
    """The values by which a call names what it makes; none where AWS names it."""
    call = task.call
    if not isinstance(call, OperationCall):
        return []
    if takes_a_condition(call):
        return [call.written.get("Key") or call.written.get("Item")]
    return [call.written.get(name) for name in effect_of(call.model).identity]


def _is_of_iteration(named: Iterable[Any], inside: set[Task]) -> bool:
    for value in values_in(list(named)):
        match value:
            case Reference(source=Item() | ItemIndex()):
                return True
            case Reference(source=TaskResult(task=task)) if task in inside:
                return True
            case Reference(source=Chosen(step=FirstOf(candidates=options))):
                if all(_is_of_iteration([each], inside) for each in options):
                    return True
            case Intrinsic(name="States.UUID"):
                return True
            case _:
                pass
    return False
