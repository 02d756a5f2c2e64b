"""Documents of others in which a route calls AWS directly: what the build would not have written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow.check import check_text

ESCAPED = """"$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'", "'")\""""


def codes(uri: str, request: str, *, path: str = "/things/{id}", answers: Any = None, **headers: str) -> set[str]:
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:{uri}"},
        "requestParameters": {
            f"integration.request.header.{name.replace('_', '-')}": f"'{value}'" for name, value in headers.items()
        },
        "requestTemplates": {"application/json": request},
        "responses": answers or {"200": {"statusCode": "200"}},
    }
    operation = {"security": [{"iam": []}], "x-amazon-apigateway-integration": integration}
    return {
        each.code
        for each in check_text("x.json", json.dumps({"openapi": "3.0.1", "paths": {path: {"post": operation}}}))
    }


TARGET = {"X_Amz_Target": "AWSEvents.PutEvents"}
EVENT = '{"Entries": [{"Source": "s", "DetailType": "d", "Detail": %s}]}'
START = '{"stateMachineArn": "arn", "input": %s}'


@pytest.mark.parametrize(
    ("uri", "request_template", "headers", "found"),
    [
        ("states:action/StartExecution", START % "$input.json('$')", {}, {"KF911"}),
        ("states:action/StartExecution", START % ESCAPED, {}, set()),
        ("states:action/StartSyncExecution", START % '{"a": "b"}', {}, {"KF902", "KF911"}),
        ("events:action/PutEvents", EVENT % '"{}"', {}, {"KF912", "KF913"}),
        ("events:action/PutEvents", EVENT % "$input.json('$')", TARGET, {"KF911", "KF913"}),
        ("events:path//", EVENT % '"{}"', TARGET, {"KF913"}),
        ("events:path//", EVENT % '"{}"', {}, {"KF912"}),
        ("sqs:path//", '{"QueueUrl": "u", "MessageBody": {"a": 1}}', {"X_Amz_Target": "AmazonSQS.SendMessage"}, {"KF911"}),
        ("sqs:path/1/q", "Action=SendMessage&MessageBody=$util.urlEncode($input.body)", {"Content_Type": "application/x-www-form-urlencoded"}, set()),
        ("dynamodb:action/BatchWriteItem", '{"RequestItems": {}}', {}, {"KF913"}),
        ("dynamodb:action/GetItem", '{"TableName": "t", "Key": {"pk": {"S": "$input.params(\'id\')"}}}', {}, {"KF904", "KF914"}),
        ("dynamodb:action/GetItem", '{"TableName": "t", "Key": {"pk": {"S": "$util.escapeJavaScript($input.params(\'q\')).replaceAll("\\\\\'", "\'")"}}}', {}, set()),
        ("dynamodb:action/NoSuchThing", "{}", {}, set()),
        ("nowhere:action/Thing", "{}", {}, set()),
    ],
)  # fmt: skip
def test_what_a_direct_call_does_wrong(
    uri: str, request_template: str, headers: dict[str, str], found: set[str]
) -> None:
    assert codes(uri, request_template, **headers) == found


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"default": {"statusCode": "200"}}, {"KF913"}),
        ({"200": {"statusCode": "200"}, "400": {"statusCode": "200"}}, {"KF913", "KF915"}),
        ({"200": {"statusCode": "200"}, "4..": {"statusCode": "500"}, "default": {"statusCode": "500"}}, {"KF915"}),
        ({"200": {"statusCode": "200"}, "default": {"statusCode": "502"}}, set()),
    ],
)
def test_failures_are_no_success(answers: Any, found: set[str]) -> None:
    assert codes("dynamodb:action/PutItem", "{}", answers=answers) == found
