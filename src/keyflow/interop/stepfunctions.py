"""The objects of the `stepfunctions` package (the AWS Step Functions Data Science SDK), and back.

    machine = state_machine_of(Chain([make_key, link_key]), "AddKey")
    machine["Make Key"].compensate("Delete Key", apigateway.delete_api_key(apiKey=machine["Make Key"]["id"]))
    graph = steps_of(machine)

The package is imported when it is needed: `pip install 'keyflow-aws[stepfunctions]'`.
Source: https://aws-step-functions-data-science-sdk.readthedocs.io/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.asl.conditions import dump_condition
from keyflow.asl.records import dump_record
from keyflow.asl.states import dump_state
from keyflow.compiler import compile_workflow
from keyflow.dsl.definition import Definition, MachineType
from keyflow.dsl.state_machine import StateMachine
from keyflow.interop.definitions import imported
from keyflow.libraries import library

_TRANSITIONS = ("Type", "Next", "End", "Retry", "Catch", "Choices", "Default", "Branches", "ItemProcessor", "Iterator")


def state_machine_of(
    steps: Any,
    name: str,
    type: MachineType = "STANDARD",  # noqa: A002  AWS's name for it
) -> StateMachine:
    """The state machine that the SDK's objects are; its steps, by their names, can be given compensations.

    Args:
        steps: A `State`, a `Chain`, a `Graph`, or a `Workflow` of the SDK.
        name: The state machine's name.
        type: EXPRESS or STANDARD.

    Raises:
        EngineError: KF606, the package is not installed.
        CheckError: KF101 or KF107, what the steps make is no definition.
    """
    sdk = library("stepfunctions.steps.states")
    workflow = library("stepfunctions.workflow").Workflow
    graph = steps.definition if isinstance(steps, workflow) else steps
    if not isinstance(graph, sdk.Graph):
        graph = sdk.Graph(graph)
    return imported(json.loads(graph.to_json()), name, type).machine


def steps_of(definition: Definition | asl.StateMachine) -> Any:
    """A definition as a `Graph` of the SDK's steps, its compensations among them; `Workflow(definition=...)` takes it.

    States are objects of the SDK's own classes. Fields that those do not know (`ResultSelector`, `Assign`) are held by
    subclasses of them, and written all the same.

    Raises:
        EngineError: KF606, the package is not installed.
        DefinitionError: What the compiler has against the definition.
    """
    machine = compile_workflow(definition).machine if isinstance(definition, Definition) else definition
    given = {"comment": machine.comment, "timeout_seconds": machine.timeout_seconds, "version": machine.version}
    if machine.query_language is not None:
        given["query_language"] = machine.query_language.value
    fields = {key: value for key, value in given.items() if value is not None}
    return _fitting("Graph", fields)(_scope(machine)[machine.start_at], **fields)


def _scope(scope: asl.Scope) -> Mapping[str, Any]:
    """The scope's states as the SDK's, by name, each knowing those that it leads to."""
    steps = {name: _step(name, state) for name, state in scope.states.items()}
    for name, state in scope.states.items():
        _connect(steps[name], state, steps)
    return steps


def _step(name: str, state: asl.State) -> Any:
    document = dump_state(state)
    fields = {_snake(key): value for key, value in document.items() if key not in _TRANSITIONS}
    step = _fitting(state.type, fields)(name, **fields)
    match state:
        case asl.Parallel(branches=branches):
            step.scopes = [_around(branch) for branch in branches]
            for branch in branches:
                step.add_branch(_scope(branch)[branch.start_at])
        case asl.Map(item_processor=processor, iterator=iterator):
            inner = processor or iterator
            if inner is not None:
                step.scopes = [_around(inner)]
                step.attach_iterator(_scope(inner)[inner.start_at])
        case _:
            pass
    return step


def _around(scope: asl.Branch) -> JSON:
    """What a scope has beside its states."""
    return {key: value for key, value in dump_record(scope).items() if key not in ("StartAt", "States")}


def _connect(step: Any, state: asl.State, steps: Mapping[str, Any]) -> None:
    if isinstance(state, asl.Choice):
        for rule in state.choices:
            step.add_choice(_rule(rule), steps[rule.next])
        if state.default is not None:
            step.default_choice(steps[state.default])
        return
    following = next((target for place, target in asl.transitions(state) if place == "Next"), None)
    if following is not None:
        step.next_step = steps[following]
    if isinstance(state, asl.Task | asl.Parallel | asl.Map):
        for retrier in state.retry or ():
            fields = {_snake(key): value for key, value in dump_record(retrier).items()}
            step.add_retry(_fitting("Retry", fields)(**fields))
        for catcher in state.catch or ():
            fields = {_snake(key): value for key, value in dump_record(catcher).items() if key != "Next"}
            step.add_catch(_fitting("Catch", fields)(steps[catcher.next], **fields))


def _rule(rule: asl.ChoiceRule) -> Any:
    """The rule as the SDK's; with whatever else it has, as JSON that the SDK writes out."""
    rules = library("stepfunctions.steps.choice_rule")
    beside = {"Assign": rule.assign, "Comment": rule.comment, **rule.extra}
    extra = {key: value for key, value in beside.items() if value is not None}
    if rule.output is not asl.ABSENT:
        extra["Output"] = rule.output
    native = _native_rule(rule.condition, rules)
    if native is not None and not extra:
        return native

    class RuleAsWritten(rules.BaseRule):  # type: ignore[misc, name-defined]
        """A rule with what the SDK's own classes do not know."""

        def to_dict(self) -> JSON:
            return {**dump_condition(rule.condition), **extra}

    return RuleAsWritten()


def _native_rule(condition: asl.Condition, rules: Any) -> Any:
    match condition:
        case asl.And(conditions) | asl.Or(conditions):
            inner = [_native_rule(each, rules) for each in conditions]
            name = "And" if isinstance(condition, asl.And) else "Or"
            return None if None in inner else rules.CompoundRule(name, inner)
        case asl.Not(negated):
            read = _native_rule(negated, rules)
            return None if read is None else rules.NotRule(read)
        case asl.Comparison(variable, operator, value, extra) if not extra:
            try:
                return rules.Rule(variable, operator, value)
            except (TypeError, ValueError):
                return None
        case _:
            return None


def _snake(key: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower()


def _pascal(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def _fitting(name: str, fields: Mapping[str, Any]) -> Any:
    """The SDK's class of this name, or a subclass of it where the class does not know all the fields."""
    own = getattr(library("stepfunctions.steps.states"), name)
    known = {field.value for field in own.allowed_fields(own)}
    return own if fields.keys() <= known and name not in ("Parallel", "Map") else _widened(name)


@cache
def _widened(name: str) -> Any:
    own = getattr(library("stepfunctions.steps.states"), name)

    class Widened(own):  # type: ignore[misc, valid-type]
        """One of the SDK's classes that takes every field of the States Language."""

        def is_field_allowed(self, _name: str) -> bool:
            return True

        def to_dict(self) -> JSON:
            document: dict[str, Any] = super().to_dict()
            document |= {_pascal(key): None for key, value in self.fields.items() if value is None}
            scopes = self.__dict__.get("scopes", ())
            if "Branches" in document:
                document["Branches"] = [
                    {**around, **branch} for around, branch in zip(scopes, document["Branches"], strict=True)
                ]
            if "Iterator" in document:
                document["ItemProcessor"] = {**scopes[0], **document.pop("Iterator")}
            return document

    Widened.__name__ = name
    return Widened
