"""The `x-amazon-apigateway-integration` of each kind of route, and keyflow's schema for the extension.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.asl.validator import Test, validator
from keyflow.aws import OperationCall
from keyflow.diagnostics import Diagnostic
from keyflow.dsl.api import Api, Route
from keyflow.dsl.definition import Definition
from keyflow.dsl.deployed import logical_id
from keyflow.dsl.workflow import UNHANDLED_CAUSE
from keyflow.http import direct_calls, velocity
from keyflow.http.execution_names import name_refusals, with_name
from keyflow.http.references import Substitutable

ORIGIN_HEADER = "Access-Control-Allow-Origin"
REFUSED = "400"
"""The status for what AWS refuses, before its template says which: no other response of the integration may have it.

API Gateway keeps responses by their statuses, so of two with the same one is lost. Source:
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html
"""
REASONS = {
    200: "The request succeeded",
    201: "The resource was created",
    202: "The execution was started",
    204: "The request succeeded; there is no content",
    400: velocity.INVALID,
    401: "The request is not authenticated",
    403: "The request is not allowed",
    404: "The resource does not exist",
    409: "The request conflicts with the state of the resource",
    413: velocity.TOO_LARGE,
    415: "The content type is not application/json",
    429: velocity.THROTTLED,
    500: UNHANDLED_CAUSE,
    504: velocity.TIMED_OUT,
}
"""What each status says, in the document and to callers."""


def integration(api: Api, route: Route) -> JSON:
    """The integration of a route."""
    match route.target:
        case Definition() as workflow:
            action = "StartExecution" if route.asynchronous else "StartSyncExecution"
            machine = workflow.arn.deployed_text()
            tree = {} if route.input is None else route.input
            request = with_name(velocity.start_execution(tree, machine, route.location), route)
            answer = route.response_template or velocity.started_answer()
            if not route.asynchronous:
                answer = velocity.execution_answer(route.errors, empty=route.success == 204)
            return _integration(api, route, f"states:action/{action}", request, answer)
        case OperationCall() as call:
            request = velocity.json_text(direct_calls.arguments(call), route.location)
            answer = route.response_template or ("#set($empty = true)" if route.success == 204 else "$input.json('$')")
            key = (call.service.name, call.model.name)
            failed, ended = direct_calls.PARTIAL_FAILURES.get(key), direct_calls.EXECUTIONS.get(key)
            answer = velocity.call_answer(answer, failed, ended)
            written = _integration(api, route, direct_calls.uri(call.model), request, answer)
            headers = direct_calls.headers(call.model)
            sent = {f"integration.request.header.{name}": f"'{value}'" for name, value in headers.items()}
            return {**written, "requestParameters": sent}


def _integration(api: Api, route: Route, action: str, request: str, answer: str) -> JSON:
    origin = _origin(api)
    statuses = route.errors if _is_direct(route) else name_refusals(route)
    refused = velocity.refusal_answer(
        {name: _reason(status) for name, status in statuses.items()}, starts="states:action/Start" in action
    )
    failed = velocity.fixed_answer(UNHANDLED_CAUSE)
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": Substitutable(f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{action}"),
        "credentials": Substitutable(f"${{{role_id(api)}.Arn}}"),
        "passthroughBehavior": "never",
        "timeoutInMillis": route.timeout_seconds * 1000,
        "requestTemplates": {"application/json": Substitutable(request)},
        "responses": {
            "200": {"statusCode": str(route.success), "responseTemplates": {"application/json": answer}, **origin},
            r"4\d{2}": {"statusCode": REFUSED, "responseTemplates": {"application/json": refused}, **origin},
            "default": {"statusCode": "500", "responseTemplates": {"application/json": failed}, **origin},
        },
    }


def _is_direct(route: Route) -> bool:
    return isinstance(route.target, OperationCall)


def _reason(status: int) -> tuple[int, str]:
    return status, REASONS.get(status, UNHANDLED_CAUSE)


def role_id(api: Api) -> str:
    """The logical id of the role that API Gateway calls AWS with."""
    return f"{logical_id(api.name)}ApiRole"


def _origin(api: Api) -> JSON:
    if api.cors is None:
        return {}
    return {"responseParameters": {f"method.response.header.{ORIGIN_HEADER}": f"'{api.cors}'"}}


def preflight(api: Api, methods: list[str], headers: list[str]) -> JSON:
    """The mock integration that answers a browser's OPTIONS request."""
    allowed = {
        ORIGIN_HEADER: api.cors,
        "Access-Control-Allow-Methods": ",".join(methods),
        "Access-Control-Allow-Headers": ",".join(headers),
        "Access-Control-Max-Age": "600",
    }
    return {
        "type": "mock",
        "passthroughBehavior": "when_no_match",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {
            "default": {
                "statusCode": "204",
                "responseParameters": {
                    f"method.response.header.{name}": f"'{value}'" for name, value in allowed.items()
                },
            }
        },
    }


_TEMPLATES: Any = {"type": "object", "additionalProperties": {"type": "string"}}

INTEGRATION_SCHEMA: JSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "x-amazon-apigateway-integration",
    "type": "object",
    "required": ["type", "responses"],
    "properties": {
        "type": {"enum": ["aws", "aws_proxy", "http", "http_proxy", "mock"]},
        "httpMethod": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"]},
        "uri": {"type": "string", "pattern": "^arn:"},
        "credentials": {"type": "string", "pattern": "^arn:"},
        "passthroughBehavior": {"enum": ["when_no_templates", "when_no_match", "never"]},
        "timeoutInMillis": {"type": "integer", "minimum": 50, "maximum": EXPRESS_SECONDS * 1000},
        "contentHandling": {"enum": ["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]},
        "connectionType": {"enum": ["INTERNET", "VPC_LINK"]},
        "connectionId": {"type": "string"},
        "cacheNamespace": {"type": "string"},
        "cacheKeyParameters": {"type": "array", "items": {"type": "string"}},
        "requestTemplates": _TEMPLATES,
        "requestParameters": {
            "type": "object",
            "propertyNames": {"pattern": r"^integration\.request\.(path|querystring|header)\..+"},
            "additionalProperties": {"type": "string"},
        },
        "responses": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "required": ["statusCode"],
                "properties": {
                    "statusCode": {"type": "string", "pattern": "^[1-5][0-9]{2}$"},
                    "responseTemplates": _TEMPLATES,
                    "responseParameters": {
                        "type": "object",
                        "propertyNames": {"pattern": r"^method\.response\.header\..+"},
                        "additionalProperties": {"type": "string"},
                    },
                    "contentHandling": {"enum": ["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]},
                },
                "additionalProperties": False,
            },
        },
    },
    "if": {"properties": {"type": {"const": "aws"}}},
    "then": {"required": ["uri", "credentials", "httpMethod", "requestTemplates", "passthroughBehavior"]},
    "additionalProperties": False,
}


@cache
def _is_valid() -> Test:
    return validator(INTEGRATION_SCHEMA)


def validate_integrations(document: JSON) -> tuple[Diagnostic, ...]:
    """What keyflow's schema has against the integrations of a concrete OpenAPI document; empty when all are valid."""
    is_valid = _is_valid()
    return tuple(
        problem
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not is_valid(integration := operation.get("x-amazon-apigateway-integration"))
        for problem in _problems(f"{method.upper()} {path}", integration)
    )


def _problems(route: str, integration: JSON) -> Iterator[Diagnostic]:
    """What is wrong with an integration, in the library's words."""
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(INTEGRATION_SCHEMA).iter_errors(integration):
        place = "/".join(str(part) for part in error.absolute_path) or "the integration"
        yield Diagnostic("KF103", f"{route}: {place}: {error.message}")
