"""A project's definitions as a stage has them: of another type, with routes that do not wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.dsl.api import Api, Route
from keyflow.dsl.definition import Definition, MachineType
from keyflow.loading import Definitions
from keyflow.project import Stage

_ACCEPTED = 202
_TYPES: Mapping[str, MachineType] = {"STANDARD": "STANDARD", "EXPRESS": "EXPRESS"}


def put_in_stage(definitions: Definitions, stage: Stage, name: str) -> None:
    """Gives workflows and routes, which were loaded for this stage alone, what the stage says of them.

    Raises:
        ProjectError: KF512, a route would wait for a STANDARD workflow, which answers nobody; KF513, a workflow cannot
            be EXPRESS, or a route names its executions.
    """
    if stage.type is not None:
        for workflow in definitions.workflows.values():
            workflow.type = _TYPES[stage.type]
    if stage.asynchronous:
        for api in definitions.apis.values():
            api.routes = [_asynchronous(route) for route in api.routes]
    if stage.type is None:
        return
    problems = [
        *(problem for workflow in definitions.workflows.values() for problem in _too_long(workflow, name)),
        *(problem for api in definitions.apis.values() for problem in (*_waiting(api, name), *_named(api, name))),
    ]
    if problems:
        raise ProjectError(*problems)


def _asynchronous(route: Route) -> Route:
    """The route, which answers with the execution and does not wait for it."""
    if route.asynchronous or not isinstance(route.target, Definition):
        return route
    return replace(route, asynchronous=True, success=_ACCEPTED, errors={}, response=None)


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


def _named(api: Api, stage: str) -> Iterator[Diagnostic]:
    for route in api.routes:
        if isinstance(route.target, Definition) and route.target.type == "EXPRESS" and route.name is not None:
            message = f"{route.label} names executions of {route.target.name}, which is EXPRESS in stage {stage}"
            yield Diagnostic("KF513", message, route.location, "AWS knows a second start by its name of STANDARD alone")
