"""Whether a workflow claims what makes two requests one, before a second execution could do the same again.

StartSyncExecution runs any number of executions of one name, so only a conditional write can tell two requests apart.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws import OperationCall
from keyflow.diagnostics import Diagnostic
from keyflow.dsl.api import Route
from keyflow.dsl.definition import Definition
from keyflow.dsl.expressions import values_in
from keyflow.dsl.requests import Keys, RequestValue
from keyflow.dsl.values import Input, Reference

_ABSENT = "attribute_not_exists"


def unclaimed(route: Route) -> Iterator[Diagnostic]:
    """KF415 where the workflow behind a route does not claim what the route says makes two requests one."""
    if route.idempotency is None or not isinstance(route.target, Definition):
        return
    places = set(_places(route.input, route.idempotency, ()))
    if not places:
        message = f"{route.target.name} is not sent {route.idempotency!r}, which makes two requests one"
        yield Diagnostic("KF415", message, route.location, f"write input={{'key': {route.idempotency!r}, ...}}")
    elif not any(places & set(_claimed(call)) for call in _calls(route.target)):
        key = "".join(f"[{each!r}]" for each in min(places, key=len))
        message = f"{route.target.name} makes no conditional write of input{key}, which makes two requests one"
        hint = f"put an item with it, and ConditionExpression='{_ABSENT}(...)'"
        yield Diagnostic("KF415", message, route.location, hint)


def _places(tree: Any, wanted: RequestValue, path: Keys) -> Iterator[Keys]:
    """Where a part of the request lies in the execution's input."""
    match tree:
        case RequestValue(part=wanted.part, keys=keys) if wanted.keys[: len(keys)] == keys:
            yield (*path, *wanted.keys[len(keys) :])
        case Mapping():
            for key, value in tree.items():
                yield from _places(value, wanted, (*path, str(key)))
        case list() | tuple():
            for index, element in enumerate(tree):
                yield from _places(element, wanted, (*path, index))


def _calls(workflow: Definition) -> Iterator[OperationCall]:
    return (task.call for task in workflow.tasks() if isinstance(task.call, OperationCall))


def _claimed(call: OperationCall) -> Iterator[Keys]:
    """The parts of the input that a call writes, where it refuses what is there already."""
    if call.service.name == "dynamodb" and _ABSENT in str(call.written):
        for value in values_in(call.written):
            if isinstance(value, Reference) and isinstance(value.source, Input):
                yield value.keys
