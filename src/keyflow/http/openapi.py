"""An `Api` as an OpenAPI 3.0 document with API Gateway's extensions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import OperationCall
from keyflow.aws.authorization import permissions
from keyflow.aws.permission import Permission
from keyflow.compiler import declared_errors
from keyflow.diagnostics import DefinitionError, Diagnostic, did_you_mean
from keyflow.dsl.api import Api, Route
from keyflow.dsl.authorization import Authorization, sent_headers
from keyflow.dsl.definition import Definition
from keyflow.dsl.deployed import logical_id
from keyflow.dsl.request_context import is_of_authorizer, is_variable
from keyflow.dsl.requests import Part, RequestValue, allowed, always_sent, names_at, parted, schema_at
from keyflow.dsl.steps import Succeed
from keyflow.dsl.values import Reference
from keyflow.http.authorizers import authorizer_permissions, security, security_schemes
from keyflow.http.execution_names import name_refusals
from keyflow.http.idempotency import unclaimed
from keyflow.http.integration import ORIGIN_HEADER, REASONS, REFUSED, integration, preflight
from keyflow.http.requested import read_of_request, request_values
from keyflow.http.schemas import PLACE, add_schema

_VALIDATOR = "Validate body and parameters"
_ERROR_SCHEMA = "Error"


def openapi_document(api: Api) -> JSON:
    """The document, with `Substitutable` texts where it refers to what a deployment makes.

    Raises:
        DefinitionError: KF401, a route reads a path parameter that its path does not have; KF404, it maps an error
            that the workflow does not declare; KF405, the workflow declares an error that it does not map; KF411, it
            reads of the context what has no text; KF414, not every request has the name that it gives executions;
            KF415, the workflow does not claim what makes two requests one.
    """
    diagnostics = [diagnostic for route in api.routes for diagnostic in _problems(api, route)]
    if not api.routes:
        diagnostics.append(Diagnostic("KF407", f"the API {api.name} has no routes", api.location))
    if diagnostics:
        raise DefinitionError(*diagnostics)
    paths: dict[str, JSON] = {}
    schemas: dict[str, JSON] = {_ERROR_SCHEMA: _error_schema()}
    for route in api.routes:
        paths.setdefault(route.path, {})[route.method] = _operation(api, route, schemas)
    if api.cors is not None:
        for path, item in paths.items():
            item["options"] = _preflight_operation(api, path)
    schemes = security_schemes(api)
    document: JSON = {
        "openapi": "3.0.1",
        "info": {"title": api.title, "version": api.version},
        "paths": paths,
        "components": {"schemas": schemas, **({"securitySchemes": schemes} if schemes else {})},
        "x-amazon-apigateway-request-validators": {
            _VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-gateway-responses": _gateway_responses(api),
    }
    if api.description:
        document["info"]["description"] = api.description
    return _merged(document, api.extra)


def api_permissions(api: Api) -> Iterator[Permission]:
    """What API Gateway's role must be allowed to do for the API's routes and their authorizers."""
    for route in api.routes:
        if isinstance(route.target, OperationCall):
            yield from permissions(route.target)
        else:
            action = "states:StartExecution" if route.asynchronous else "states:StartSyncExecution"
            yield Permission(action, route.target.arn.deployed_text())
    yield from authorizer_permissions(api)


def _problems(api: Api, route: Route) -> Iterator[Diagnostic]:
    for value in request_values(route):
        if value.part is Part.PATH and value.keys[:1] and value.keys[0] not in route.path_parameters:
            hint = did_you_mean(value.keys[0], route.path_parameters)
            yield Diagnostic("KF401", f"{route.path} has no parameter {value.keys[0]!r}", route.location, hint)
        if value.part is Part.BODY:
            yield from _body(route, value)
        elif not value.keys:
            yield Diagnostic("KF401", f"{value!r} as a whole cannot be passed on: name a member", route.location)
        elif value.part is Part.CONTEXT:
            yield from _context(api, route, value)
    yield from _name(route)
    if route.idempotency is not None:
        yield from _always_text("KF415", "makes two requests one", route, route.idempotency)
    yield from unclaimed(route)
    if isinstance(route.target, OperationCall) or route.asynchronous:
        return
    declared = declared_errors(route.target)
    for error, location in declared.items():
        if error not in route.errors:
            yield Diagnostic(
                "KF405",
                f"{route.label} maps no status for the error {error!r} of {route.target.name}",
                route.location,
                f"it is declared at {location}; add errors={{{error!r}: 400}} to the route",
            )
    for error in route.errors:
        if error not in declared:
            hint = did_you_mean(error, declared)
            yield Diagnostic("KF404", f"{route.target.name} declares no error {error!r}", route.location, hint)


def _body(route: Route, value: RequestValue) -> Iterator[Diagnostic]:
    """What is passed on of the body, and no request has."""
    if route.method == "get":
        hint = "send it in the query, api.query['name'], or use post"
        yield Diagnostic("KF276", f"{value!r} is passed on, and the request of a GET has no body", route.location, hint)
        return
    schema = route.request
    parting = None if schema is None else parted(value.keys, partial(allowed, schema))
    if schema is not None and parting is not None:
        before, missing = parting
        hint = did_you_mean(missing, sorted(names_at(schema, before))) or "add it to the properties of the request"
        yield Diagnostic("KF276", f"{value!r}: the schema of the request has no {missing!r}", route.location, hint)


def _context(api: Api, route: Route, value: RequestValue) -> Iterator[Diagnostic]:
    """What is read of the context, and has no text."""
    is_asked = not isinstance(route.authorization, Authorization) or "security" in {*route.extra, *api.extra}
    if not is_variable(value.keys):
        hint = "name one of its members, as in api.context['identity']['sourceIp']"
        yield Diagnostic("KF411", f"{value!r} is a group of variables, and no text", route.location, hint)
    elif is_of_authorizer(value.keys) and not is_asked:
        hint = "write authorization=CognitoAuthorizer(...) or LambdaAuthorizer(...)"
        yield Diagnostic("KF411", f"{value!r} is empty: no authorizer is asked", route.location, hint)


def _name(route: Route) -> Iterator[Diagnostic]:
    """What is wrong with an execution's name."""
    named = list(read_of_request([route.name]))
    if route.name is not None and not named:
        yield Diagnostic("KF414", f"{route.name!r} is the same for all requests", route.location, "name a part of them")
    for value in named:
        yield from _always_text("KF414", "names the execution", route, value)


def _always_text(code: str, use: str, route: Route, value: RequestValue) -> Iterator[Diagnostic]:
    """Where not every body has a value, or it need not be text; of the other parts, API Gateway asks for it."""
    schema = route.request or {}
    if value.part is Part.BODY and value.keys not in set(always_sent(RequestValue(Part.BODY), schema)):
        hint = "write it into 'required' of the request's schema, in each object on the way"
        yield Diagnostic(code, f"{value!r} {use}, and a body need not have it", route.location, hint)
    elif value.part is Part.BODY and schema_at(schema, value.keys).get("type") != "string":
        hint = "write 'type': 'string' in the request's schema"
        yield Diagnostic(code, f"{value!r} {use}, and need not be text", route.location, hint)


def _operation(api: Api, route: Route, schemas: dict[str, JSON]) -> JSON:
    operation: dict[str, JSON] = {"operationId": _operation_id(route)}
    if route.summary:
        operation["summary"] = route.summary
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    request = route.request if route.request is not None else _least_request(route)
    if request is not None:
        name = add_schema(request, f"{operation['operationId']}Request", schemas)
        content = {"application/json": {"schema": {"$ref": PLACE + name}}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses(api, route, schemas)
    operation |= security(api, route)
    operation["x-amazon-apigateway-request-validator"] = _VALIDATOR
    operation["x-amazon-apigateway-integration"] = integration(api, route)
    return _merged(operation, route.extra)


def _least_request(route: Route) -> JSON | None:
    """What the body must be where the route reads members of it, and says nothing else: an object.

    API Gateway refuses a blank body, `null` and a list with 400. Without it each member would be an empty text.
    """
    reads_members = any(value.part is Part.BODY and value.keys for value in request_values(route))
    return {"title": "Any object", "type": "object"} if reads_members else None


def _operation_id(route: Route) -> str:
    name = route.target.name if isinstance(route.target, Definition) else route.target.model.name
    return logical_id(f"{route.method} {route.path} {name}")


def _parameters(route: Route) -> list[JSON]:
    parameters: list[JSON] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.path_parameters
    ]
    needed = set(_named_parameters(read_of_request([route.name, route.idempotency])))
    for name, place in dict.fromkeys(_named_parameters(request_values(route))):
        is_needed = (name, place) in needed
        parameters.append({"name": name, "in": place, "required": is_needed, "schema": {"type": "string"}})
    return parameters


def _named_parameters(values: Iterable[RequestValue]) -> Iterator[tuple[str, str]]:
    """The names and the places of what is read of the query and the headers."""
    return ((value.keys[0], value.part.value) for value in values if value.part in (Part.QUERY, Part.HEADER))


def _responses(api: Api, route: Route, schemas: dict[str, JSON]) -> JSON:
    statuses = {*route.errors.values(), *name_refusals(route).values(), int(REFUSED), 429, 500}
    if not route.asynchronous and isinstance(route.target, Definition):
        statuses.add(504)
    if isinstance(route.target, Definition) and any(True for _value in request_values(route)):
        statuses.add(413)
    if not isinstance(route.authorization, Authorization):
        statuses.add(401)
    if route.authorization not in (Authorization.NONE, Authorization.PUBLIC):
        statuses.add(403)
    error = {"application/json": {"schema": {"$ref": PLACE + _ERROR_SCHEMA}}}
    responses = {str(route.success): _response(api, route.success, _success_content(route, schemas))}
    responses |= {str(status): _response(api, status, error) for status in sorted(statuses)}
    return responses


def _response(api: Api, status: int, content: JSON) -> JSON:
    response: dict[str, JSON] = {"description": REASONS.get(status, f"Status {status}")}
    if api.cors is not None:
        response["headers"] = {ORIGIN_HEADER: {"schema": {"type": "string"}}}
    if content:
        response["content"] = content
    return response


def _success_content(route: Route, schemas: dict[str, JSON]) -> JSON:
    if route.success == 204:
        return {}
    schema: Mapping[str, Any] = {"type": "object"}
    if route.response is not None:
        name = add_schema(route.response, f"{_operation_id(route)}Response", schemas)
        schema = {"$ref": PLACE + name}
    elif route.asynchronous:
        members = {name: {"type": "string"} for name in ("id", "executionArn", "startDate")}
        schema = {"type": "object", "properties": members}
    elif isinstance(route.target, Definition):
        schema = _output_schema(route.target)
    return {"application/json": {"schema": schema}}


def _output_schema(workflow: Definition) -> JSON:
    """What is known of the output where the workflow ends with an object at one place only."""
    outputs = [step.output for step in workflow.steps() if isinstance(step, Succeed)]
    if len(outputs) != 1 or not isinstance(outputs[0], Mapping):
        return {"type": "object"}
    properties = {}
    for name, value in outputs[0].items():
        kind = value.kind if isinstance(value, Reference) else None
        properties[name] = {"type": kind} if kind in ("string", "number", "boolean", "object") else {}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _error_schema() -> JSON:
    message = {"type": "string", "description": "What went wrong, as far as the caller may know"}
    return {"type": "object", "required": ["message"], "properties": {"message": message}}


def _preflight_operation(api: Api, path: str) -> JSON:
    routes = [route for route in api.routes if route.path == path]
    methods = sorted({*(route.method.upper() for route in routes), "OPTIONS"})
    known = [name for route in routes for name in sent_headers(route.authorization)]
    read = {value.keys[0] for route in routes for value in request_values(route) if value.part is Part.HEADER}
    headers = dict.fromkeys(("Content-Type", *known, *sorted(read)))
    names = (ORIGIN_HEADER, "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age")
    response = {
        "description": "What browsers may send",
        "headers": {name: {"schema": {"type": "string"}} for name in names},
    }
    operation: dict[str, JSON] = {"operationId": logical_id(f"options {path}"), "summary": "CORS preflight"}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in routes[0].path_parameters
    ]
    if parameters:
        operation["parameters"] = parameters
    operation["responses"] = {"204": response}
    operation["x-amazon-apigateway-integration"] = preflight(api, methods, list(headers))
    return operation


def _gateway_responses(api: Api) -> JSON:
    """What API Gateway answers on its own. messageString is the message as a JSON string, quotes and all."""
    body = {"responseTemplates": {"application/json": '{"message": $context.error.messageString}'}}
    if api.cors is not None:
        body["responseParameters"] = {f"gatewayresponse.header.{ORIGIN_HEADER}": f"'{api.cors}'"}
    return dict.fromkeys(("DEFAULT_4XX", "DEFAULT_5XX"), body) | {
        "BAD_REQUEST_BODY": {"statusCode": 400, **body},
        "BAD_REQUEST_PARAMETERS": {"statusCode": 400, **body},
        "UNAUTHORIZED": {"statusCode": 401, **body},
        "ACCESS_DENIED": {"statusCode": 403, **body},
        "THROTTLED": {"statusCode": 429, **body},
        "INTEGRATION_TIMEOUT": {"statusCode": 504, **body},
    }


def _merged(base: JSON, extra: Mapping[str, Any]) -> JSON:
    """The base with raw OpenAPI laid over it: objects are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in extra.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
