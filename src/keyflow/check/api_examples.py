"""Operations for the examples of rules: one that is right, and whatever a rule wants of it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.asl import JSON

APOSTROPHE = """.replaceAll("\\\\'", "'")"""
"""What escapeJavaScript's apostrophe needs to be JSON again."""
ESCAPED = f"$util.escapeJavaScript($end.cause){APOSTROPHE}"
REQUEST = f"""{{"stateMachineArn": "arn", "input": "$util.escapeJavaScript($input.json('$')){APOSTROPHE}"}}"""
ANSWER = """\
#set($end = $input.path('$'))
#if($end.status == "SUCCEEDED")
$end.output
#else
#set($context.responseOverride.status = 500)
{"message": "failed"}
#end"""
DECLARED = f"""\
#set($end = $input.path('$'))
#if($end.status == "SUCCEEDED")
$end.output
#elseif($end.error == "Mine")
#set($context.responseOverride.status = 400)
{{"message": "{ESCAPED}"}}
#else
#set($context.responseOverride.status = 500)
{{"message": "failed"}}
#end"""


START = "states:action/StartSyncExecution"
PUT_EVENTS = "events:action/PutEvents"
EVENT_HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents"}
EVENT = f"""{{"Entries": [{{"Source": "shop", "DetailType": "Ordered", "Detail": \
"$util.escapeJavaScript($input.json('$')){APOSTROPHE}"}}]}}"""
REFUSED = """\
#set($context.responseOverride.status = 500)
{"message": "failed"}"""
IN_PART = f"""\
#if($input.json('$.FailedEntryCount') == "0")
{{"taken": true}}
#else
{REFUSED}
#end"""


def direct(
    *,
    request: str = EVENT,
    answer: str = IN_PART,
    headers: Mapping[str, str] = EVENT_HEADERS,
    responses: JSON | None = None,
    call: str = PUT_EVENTS,
) -> JSON:
    """A POST that calls AWS directly: by default it puts an event."""
    found: Any = example(request=request, answer=answer, call=call)
    integration = found["post"]["x-amazon-apigateway-integration"]
    integration["requestParameters"] = {
        f"integration.request.header.{name}": f"'{each}'" for name, each in headers.items()
    }
    if responses is not None:
        integration["responses"] = responses
    return found


def response(status: int, template: str = REFUSED) -> JSON:
    """One response of an integration."""
    return {"statusCode": str(status), "responseTemplates": {"application/json": template}}


def example(
    *,
    request: str = REQUEST,
    answer: str = ANSWER,
    call: str = START,
    secured: bool = True,
    cors: bool = False,
    preflight: bool = False,
) -> JSON:
    """A POST that starts an execution and waits for its end."""
    response: dict[str, Any] = {"statusCode": "201", "responseTemplates": {"application/json": answer}}
    if cors:
        response["responseParameters"] = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:eu-west-1:{call}",
        "requestTemplates": {"application/json": request},
        "responses": {"200": response},
    }
    security: dict[str, Any] = {"security": [{"iam": []}]} if secured else {}
    operations: dict[str, Any] = {"post": {**security, "x-amazon-apigateway-integration": integration}}
    if preflight:
        mock = {"type": "mock", "responses": {"default": {"statusCode": "204"}}}
        operations["options"] = {"x-amazon-apigateway-integration": mock}
    return operations
