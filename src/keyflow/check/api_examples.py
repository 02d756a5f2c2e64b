"""Operations for the examples of rules: one that is right, and whatever a rule wants of it otherwise."""

from __future__ import annotations

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


def example(
    *,
    request: str = REQUEST,
    answer: str = ANSWER,
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
        "uri": "arn:aws:apigateway:eu-west-1:states:action/StartSyncExecution",
        "requestTemplates": {"application/json": request},
        "responses": {"200": response},
    }
    security: dict[str, Any] = {"security": [{"iam": []}]} if secured else {}
    operations: dict[str, Any] = {"post": {**security, "x-amazon-apigateway-integration": integration}}
    if preflight:
        mock = {"type": "mock", "responses": {"default": {"statusCode": "204"}}}
        operations["options"] = {"x-amazon-apigateway-integration": mock}
    return operations
