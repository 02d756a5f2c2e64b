"""Which steps of a workflow change something and say nothing of what becomes of it (S12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keyflow.aws import Call, OperationCall, resource_of
from keyflow.aws.effects import Effect, OperationEffect, effect_of, identified_by
from keyflow.dsl.mine import takes_a_condition
from keyflow.dsl.ownership import is_own, same
from keyflow.dsl.steps import RawState, after_pivot
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow


def forgotten(workflow: Workflow) -> Iterator[Task | RawState]:
    """The steps whose effect needs a word, and has none: also those whose effect no model knows."""
    passed = after_pivot(workflow.block)
    for step in workflow.steps():
        match step:
            case _ if step in passed:
                pass  # nothing after the pivot is undone
            case Task() if _is_forgotten(step, workflow):
                yield step
            case RawState(kept=None) if any(changes(step)):
                yield step
            case _:
                pass


def changes(step: RawState) -> Iterator[OperationEffect]:
    """The effects of a state in the States Language that change something, and of the states inside it."""
    for _name, effect in effects_of(step):
        if effect is not None and effect.effect not in (Effect.READS, Effect.UNKNOWN):
            yield effect


def effects_of(step: RawState) -> Iterator[tuple[str, OperationEffect | None]]:
    """The tasks of a state in the States Language, by name, with their effects: None where no model knows the call."""
    for name, state in step.states():
        if state.get("Type") == "Task":
            integration = resource_of(str(state.get("Resource", ""))).integration
            yield name, None if integration is None else effect_of(integration.model)


def _is_forgotten(task: Task, workflow: Workflow) -> bool:
    """Whether nothing is said of what a task does: it is not undone, not kept, and no part of what another made."""
    is_said = bool(task.compensations) or task.kept is not None or task.call.effect is Effect.READS
    return not is_said and not _is_part_of_another(task, workflow)


def _is_part_of_another(task: Task, workflow: Workflow) -> bool:
    """Whether it changes what another task has made: that goes as a whole, or stays."""
    call = task.call
    if not isinstance(call, OperationCall) or call.effect is not Effect.CHANGES:
        return False
    others = [each.call for each in workflow.tasks() if each is not task and (each.compensations or each.kept)]
    if takes_a_condition(call):
        return any(_is_same_item(each, call) for each in others)
    return is_own([call.written.get(name) for name in identified_by(call.model)], workflow)


def _is_same_item(made: Call, changed: OperationCall) -> bool:
    """Whether a call of DynamoDB writes the item that another one has written."""
    if not isinstance(made, OperationCall) or not made.service.name == changed.service.name == "dynamodb":
        return False
    key, item = changed.written.get("Key"), made.written.get("Key") or made.written.get("Item")
    if not isinstance(key, Mapping) or not isinstance(item, Mapping):
        return False
    same_table = same(made.written.get("TableName"), changed.written.get("TableName"))
    return same_table and all(name in item and same(item[name], value) for name, value in key.items())
