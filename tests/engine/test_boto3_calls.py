"""Real calls: spelling, results and errors as Step Functions would give them (the services are moto's)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keyflow import asl
from keyflow.diagnostics import DeployError, EngineError
from keyflow.engine import (
    Boto3,
    Failure,
    Outcome,
    Recorded,
    Recorder,
    Recording,
    Stubs,
    Success,
    TaskCall,
    Waiting,
    recording_of,
    run,
)
from keyflow.engine.local import local_services

SDK = "arn:aws:states:::aws-sdk:"


@pytest.fixture
def runner() -> Iterator[Boto3]:
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        yield Boto3(lambda service: session.client(service))  # type: ignore[call-overload]


def call(runner: Boto3, resource: str, parameters: Any, **fields: Any) -> Outcome:
    return runner.call(TaskCall("State", resource, parameters, 0, **fields))


def result(runner: Boto3, resource: str, parameters: Any) -> Any:
    outcome = call(runner, resource, parameters)
    assert isinstance(outcome, Success), outcome
    assert outcome.seconds > 0
    return outcome.result


def error(runner: Boto3, resource: str, parameters: Any) -> str:
    outcome = call(runner, resource, parameters)
    assert isinstance(outcome, Failure), outcome
    return outcome.name


def make_table(runner: Boto3) -> None:
    keys = [{"AttributeName": "Pk", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "Pk", "AttributeType": "S"}]
    parameters = {"TableName": "t", "KeySchema": keys, "AttributeDefinitions": attributes}
    result(runner, f"{SDK}dynamodb:createTable", {**parameters, "BillingMode": "PAY_PER_REQUEST"})


def test_parameters_and_results_are_spelt_in_pascal_case(runner: Boto3) -> None:
    stages = [{"ApiId": "a", "Stage": "s"}]
    plan = result(runner, f"{SDK}apigateway:createUsagePlan", {"Name": "x", "ApiStages": stages})
    assert plan["Name"] == "x"
    assert plan["ApiStages"] == stages
    key = result(runner, f"{SDK}apigateway:createApiKey", {"Name": "x", "Enabled": True})
    assert set(key) >= {"Id", "Value", "CreatedDate"}
    assert isinstance(key["CreatedDate"], str)


def test_an_optimized_integration_keeps_the_services_names(runner: Boto3) -> None:
    make_table(runner)
    item = {"Pk": {"S": "1"}, "n": {"N": "2"}, "yes": {"BOOL": True}}
    result(runner, "arn:aws:states:::dynamodb:putItem", {"TableName": "t", "Item": item})
    found = result(runner, "arn:aws:states:::dynamodb:getItem", {"TableName": "t", "Key": {"Pk": {"S": "1"}}})
    assert found["Item"] == item


def test_a_message_may_be_json(runner: Boto3) -> None:
    url = result(runner, f"{SDK}sqs:createQueue", {"QueueName": "q"})["QueueUrl"]
    result(runner, "arn:aws:states:::sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": [1]}})
    received = result(runner, f"{SDK}sqs:receiveMessage", {"QueueUrl": url})
    assert received["Messages"][0]["Body"] == '{"a": [1]}'


@pytest.mark.parametrize(
    ("resource", "parameters", "expected"),
    [
        (f"{SDK}apigateway:deleteApiKey", {"ApiKey": "nothing"}, "ApiGateway.NotFoundException"),
        ("dynamodb:getItem", {"TableName": "no", "Key": {"Pk": {"S": "1"}}}, "DynamoDB.ResourceNotFoundException"),
        (
            f"{SDK}dynamodb:getItem",
            {"TableName": "no", "Key": {"Pk": {"S": "1"}}},
            "DynamoDb.ResourceNotFoundException",
        ),
        ("sqs:sendMessage", {"QueueUrl": "https://sqs/1/no", "MessageBody": "x"}, "SQS.QueueDoesNotExistException"),
        (f"{SDK}s3:getObject", {"Bucket": "no", "Key": "k"}, "S3.NoSuchBucketException"),
        (f"{SDK}apigateway:deleteApiKey", {}, "States.Runtime"),
    ],
)
def test_errors_have_the_names_that_a_catch_meets(runner: Boto3, resource: str, parameters: Any, expected: str) -> None:
    full = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    assert error(runner, full, parameters) == expected


def test_an_error_that_the_model_does_not_have(runner: Boto3) -> None:
    make_table(runner)
    parameters = {"TableName": "t", "Key": {"Wrong": {"S": "1"}}}
    assert error(runner, "arn:aws:states:::dynamodb:getItem", parameters) == "DynamoDB.AmazonDynamoDBException"
    assert error(runner, f"{SDK}dynamodb:getItem", parameters) == "DynamoDb.DynamoDbException"


def test_a_call_that_waits_for_its_token(runner: Boto3) -> None:
    url = result(runner, f"{SDK}sqs:createQueue", {"QueueName": "q"})["QueueUrl"]
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    outcome = call(runner, resource, {"QueueUrl": url, "MessageBody": "x"}, token="token-1")
    assert isinstance(outcome, Waiting)


@pytest.mark.parametrize("resource", ["arn:aws:states:us-east-1:1:activity:A", f"{SDK}nothing:doIt", "arn:x"])
def test_what_boto3_cannot_call(runner: Boto3, resource: str) -> None:
    with pytest.raises(EngineError, match="KF609"):
        call(runner, resource, {})


def test_a_service_of_this_process_that_wants_a_library() -> None:
    """It ended in a traceback of moto's."""

    class Glue:
        def start_job_run(self, **_given: Any) -> None:
            raise ModuleNotFoundError("No module named 'pyparsing'", name="pyparsing")

    with pytest.raises(EngineError, match=r"KF606.*glue.*'pyparsing'.*pip install 'moto\[glue\]'"):
        call(Boto3(lambda _service: Glue()), "arn:aws:states:::glue:startJobRun.sync", {"JobName": "j"})


def test_an_endpoint_where_nothing_answers() -> None:
    def client(service: str) -> Any:
        return boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x").client(
            service, endpoint_url="http://127.0.0.1:1"
        )  # type: ignore[call-overload]

    with pytest.raises(DeployError, match="KF504"):
        call(Boto3(client), f"{SDK}apigateway:getApiKeys", {})


# Services in this process.

PUT = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:putItem",
    "Parameters": {"TableName": "t", "Item": {"pk": {"S.$": "$.id"}, "sk": {"S": "x"}, "text": {"S": "y"}}},
    "ResultPath": None,
    "Next": "Get",
}
GET = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key": {"pk": {"S.$": "$.id"}, "sk": {"S": "x"}}},
    "OutputPath": "$.Item.text.S",
    "Next": "Send",
}
SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody.$": "$"},
    "OutputPath": "$.MessageId",
    "End": True,
}
MACHINE = asl.parse({"StartAt": "Put", "States": {"Put": PUT, "Get": GET, "Send": SEND}})


def test_tables_and_queues_are_there_at_once() -> None:
    with local_services(MACHINE) as runner:
        found = run(MACHINE, {"id": "1"}, runner)
    assert (found.status, len(found.output)) == ("SUCCEEDED", 36)


def test_stubs_can_answer_some_tasks_and_services_the_others() -> None:
    with local_services(MACHINE) as runner:
        found = run(MACHINE, {"id": "1"}, Stubs({"Send": Failure("SQS.Throttled")}, otherwise=runner))
    assert found.error == "SQS.Throttled"


# Recordings.


def test_a_recorded_run_is_replayed(tmp_path: Path) -> None:
    import json

    with local_services(MACHINE) as runner:
        recorder = Recorder(runner)
        first = run(MACHINE, {"id": "1"}, recorder)
    text = Recording({"id": "1"}, tuple(recorder.calls)).text()
    replayed = run(MACHINE, {"id": "1"}, Recorded(recording_of(json.loads(text))))
    assert (replayed.output, replayed.seconds, replayed.path) == (first.output, first.seconds, first.path)


def test_each_kind_of_outcome_is_kept() -> None:
    outcomes: dict[str, Outcome] = {"A": Success(None, 2), "B": Failure("E", "c", 1), "C": Waiting(3)}
    recorder = Recorder(Stubs(outcomes))
    for state in outcomes:
        recorder.call(TaskCall(state, "r", {}, 0))
    recorded = Recorded(Recording({}, tuple(recorder.calls)))
    assert {state: recorded.call(TaskCall(state, "r", {}, 0)) for state in outcomes} == outcomes


def test_a_call_that_was_not_recorded() -> None:
    recorded = Recorded(Recording({}, ({"state": "A", "parameters": {"x": 1}, "Return": 1},)))
    with pytest.raises(EngineError, match=r'KF608.*its parameters were \{"x": 1\}'):
        recorded.call(TaskCall("A", "r", {"x": 2}, 0))
    with pytest.raises(EngineError, match=r"KF608.*not called so often"):
        recorded.call(TaskCall("B", "r", {}, 0))


@pytest.mark.parametrize("document", [None, [], {}, {"version": 2}, {"version": 1, "calls": [{"state": "A"}]}])
def test_what_is_no_recording(document: Any) -> None:
    with pytest.raises(EngineError, match="KF604"):
        recording_of(document)
