"""What a project's definitions come to for a server: documents and names, without any of the definitions' own objects.

They are read by a process of their own, which executes the files anew each time (`keyflow.serve.reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.aws import OperationCall, RuntimeValue
from keyflow.build import build
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location
from keyflow.dsl.api import Api, Route
from keyflow.dsl.authorization import Authorization
from keyflow.dsl.definition import Definition
from keyflow.engine.context import ACCOUNT, ARN, REGION
from keyflow.http import openapi_document
from keyflow.http.curl import curl
from keyflow.json_values import with_leaves
from keyflow.loading import load_definitions
from keyflow.placeholders import filled_in
from keyflow.project import Project

DEVELOPMENT_KEY = "local-development-key"
"""The API key that opens every route here that asks for one, beside those that workflows have made."""
_CREDENTIALS = "--user local:local"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedWorkflow:
    """A workflow: its definition with its parameters' placeholders, and where it was written."""

    name: str
    type: str
    document: Any
    placeholder: str
    location: Location

    @property
    def arn(self) -> str:
        """Its state machine's ARN in this process."""
        return f"{ARN}:stateMachine:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedRoute:
    """A route: `calls` is the workflow's name, or the AWS call that answers it; `callers` says who may call."""

    method: str
    path: str
    calls: str
    callers: str
    summary: str | None
    curl: str
    location: Location

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedApi:
    """An API: its OpenAPI document, with `Substitutable` texts, its routes, and the website that browsers call from."""

    name: str
    document: Any
    routes: tuple[ServedRoute, ...]
    cors: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectCall:
    """What a route calls AWS with: the service by boto3's name, the operation by its model's, and its parameters."""

    service: str
    operation: str
    parameters: Mapping[str, Any]

    def filled(self, values: Mapping[str, str]) -> DirectCall:
        """The call with the values of placeholders."""
        parameters = filled_in(self.parameters, values)
        return DirectCall(service=self.service, operation=self.operation, parameters=parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that is served. `defaults` are the values that parameters have of their own."""

    name: str
    workflows: tuple[ServedWorkflow, ...] = ()
    apis: tuple[ServedApi, ...] = ()
    calls: tuple[DirectCall, ...] = ()
    defaults: Mapping[str, str | None]
    warnings: tuple[Diagnostic, ...] = ()


def site_of(project: Project, base_url: str) -> Site:
    """The site of a project, which is built for it; `base_url` begins the URLs of its routes.

    Raises:
        KeyflowError: What `keyflow build` says of the definitions.
    """
    definitions = load_definitions(project)
    result = build(project, definitions)
    workflows = tuple(
        ServedWorkflow(
            name=each.workflow.name,
            type=each.workflow.type,
            document=each.document,
            placeholder=each.workflow.arn.placeholder,
            location=project.relative(each.workflow.location),
        )
        for each in result.workflows
    )
    routes = [route for api in result.apis for route in api.routes]
    return Site(
        name=project.name,
        workflows=workflows,
        apis=tuple(_api(project, api, base_url) for api in result.apis),
        calls=tuple(_call(route.target) for route in routes if isinstance(route.target, OperationCall)),
        defaults={name: each.default for flow in result.workflows for name, each in flow.parameters.items()},
        warnings=result.warnings,
    )


def _api(project: Project, api: Api, base_url: str) -> ServedApi:
    routes = tuple(
        ServedRoute(
            method=route.method,
            path=route.path,
            calls=_called(route),
            callers=_callers(route),
            summary=route.summary,
            curl=curl(
                route,
                f"{base_url}/{api.name}{route.path}",
                REGION,
                key=DEVELOPMENT_KEY,
                credentials=_CREDENTIALS,
            ),
            location=project.relative(route.location),
        )
        for route in api.routes
    )
    return ServedApi(name=api.name, document=openapi_document(api), routes=routes, cors=api.cors)


def _called(route: Route) -> str:
    target = route.target
    return target.name if isinstance(target, Definition) else f"{target.service.name}:{target.model.name}"


def _callers(route: Route) -> str:
    callers = route.authorization
    if callers in (Authorization.NONE, Authorization.PUBLIC):
        return "everybody"
    return callers.value if isinstance(callers, Authorization) else callers.name


def _call(call: OperationCall) -> DirectCall:
    """A call's parameters, with the empty text for what only a request knows."""

    def text(leaf: Any) -> Any:
        return (leaf.deployed_text() or "") if isinstance(leaf, RuntimeValue) else leaf

    return DirectCall(service=call.service.name, operation=call.model.name, parameters=with_leaves(call.written, text))


def values_of(site: Site, given: Mapping[str, str]) -> Mapping[str, str]:
    """A value for every placeholder of the site: given, its default, or else its own name.

    State machines have ARNs of this process.
    """
    own = {name: default or name for name, default in site.defaults.items()}
    pseudo = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
    machines = {flow.placeholder: flow.arn for flow in site.workflows}
    names = {f"{flow.placeholder}.Name": flow.name for flow in site.workflows}
    return {**own, **given, **pseudo, **machines, **names}
