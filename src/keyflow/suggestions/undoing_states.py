"""For each task of a definition that keyflow did not write, and that is not undone: the state that undoes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow import asl
from keyflow.asl.fields import QueryLanguage, braced
from keyflow.aws import Integration, resource_of
from keyflow.aws.effects import Effect, Member, OperationEffect, Root, effect_of
from keyflow.aws.resources import integration_of
from keyflow.suggestions.suggestion import Suggestion, undoing_name, words_for


def suggested_states(machine: asl.StateMachine) -> Iterator[Suggestion]:
    """For each task that changes something, and that no other state undoes, a state to add: in the order written."""
    tasks = [(name, task, _integration(task)) for name, task in asl.all_tasks(machine)]
    called = {(each.model.service.name, each.operation) for _name, _task, each in tasks if each is not None}
    names = {name for name, _state in asl.all_states(machine)}
    undoing = {
        (each.model.service.name, undo)
        for _name, _task, each in tasks
        if each is not None
        for undo in effect_of(each.model).undone_by
    }
    for name, task, integration in tasks:
        if integration is None:
            continue
        effect = effect_of(integration.model)
        service = integration.model.service.name
        undone = any((service, undo) in called for undo in effect.undone_by)
        undoes = (service, integration.operation) in undoing
        if effect.effect not in (Effect.READS, Effect.UNKNOWN) and not undone and not undoes:
            yield _suggestion(machine, name, task, integration, effect, names)


def _integration(task: asl.Task) -> Integration | None:
    return resource_of(task.resource).integration if isinstance(task.resource, str) else None


def _suggestion(
    machine: asl.StateMachine,
    name: str,
    task: asl.Task,
    integration: Integration,
    effect: OperationEffect,
    names: set[str],
) -> Suggestion:
    undo = next(iter(effect.undone_by), None)
    if undo is None:
        return Suggestion(
            name=name,
            does=words_for(effect),
            code=(),
            notes=("nothing is known to undo it: let what can fail come before it, and retry what comes after",),
        )
    model = integration.model.service.operations[undo]
    call = integration_of(model, undo)
    members = {member: Member.read(source) for member, source in effect.undoing[undo].items()}
    is_jsonata = (task.query_language or machine.query_language) is QueryLanguage.JSONATA
    place = _Place(task, integration, is_jsonata)
    arguments = dict(place.argument(call.spelling(member), each) for member, each in members.items() if place.has(each))
    state_name = undoing_name(name, integration.operation, undo)
    state = {
        "Type": "Task",
        **({} if task.query_language is None else {"QueryLanguage": task.query_language.value}),
        "Resource": call.arn,
        "Arguments" if is_jsonata else "Parameters": arguments,
        "TimeoutSeconds": 5,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
        "End": True,
    }
    key = json.dumps(state_name if state_name not in names else f"Undo {name}")
    text = json.dumps(state, indent=2, ensure_ascii=False)
    notes = ["let the Catch of each later state lead to it, and let what it leads to end in a Fail state"]
    if any(each.root is Root.RESULT for each in members.values()):
        notes.append(place.kept())
    required = () if model.input is None else model.input.required
    missing = [member for member in required if member not in members]
    if missing or "..." in text:
        notes.append(f"fill in {', '.join(missing) or 'what is shown as ...'}")
    return Suggestion(name=name, does=words_for(effect), code=tuple(f"{key}: {text}".split("\n")), notes=tuple(notes))


class _Place:
    """Where the result of a task lies for the states after it, and how an argument is written."""

    def __init__(self, task: asl.Task, integration: Integration, is_jsonata: bool) -> None:
        self.task = task
        self.spelling = integration.spelling
        self.is_jsonata = is_jsonata
        given = task.arguments if is_jsonata else task.parameters
        self.given: Mapping[str, Any] = given if isinstance(given, dict) else {}
        path = task.result_path if isinstance(task.result_path, str) else "$"
        self.result = "$states.input.result" if is_jsonata else path

    def has(self, member: Member) -> bool:
        """Whether an argument is given: one that is optional only where the task gives it, too."""
        return not member.optional or self._given(str(member.path[0])) is not None

    def argument(self, name: str, member: Member) -> tuple[str, Any]:
        """The argument of the undoing state: its key, and its value."""
        if member.is_token:
            return self._expression(name, "$uuid()" if self.is_jsonata else "States.UUID()")
        if member.root is None:
            return name, json.loads(str(member.literal))
        if member.root is Root.INPUT:
            return self._from_input(name, member)
        steps = "".join(self._step(each) for each in member.path)
        if member.wrapped or None in member.path:
            path = f"{self.result}{steps}"
            whole = f"[{path}]" if self.is_jsonata else f"States.Array({path})" if member.wrapped else path
            return self._expression(name, whole)
        return self._expression(name, f"{self.result}{steps}")

    def _from_input(self, name: str, member: Member) -> tuple[str, Any]:
        found = self._given(str(member.path[0]))
        if found is None or len(member.path) > 1 or member.keys or member.part:
            return name, "..."
        key, value = found
        suffix = ".$" if key.endswith(".$") else ""
        if member.wrapped:
            return (name, [value]) if not suffix else (f"{name}.$", f"States.Array({value})")
        return f"{name}{suffix}", value

    def _given(self, member: str) -> tuple[str, Any] | None:
        spelt = self.spelling(member)
        return next(((key, self.given[key]) for key in (spelt, f"{spelt}.$") if key in self.given), None)

    def _step(self, step: str | int | None) -> str:
        if isinstance(step, str):
            return f".{self.spelling(step)}"
        return f"[{'*' if step is None else step}]" if not self.is_jsonata or step is not None else ""

    def _expression(self, name: str, text: str) -> tuple[str, Any]:
        return (name, braced(text)) if self.is_jsonata else (f"{name}.$", text)

    def kept(self) -> str:
        """What it takes that the result is still there."""
        if self.is_jsonata:
            return "keep the result of the task in the data: here it is expected as `result`"
        if not isinstance(self.task.result_path, str) or self.result == "$":
            return (
                "keep the result of the task in the data: with a ResultPath of its own, which the states after it leave"
            )
        if self.task.result_selector is not asl.ABSENT:
            return f"the ResultSelector must keep what the state takes from {self.result}"
        return f"the result of the task lies at {self.result}: the states after it must leave it there"
