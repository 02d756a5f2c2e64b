"""What `keyflow suggest` says of definitions that keyflow did not write: a state to add."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow import asl
from keyflow.suggestions import suggested_states

APIGATEWAY = "arn:aws:states:::aws-sdk:apigateway"


def machine(**states: dict[str, Any]) -> asl.StateMachine:
    names = list(states)
    following: list[dict[str, Any]] = [*({"Next": name} for name in names[1:]), {"End": True}]
    tasks = {
        name: {"Type": "Task", **state, **after} for (name, state), after in zip(states.items(), following, strict=True)
    }
    return asl.parse({"StartAt": names[0], "States": tasks})


def state(code: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("{" + "\n".join(code) + "}")
    return found


def test_a_create_gets_the_state_that_deletes_it() -> None:
    made = {"Resource": f"{APIGATEWAY}:createApiKey", "Parameters": {"Name.$": "$.name"}, "ResultPath": "$.key"}
    (found,) = suggested_states(machine(Make=made))
    assert found.does == "makes an api key"
    added = state(found.code)["Undo Make"]
    assert (added["Resource"], added["Parameters"]) == (f"{APIGATEWAY}:deleteApiKey", {"ApiKey.$": "$.key.Id"})
    assert "the result of the task lies at $.key: the states after it must leave it there" in found.notes


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        (
            {"Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Parameters": {"Bucket": "b", "Key.$": "$.k"}},
            {"Bucket": "b", "Key.$": "$.k"},
        ),
        (
            {"Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricAlarm", "Parameters": {"AlarmName.$": "$.n"}},
            {"AlarmNames.$": "States.Array($.n)"},
        ),
        (
            {"Resource": "arn:aws:states:::aws-sdk:ec2:runInstances", "Parameters": {}, "ResultPath": "$.r"},
            {"InstanceIds.$": "$.r.Instances[*].InstanceId"},
        ),
        (
            {"Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "t", "Item": {}}},
            {"TableName": "t", "Key": "..."},
        ),
        (
            {"Resource": "arn:aws:states:::ecs:runTask", "Parameters": {"Cluster": "c"}, "ResultPath": "$.r"},
            {"Cluster": "c", "Task.$": "$.r.Tasks[0].TaskArn"},
        ),
        (
            {
                "Resource": "arn:aws:states:::ecs:runTask",
                "QueryLanguage": "JSONata",
                "Arguments": {"Cluster": "{% $c %}"},
            },
            {"Cluster": "{% $c %}", "Task": "{% $states.input.result.Tasks[0].TaskArn %}"},
        ),
    ],
)
def test_the_state_takes_what_its_call_needs(task: dict[str, Any], arguments: dict[str, Any]) -> None:
    (found,) = suggested_states(machine(Do=task))
    (added,) = state(found.code).values()
    assert added.get("Parameters", added.get("Arguments")) == arguments
    assert ("Arguments" in added) is (added.get("QueryLanguage") == "JSONata")
    asl.parse({"StartAt": "A", "States": {"A": added}})


def test_what_is_undone_somewhere_and_what_undoes_need_nothing() -> None:
    made = {"Resource": f"{APIGATEWAY}:createApiKey", "Parameters": {"Name": "n"}}
    undone = {"Resource": f"{APIGATEWAY}:deleteApiKey", "Parameters": {"ApiKey.$": "$.Id"}}
    read = {"Resource": f"{APIGATEWAY}:getApiKeys"}
    assert list(suggested_states(machine(Make=made, Read=read, Undo=undone))) == []


def test_an_item_that_the_other_integration_deletes_is_undone() -> None:
    put = {"Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "t", "Item": {}}}
    delete = {"Resource": "arn:aws:states:::aws-sdk:dynamodb:deleteItem", "Parameters": {"TableName": "t", "Key": {}}}
    assert list(suggested_states(machine(Put=put, Delete=delete))) == []


def test_what_nothing_undoes_has_no_state() -> None:
    sent = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q", "MessageBody": "x"}}
    (found,) = suggested_states(machine(Tell=sent))
    assert found.code == ()
    assert "nothing is known to undo it" in found.notes[0]


def test_what_no_model_knows_is_not_guessed() -> None:
    called = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
    activity = {"Resource": "arn:aws:states:eu-west-1:123456789012:activity:a"}
    assert list(suggested_states(machine(Call=called, Work=activity))) == []
