"""HTTP routes in front of workflows and AWS calls, as a user writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, Unpack

from keyflow import json_values
from keyflow.asl.quotas import EXPRESS_SECONDS, INTEGRATION_SECONDS
from keyflow.aws import OperationCall, RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean
from keyflow.dsl.authorization import Authorization, Authorizer, Callers, callers
from keyflow.dsl.definition import Definition
from keyflow.dsl.draft4 import untranslatable
from keyflow.dsl.paths import conflicts, misplaced, names_in_path
from keyflow.dsl.requests import JSONSchema, Part, RequestValue, always_sent
from keyflow.dsl.schemas import problems as schema_problems
from keyflow.dsl.workflow import RESERVED_ERRORS
from keyflow.lazy import lazy_pattern
from keyflow.making import note_used

_PATH = lazy_pattern(r"(/([A-Za-z0-9._,:-]+|\{[A-Za-z][A-Za-z0-9_-]*\+?\}))+|/")
JSON_SERVICES = ("dynamodb", "events", "stepfunctions", "sqs")
"""The services whose calls can stand behind a route: API Gateway hands them a JSON body."""
_COMMON_ERRORS = ("SerializationException", "ThrottlingException", "ValidationException")
"""Errors that services answer with, and that not every model lists.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Route:
    """One method on one path, and what answers it."""

    method: str
    path: str
    target: Definition | OperationCall
    location: Location
    input: Any
    request: JSONSchema | None
    response: JSONSchema | None
    success: int
    errors: Mapping[str, int]
    asynchronous: bool
    authorization: Callers
    timeout_seconds: int
    name: Any
    idempotency: RequestValue | None
    response_template: str | None
    summary: str | None
    extra: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What the route is called: `POST /orders`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The path's parameters."""
        return names_in_path(self.path)

    @property
    def provided(self) -> frozenset[tuple[str | int, ...]]:
        """The paths of the workflow's input that every request through the route has; 0 stands for each item."""
        return frozenset(always_sent(self.input, self.request))


Target = Definition | OperationCall


class RouteOptions(TypedDict, total=False):
    """What a route may say beside its path and its target.

    Keys:
        input: The execution's input: literals and parts of the request (`api.body`, `api.path["id"]`), nested.
        request: A JSON Schema that the body must satisfy; API Gateway refuses any other with 400.
        response: A JSON Schema of the answer, for the document.
        success: The status of an execution that succeeded; 200, or 202 where asynchronous.
        errors: The status of each error that the workflow declares, or of errors of an AWS call by their names in its
            model (`ResourceNotFoundException`); what is not named here answers 500.
        asynchronous: Whether the caller does not wait for the workflow.
        name: The execution's name, where asynchronous: a part of the request that all requests have. A second request
            with the same name and input gets the same answer while the execution runs, any other one 409.
        idempotency: What makes two requests one, where the caller waits: a part of the request that all requests have,
            and that the workflow claims with a conditional write.
        authorization: `"iam"` (AWS signature), `"api_key"`, a `CognitoAuthorizer` or a `LambdaAuthorizer`; `"public"`
            where everybody may call. `"none"` is the same, and the build says that it is so.
        timeout_seconds: How long API Gateway waits for the answer, 29 at most unless AWS has raised the account's
            quota for Regional APIs.
        response_template: Velocity for the answer of an AWS call, by default the call's own result; or for that of
            StartExecution, where asynchronous.
        summary: One line for the document.
        extra: Raw OpenAPI, merged into the operation last.
    """

    input: Any
    request: JSONSchema | None
    response: JSONSchema | None
    success: int | None
    errors: Mapping[str, int] | None
    asynchronous: bool
    name: Any
    idempotency: RequestValue | None
    authorization: str | Authorizer
    timeout_seconds: int
    response_template: str | None
    summary: str | None
    extra: Mapping[str, Any] | None


class Api:
    """A REST API: routes that start workflows, or call AWS directly.

    Args:
        name: The API's name; its artefact is `build/<name>.openapi.yaml`.
        cors: The origin that browsers may call from (`"*"`, or one origin); None for none.
        title: What people call it; by default the name.
        description: What it is for.
        version: The version of the API itself.
        extra: Raw OpenAPI, merged into the document last.
    """

    def __init__(
        self,
        name: str,
        *,
        cors: str | None = None,
        title: str | None = None,
        description: str | None = None,
        version: str = "1.0.0",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.location = calling_location()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name):
            raise definition_error("KF402", f"an API's name has 1 to 80 letters, digits, - and _, not {name!r}")
        if cors is not None and not re.fullmatch(r"\*|https?://[A-Za-z0-9.:-]+", cors):
            raise definition_error("KF402", f"cors is '*' or one origin (https://example.com), not {cors!r}")
        self.name = name
        self.cors = cors
        self.title = title or name
        self.description = description
        self.version = version
        self.extra: Mapping[str, Any] = extra or {}
        self.routes: list[Route] = []

    body = RequestValue(Part.BODY)
    path = RequestValue(Part.PATH)
    query = RequestValue(Part.QUERY)
    headers = RequestValue(Part.HEADER)
    context = RequestValue(Part.CONTEXT)

    def get(self, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """A route for GET; see `RouteOptions`."""
        return self.route("get", path, target, **options)

    def post(self, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """A route for POST; see `RouteOptions`."""
        return self.route("post", path, target, **options)

    def put(self, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """A route for PUT; see `RouteOptions`."""
        return self.route("put", path, target, **options)

    def patch(self, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """A route for PATCH; see `RouteOptions`."""
        return self.route("patch", path, target, **options)

    def delete(self, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """A route for DELETE; see `RouteOptions`."""
        return self.route("delete", path, target, **options)

    def route(self, method: str, path: str, target: Target, **options: Unpack[RouteOptions]) -> Route:
        """Adds a route.

        Args:
            method: The HTTP method, in lower case.
            path: The path; `{name}` stands for a parameter.
            target: An Express workflow, which is run and answered with its output; any workflow with
                `asynchronous=True`, which is started and answered with the execution's id; or an AWS call.
            options: See `RouteOptions`.

        Raises:
            DefinitionError: KF403, the route cannot be; KF404, an error and its status do not fit the workflow; KF408
                and KF413, the caller waits too long; KF409, API Gateway keeps no such path beside the others; KF410,
                draft 4 cannot say a schema; KF414, the execution cannot be given the name; KF415, nothing can claim
                the request.
        """
        _check_options(options)
        request = options.get("request")
        asynchronous = options.get("asynchronous", False)
        success, given = options.get("success"), options.get("input")
        location = calling_location()
        default_status = 202 if asynchronous else 200
        route = Route(
            method=method.lower(),
            path=path,
            target=target,
            location=location,
            input=RequestValue(Part.BODY) if given is None and request is not None else given,
            request=request,
            response=options.get("response"),
            success=success if success is not None else default_status,
            errors=_statuses(options.get("errors") or {}),
            asynchronous=asynchronous,
            authorization=callers(options.get("authorization", "none")),
            timeout_seconds=options.get("timeout_seconds", INTEGRATION_SECONDS),
            name=options.get("name"),
            idempotency=options.get("idempotency"),
            response_template=options.get("response_template"),
            summary=options.get("summary"),
            extra=options.get("extra") or {},
        )
        _check_route(route, self.routes)
        self.routes.append(route)
        return route


def _check_options(options: RouteOptions) -> None:
    for name in options:
        if name not in RouteOptions.__annotations__:
            known = list(RouteOptions.__annotations__)
            hint = did_you_mean(name, known) or f"it has {', '.join(known)}"
            raise definition_error("KF403", f"a route has no option {name!r}", hint=hint)


def _statuses(errors: object) -> Mapping[str, int]:
    if not isinstance(errors, Mapping):
        raise definition_error("KF404", f"errors are names with their statuses, not {errors!r}")
    return dict(errors)


def _check_route(route: Route, others: Sequence[Route]) -> None:
    """Raises where the route cannot be answered as written; what needs the whole workflow is checked at the build."""
    _check_address(route, others)
    _check_objects(route)
    _check_statuses(route)
    _check_target(route)


def _check_address(route: Route, others: Sequence[Route]) -> None:
    if route.method not in ("get", "post", "put", "patch", "delete"):
        raise definition_error("KF403", f"no HTTP method {route.method!r} for a route")
    if not _PATH.fullmatch(route.path):
        raise definition_error(
            "KF403", f"{route.path!r} is no path", hint="it begins with / and names parameters as {name}"
        )
    if any((other.method, other.path) == (route.method, route.path) for other in others):
        raise definition_error("KF403", f"there is a route for {route.label} already")
    problem = misplaced(route.path)
    if problem is not None:
        raise definition_error("KF409", problem)
    found = conflicts([*(other.path for other in others), route.path]).get(route.path)
    if found is not None:
        other, hint = found
        problem = f"{route.path} and {other} have two variables at one place, and API Gateway takes one"
        raise definition_error("KF409", problem, hint=f"write {hint}")


def _check_objects(route: Route) -> None:
    for label, told in (("request", route.request), ("response", route.response), ("extra", route.extra)):
        if told is not None and not isinstance(told, Mapping):
            raise definition_error("KF403", f"{label} is an object, not {told!r}")
        problem = json_values.problem(told)
        if problem is not None:
            raise definition_error("KF403", f"{label} is no JSON: {problem}")
        if told is not None and label != "extra":
            _check_schema(told, f"the {label}")


def _check_schema(schema: JSONSchema, where: str) -> None:
    for code, problems in (("KF403", schema_problems), ("KF410", untranslatable)):
        for message, hint in problems(schema, where):
            raise definition_error(code, message, hint=hint)


def _check_statuses(route: Route) -> None:
    if route.success not in range(200, 300):
        raise definition_error("KF404", f"success is a status from 200 to 299, not {route.success!r}")
    for error, status in route.errors.items():
        if status not in range(400, 600):
            raise definition_error("KF404", f"error {error!r} needs a status from 400 to 599, not {status!r}")
        if error in RESERVED_ERRORS:
            raise definition_error("KF404", f"{error} always answers 500: it is nothing that a caller can fix")


def _check_target(route: Route) -> None:
    seconds = route.timeout_seconds
    if isinstance(seconds, bool) or seconds not in range(1, EXPRESS_SECONDS + 1):
        raise definition_error("KF413", f"API Gateway waits from 1 to {EXPRESS_SECONDS} whole seconds, not {seconds!r}")
    if route.success == 204 and route.response is not None:
        raise definition_error(
            "KF403", "204 answers nothing, and no schema is that of nothing", hint="leave response= out"
        )
    if route.name is not None:
        _check_name(route)
    if route.idempotency is not None:
        _check_idempotency(route)
    match route.target:
        case Definition() as workflow:
            _check_workflow(route, workflow)
        case OperationCall() as call:
            note_used(call)
            _check_call(route, call)
        case other:
            raise definition_error("KF403", f"a route leads to a workflow or an AWS call, not to {other!r}")


def _check_name(route: Route) -> None:
    if not isinstance(route.target, Definition) or not route.asynchronous:
        hint = "write asynchronous=True, or leave name= out"
        raise definition_error("KF414", "only an asynchronous route names an execution", hint=hint)
    if route.target.type == "EXPRESS":
        problem = f"{route.target.name} is EXPRESS: AWS starts any number of such executions of one name"
        raise definition_error("KF414", problem, hint="make it STANDARD, or leave name= out")
    if not isinstance(route.name, RuntimeValue):
        hint = "write name=api.body['id'], name=api.headers['Idempotency-Key'], or a format(...) of them"
        raise definition_error("KF414", f"an execution's name is a part of the request, not {route.name!r}", hint=hint)


def _check_idempotency(route: Route) -> None:
    if not isinstance(route.target, Definition):
        raise definition_error("KF415", "an AWS call of its own claims nothing", hint="put it into a workflow")
    if route.asynchronous:
        raise definition_error("KF415", "a route that does not wait names the execution", hint="write name= instead")
    if not isinstance(route.idempotency, RequestValue):
        problem = f"what makes two requests one is a part of them, not {route.idempotency!r}"
        raise definition_error("KF415", problem, hint="write idempotency=api.headers['Idempotency-Key']")


def _check_workflow(route: Route, workflow: Definition) -> None:
    if workflow.type == "STANDARD" and not route.asynchronous:
        raise definition_error(
            "KF403",
            f"{workflow.name} is a STANDARD workflow, which cannot answer a caller",
            hint="make it EXPRESS, or the route asynchronous=True",
        )
    if route.asynchronous and route.errors:
        message = f"an asynchronous route answers before {workflow.name} ends, whatever it ends with"
        raise definition_error("KF404", message, hint="leave errors= out")
    if route.response_template is not None and not route.asynchronous:
        message = f"the route answers with what {workflow.name} succeeds with, and with no template"
        raise definition_error("KF403", message, hint="write the answer in workflow.succeed(...)")
    if not route.asynchronous and workflow.timeout is not None and workflow.timeout > route.timeout_seconds:
        raise definition_error(
            "KF408",
            f"{workflow.name} may take {workflow.timeout} s, and API Gateway waits {route.timeout_seconds} s",
            hint=f"write timeout={route.timeout_seconds} for the workflow, or asynchronous=True for the route",
        )


def _check_call(route: Route, call: OperationCall) -> None:
    _check_service(call)
    if call.pattern or call.role is not None:
        raise definition_error("KF403", "API Gateway waits for no job, and calls with its own role only")
    if route.asynchronous:
        raise definition_error("KF403", "asynchronous is for workflows, not for a direct AWS call")
    known = (*call.service.errors, *_COMMON_ERRORS)
    for error in route.errors:
        if error not in known:
            raise definition_error(
                "KF404", f"{call.service.name} has no error {error!r}", hint=did_you_mean(error, known)
            )


def _check_service(call: OperationCall) -> None:
    if call.service.name in JSON_SERVICES:
        return
    why = "" if call.service.json_version else ": it takes no JSON document, and often answers none"
    among = "a route calls DynamoDB, EventBridge, SQS and Step Functions"
    raise definition_error(
        "KF403", f"{call.label} cannot be the target of a route{why}", hint=f"put it into a workflow; {among}"
    )


def answer_seconds(routes: Iterable[Route]) -> int | None:
    """The seconds that a caller of any of the routes waits at most for an execution's end; None where none waits."""
    waiting = (route.timeout_seconds for route in routes if not route.asynchronous)
    return min(waiting, default=None)


def open_routes(api: Api) -> tuple[Route, ...]:
    """The routes that everybody may call, and that do not say so."""
    raw = ("security", "x-amazon-apigateway-auth")
    return tuple(
        route
        for route in api.routes
        if route.authorization is Authorization.NONE
        if not any(word in each for word in raw for each in (route.extra, api.extra))
    )


def routes_over_quota(api: Api) -> tuple[Route, ...]:
    """The routes that wait longer than API Gateway does before AWS has raised the account's quota."""
    return tuple(route for route in api.routes if route.timeout_seconds > INTEGRATION_SECONDS)
