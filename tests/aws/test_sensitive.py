"""What no terminal should show."""

from __future__ import annotations

import pytest

from keyflow.asl import JSON
from keyflow.aws.sensitive import Secrets

SDK = "arn:aws:states:::aws-sdk"


@pytest.mark.parametrize(
    ("resource", "value", "shown"),
    [
        (
            f"{SDK}:secretsmanager:getSecretValue",
            {"Name": "n", "SecretString": "abc"},
            {"Name": "n", "SecretString": "***"},
        ),
        (f"{SDK}:ssm:getParameter", {"Parameter": {"Value": "abcdef"}}, {"Parameter": {"Value": "***"}}),
        (
            f"{SDK}:apigateway:getApiKeys",
            {"Items": [{"Id": "i", "Value": "v"}]},
            {"Items": [{"Id": "i", "Value": "***"}]},
        ),
        (f"{SDK}:sts:assumeRole", {"Credentials": {"AccessKeyId": "A"}}, {"Credentials": "***"}),
        (
            "arn:aws:states:::lambda:invoke",
            {"Payload": {"a": 1, "password": "p"}},
            {"Payload": {"a": 1, "password": "***"}},
        ),
        ("arn:aws:states:::dynamodb:getItem", {"Item": {"secret": {"S": "x"}}}, {"Item": {"secret": "***"}}),
        ("arn:aws:lambda:eu-west-1:1:function:f", {"access_token": "t", "x": None}, {"access_token": "***", "x": None}),
    ],
)
def test_results(resource: str, value: JSON, shown: JSON) -> None:
    assert Secrets().result(resource, value) == shown


@pytest.mark.parametrize(
    ("resource", "value", "shown"),
    [
        (
            f"{SDK}:cognitoidentityprovider:signUp",
            {"ClientId": "c", "Password": "p"},
            {"ClientId": "***", "Password": "***"},
        ),
        (
            f"{SDK}:s3:listObjectsV2",
            {"ContinuationToken": "c", "Bucket": "b"},
            {"ContinuationToken": "c", "Bucket": "b"},
        ),
        (f"{SDK}:secretsmanager:getSecretValue", {"SecretId": "s"}, {"SecretId": "s"}),
        (
            "arn:aws:states:::sqs:sendMessage",
            {"MessageBody": {"TaskToken": "t"}},
            {"MessageBody": {"TaskToken": "***"}},
        ),
        ("arn:aws:states:::sqs:sendMessage", None, None),
        (f"{SDK}:apigateway:createApiKey", {"Name": "n", "Value": "v"}, {"Name": "n", "Value": "***"}),
    ],
)
def test_parameters(resource: str, value: JSON, shown: JSON) -> None:
    assert Secrets().parameters(resource, value) == shown


def test_a_secret_stays_one_wherever_it_goes() -> None:
    secrets = Secrets()
    secrets.result(f"{SDK}:secretsmanager:getSecretValue", {"SecretString": "hunter22"})
    assert secrets.data({"note": ["it is hunter22!"], "n": 1}) == {"note": ["it is ***!"], "n": 1}
    secrets.data({"password": {"S": "a long one"}})
    assert secrets.parameters("arn:aws:states:::sqs:sendMessage", {"MessageBody": "a long one"}) == {
        "MessageBody": "***"
    }


def test_a_short_secret_is_not_looked_for_in_texts() -> None:
    secrets = Secrets()
    secrets.data({"password": "a"})
    assert secrets.data({"name": "banana"}) == {"name": "banana"}
