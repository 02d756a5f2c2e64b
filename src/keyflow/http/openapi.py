"""An `Api` as an OpenAPI 3.0 document with API Gateway's extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import JsonText, OperationCall
from keyflow.aws.authorization import permissions
from keyflow.aws.permission import Permission
from keyflow.compiler import declared_errors
from keyflow.diagnostics import DefinitionError, Diagnostic, did_you_mean
from keyflow.dsl.api import Api, Authorization, Route
from keyflow.dsl.definition import Definition
from keyflow.dsl.requests import Part, RequestValue, allowed, names_at, parted
from keyflow.dsl.steps import Succeed
from keyflow.dsl.values import Intrinsic, Reference, logical_id
from keyflow.http.integration import ORIGIN_HEADER, REASONS, REFUSED, integration, preflight
from keyflow.json_values import leaves

_VALIDATOR = "Validate body and parameters"
_ERROR_SCHEMA = "Error"


def openapi_document(api: Api) -> JSON:
    """The document, with `Substitutable` texts where it refers to what a deployment makes.

    Raises:
        DefinitionError: KF401, a route reads a path parameter that its path does not have; KF404, it maps an error
            that the workflow does not declare; KF405, the workflow declares an error that it does not map.
    """
    diagnostics = [diagnostic for route in api.routes for diagnostic in _problems(route)]
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
    document: JSON = {
        "openapi": "3.0.1",
        "info": {"title": api.title, "version": api.version},
        "paths": paths,
        "components": {"schemas": schemas, **_security_schemes(api)},
        "x-amazon-apigateway-request-validators": {
            _VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-gateway-responses": _gateway_responses(api),
    }
    if api.description:
        document["info"]["description"] = api.description
    return _merged(document, api.extra)


def api_permissions(api: Api) -> Iterator[Permission]:
    """What API Gateway's role must be allowed to do for the API's routes."""
    for route in api.routes:
        if isinstance(route.target, OperationCall):
            yield from permissions(route.target)
        else:
            action = "states:StartExecution" if route.asynchronous else "states:StartSyncExecution"
            yield Permission(action, route.target.arn.deployed_text())


def _problems(route: Route) -> Iterator[Diagnostic]:
    read = list(_request_values(route.input))
    if isinstance(route.target, OperationCall):
        read += _request_values(route.target.written)
    for value in read:
        if value.part is Part.PATH and value.keys[:1] and value.keys[0] not in route.path_parameters:
            hint = did_you_mean(value.keys[0], route.path_parameters)
            yield Diagnostic("KF401", f"{route.path} has no parameter {value.keys[0]!r}", route.location, hint)
        if value.part is Part.BODY:
            yield from _body(route, value)
        elif not value.keys:
            yield Diagnostic("KF401", f"{value!r} as a whole cannot be passed on: name a member", route.location)
    if isinstance(route.target, OperationCall) or route.asynchronous:
        return
    declared = declared_errors(route.target)
    for error, location in declared.items():
        if error not in route.errors:
            yield Diagnostic(
                "KF405",
                f"{route.method.upper()} {route.path} maps no status for the error {error!r} of {route.target.name}",
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


def _request_values(tree: Any) -> Iterator[RequestValue]:
    for leaf in leaves(tree):
        if isinstance(leaf, RequestValue):
            yield leaf
        elif isinstance(leaf, Intrinsic):
            yield from _request_values(leaf.arguments)
        elif isinstance(leaf, JsonText):
            yield from _request_values(leaf.tree)


def _operation(api: Api, route: Route, schemas: dict[str, JSON]) -> JSON:
    operation: dict[str, JSON] = {"operationId": _operation_id(route)}
    if route.summary:
        operation["summary"] = route.summary
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    request = route.request if route.request is not None else _least_request(route)
    if request is not None:
        name = _schema_name(request, f"{operation['operationId']}Request", schemas)
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses(api, route, schemas)
    if route.authorization is Authorization.API_KEY:
        operation["security"] = [{"apiKey": []}]
    elif route.authorization is Authorization.IAM:
        operation["security"] = [{"iam": []}]
    operation["x-amazon-apigateway-request-validator"] = _VALIDATOR
    operation["x-amazon-apigateway-integration"] = integration(api, route)
    return _merged(operation, route.extra)


def _least_request(route: Route) -> JSON | None:
    """What the body must be where the route reads members of it, and says nothing else: an object.

    API Gateway refuses a blank body, `null` and a list with 400. Without it each member would be an empty text.
    """
    reads_members = any(value.part is Part.BODY and value.keys for value in _sent_values(route))
    return {"title": "Any object", "type": "object"} if reads_members else None


def _sent_values(route: Route) -> Iterator[RequestValue]:
    """What the route passes on of a request."""
    return _request_values(route.target.written if isinstance(route.target, OperationCall) else route.input)


def _operation_id(route: Route) -> str:
    name = route.target.name if isinstance(route.target, Definition) else route.target.model.name
    return logical_id(f"{route.method} {route.path} {name}")


def _parameters(route: Route) -> list[JSON]:
    parameters: list[JSON] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.path_parameters
    ]
    seen = set()
    for value in _sent_values(route):
        if value.part in (Part.QUERY, Part.HEADER) and (value.part, value.keys) not in seen:
            seen.add((value.part, value.keys))
            place = value.part.value
            parameters.append({"name": value.keys[0], "in": place, "required": False, "schema": {"type": "string"}})
    return parameters


def _schema_name(schema: Mapping[str, Any], fallback: str, schemas: dict[str, JSON]) -> str:
    """Puts a schema under its title; two different ones never share a name."""
    wanted = re.sub(r"[^A-Za-z0-9]", "", str(schema.get("title", ""))) or fallback
    name, number = wanted, 2
    while name in schemas and schemas[name] != schema:
        name, number = f"{wanted}{number}", number + 1
    schemas[name] = dict(schema)
    return name


def _responses(api: Api, route: Route, schemas: dict[str, JSON]) -> JSON:
    statuses = {*route.errors.values(), int(REFUSED), 429, 500}
    if not route.asynchronous and isinstance(route.target, Definition):
        statuses.add(504)
    if isinstance(route.target, Definition) and any(True for _value in _sent_values(route)):
        statuses.add(413)
    if route.authorization is not Authorization.NONE:
        statuses.add(403)
    error = {"application/json": {"schema": {"$ref": f"#/components/schemas/{_ERROR_SCHEMA}"}}}
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
        name = _schema_name(route.response, f"{_operation_id(route)}Response", schemas)
        schema = {"$ref": f"#/components/schemas/{name}"}
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
    headers = ["Content-Type"]
    if any(route.authorization is Authorization.API_KEY for route in routes):
        headers.append("X-Api-Key")
    if any(route.authorization is Authorization.IAM for route in routes):
        headers += ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"]
    read = {value.keys[0] for route in routes for value in _sent_values(route) if value.part is Part.HEADER}
    headers += sorted(read - set(headers))
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
    operation["x-amazon-apigateway-integration"] = preflight(api, methods, headers)
    return operation


def _security_schemes(api: Api) -> JSON:
    used = {route.authorization for route in api.routes}
    schemes: dict[str, JSON] = {}
    if Authorization.API_KEY in used:
        schemes["apiKey"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if Authorization.IAM in used:
        schemes["iam"] = {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    return {"securitySchemes": schemes} if schemes else {}


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
