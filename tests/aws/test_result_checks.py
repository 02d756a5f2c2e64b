"""Results that a service can give, and those that TestState would refuse as mocks."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.aws.resources import resource_of
from keyflow.aws.result_checks import result_problem

START = "arn:aws:states:::states:startExecution"


@pytest.mark.parametrize(
    ("arn", "result", "problem"),
    [
        ("arn:aws:states:::events:putEvents", {"random": "json"}, None),
        ("arn:aws:states:::events:putEvents", {"Entries": "x"}, "Field 'Entries' must be an array"),
        ("arn:aws:states:::events:putEvents", {"Entries": [{"EventId": []}]}, "Field 'EventId' must be a string"),
        (START, {}, "Required field 'ExecutionArn' is missing"),
        (START, {"ExecutionArn": "a", "StartDate": 1}, "Field 'StartDate' must be a string"),
        ("arn:aws:states:::lambda:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
        ("arn:aws:states:::lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("arn:aws:states:::lambda:invoke", {"Payload": {"any": ["thing"]}}, None),
        ("arn:aws:states:::lambda:invoke", 1, "the result must be an object"),
        (
            "arn:aws:states:::aws-sdk:s3:getObject",
            {"StorageClass": "Papyrus"},
            "Field 'StorageClass' is not an expected value",
        ),
        ("arn:aws:states:::aws-sdk:kms:encrypt", {"CiphertextBlob": 123}, "Field 'CiphertextBlob' must be a string"),
        ("arn:aws:states:::aws-sdk:apigateway:createApiKey", {"id": "k"}, "Field 'id' is spelt 'Id'"),
        ("arn:aws:states:::dynamodb:getItem", {"Item": {"pk": {"S": "x"}, "m": {"M": {"a": {"N": "1"}}}}}, None),
        ("arn:aws:states:::dynamodb:getItem", {"Item": {"pk": {"S": 1}}}, "Field 'S' must be a string"),
        ("arn:aws:states:::dynamodb:getItem", {"Item": None}, None),
        (f"{START}.sync", {}, None),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", 7, None),
        ("arn:aws:states:::http:invoke", 7, None),
        ("arn:aws:lambda:us-east-1:111111111111:function:f", 7, None),
    ],
)
def test_what_a_service_can_give(arn: str, result: Any, problem: str | None) -> None:
    """The refusals are those that AWS recorded, but for the spelling, which TestState passes over."""
    assert result_problem(resource_of(arn), result) == problem


def test_what_is_required_may_be_left_out() -> None:
    assert result_problem(resource_of(START), {}, requires=False) is None
    assert result_problem(resource_of(START), {"StartDate": True}, requires=False) is not None
