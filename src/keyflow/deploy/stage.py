"""A project's definitions as a stage has them: of another type, with routes that do not wait."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.dsl.api import Api, Route
from keyflow.dsl.definition import Definition, MachineType
from keyflow.project import Definitions, Stage

_ACCEPTED = 202


def as_in_stage(definitions: Definitions, stage: Stage, name: str) -> Definitions:
    """The same workflows and APIs, as they are in a stage.

    Raises:
        ProjectError: KF512, a route would wait for a STANDARD workflow, which answers nobody; KF513, a workflow cannot
            be EXPRESS.
    """
    if stage.type is None and not stage.asynchronous:
        return definitions
    type_: MachineType | None = {"STANDARD": "STANDARD", "EXPRESS": "EXPRESS"}.get(stage.type or "")  # type: ignore[assignment]
    workflows = {key: _of_type(workflow, type_) for key, workflow in definitions.workflows.items()}
    apis = {key: _leading_to(api, definitions, workflows, stage) for key, api in definitions.apis.items()}
    problems = [
        *(problem for workflow in workflows.values() for problem in _too_long(workflow, name)),
        *(problem for api in apis.values() for problem in _waiting(api, name)),
    ]
    if problems:
        raise ProjectError(*problems)
    return replace(definitions, workflows=workflows, apis=apis)


def _of_type(workflow: Definition, type_: MachineType | None) -> Definition:
    if type_ is None or workflow.type == type_:
        return workflow
    other = copy.copy(workflow)
    other.type = type_
    return other


def _leading_to(api: Api, known: Definitions, workflows: dict[str, Definition], stage: Stage) -> Api:
    """The API with its routes to the workflows as the stage has them."""
    other = copy.copy(api)
    other.routes = [_route(route, workflows, asynchronous=stage.asynchronous) for route in api.routes]
    return other


def _route(route: Route, workflows: dict[str, Definition], *, asynchronous: bool) -> Route:
    if not isinstance(route.target, Definition):
        return route
    led = replace(route, target=workflows[route.target.name])
    if not asynchronous or route.asynchronous:
        return led
    return replace(led, asynchronous=True, success=_ACCEPTED, errors={}, response=None)


def _waiting(api: Api, stage: str) -> Iterator[Diagnostic]:
    for route in api.routes:
        if isinstance(route.target, Definition) and route.target.type == "STANDARD" and not route.asynchronous:
            message = (
                f"{route.method.upper()} {route.path} waits for {route.target.name}, "
                f"which is STANDARD in stage {stage} and cannot answer a caller"
            )
            hint = f'write routes = "asynchronous" in [stages.{stage}]: the route answers 202 with the execution'
            yield Diagnostic("KF512", message, route.location, hint)


def _too_long(workflow: Definition, stage: str) -> Iterator[Diagnostic]:
    if workflow.type == "EXPRESS" and workflow.timeout is not None and workflow.timeout > EXPRESS_SECONDS:
        message = (
            f"{workflow.name} may take {workflow.timeout} s, and an Express workflow in stage {stage} at most 300 s"
        )
        yield Diagnostic("KF513", message, workflow.location, "leave it STANDARD, or give it a shorter timeout")
