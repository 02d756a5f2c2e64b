"""A constant expression (`{% 'orders' %}`) stays as it is written, and keyflow reasons with what it gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow import DefinitionError, StateMachine, jsonata
from keyflow.aws import Call, dynamodb, lambda_, resource, s3, sqs
from keyflow.check import check_text
from keyflow.compiler import compile_workflow
from keyflow.interop import imported
from keyflow.policies import workflow_policy

ORDERS = jsonata("'orders'")
CALLS: list[tuple[Call, Call]] = [
    (dynamodb.get_item(TableName=ORDERS, Key={"pk": {"S": "a"}}), dynamodb.get_item(TableName="orders", Key={"pk": {"S": "a"}})),
    (dynamodb.query(TableName=ORDERS, IndexName=jsonata('"by-date"')), dynamodb.query(TableName="orders", IndexName="by-date")),
    (s3.get_object(Bucket=jsonata("'b'"), Key=jsonata("'k*'")), s3.get_object(Bucket="b", Key="k*")),
    (lambda_.invoke(FunctionName=jsonata("'f'")), lambda_.invoke(FunctionName="f")),
    (sqs.send_message(QueueUrl=jsonata("'https://sqs.eu-west-1.amazonaws.com/123456789012/q'"), MessageBody="m"),
     sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/q", MessageBody="m")),
    (dynamodb.transact_write_items(TransactItems=jsonata("[{'Delete': {'TableName': 'orders', 'Key': {'pk': {'S': 'a'}}}}]")),
     dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": "orders", "Key": {"pk": {"S": "a"}}}}])),
    (lambda_.list_functions().with_role(jsonata("'arn:aws:iam::123456789012:role/r'")),
     lambda_.list_functions().with_role("arn:aws:iam::123456789012:role/r")),
]  # fmt: skip


def policy_of(call: Call) -> Any:
    machine = StateMachine("M", query_language="JSONata")
    machine.task("T", call)
    return workflow_policy(compile_workflow(machine))


@pytest.mark.parametrize(("expressed", "plain"), CALLS, ids=lambda call: call.label)
def test_the_policy_is_that_of_the_constant(expressed: Call, plain: Call) -> None:
    assert policy_of(expressed) == policy_of(plain)


def test_what_an_execution_computes_is_as_wide_as_before() -> None:
    (statement, *_rest) = policy_of(dynamodb.get_item(TableName=jsonata("$t"), Key={"pk": {"S": "a"}}))["Statement"]
    assert statement["Resource"] == ["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"TableName": jsonata("5"), "Key": {"pk": {"S": "a"}}}, "KF205"),
        ({"TableName": "t", "Key": jsonata("'a'")}, "KF205"),
        ({"TableName": "t", "Key": jsonata("{'pk': {'X': 'a'}}")}, "KF204"),
        ({"TableName": "t", "Key": {"pk": {"N": jsonata("'many'")}}}, "KF205"),
        ({"TableName": "t", "Key": {"pk": {"S": "a"}}, "ReturnConsumedCapacity": jsonata("'ALL'")}, "KF206"),
        ({"TableName": "t", "Key": {"pk": {"S": "a"}}, "ProjectionExpression": jsonata("'a b'")}, "KF275"),
    ],
)
def test_the_model_is_asked_about_the_constant(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(DefinitionError, match=code):
        dynamodb.get_item(**arguments)


def test_a_constant_is_built_as_it_was_written() -> None:
    get = {"TableName": "{% 'orders' %}", "Key": "{%{'pk': {'S': 'a'}}%}"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Arguments": get, "End": True}
    document = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}
    result = imported(document, "M")
    compiled = compile_workflow(result.machine)
    assert (compiled.document, result.verbatim) == (document, frozenset())
    assert "table/orders" in json.dumps(workflow_policy(compiled))


def test_a_resource_by_its_arn_keeps_an_expression_of_all_its_arguments() -> None:
    machine = StateMachine("M", query_language="JSONata")
    machine.task("T", resource("arn:aws:states:::dynamodb:getItem", jsonata("{'TableName': 'orders'}")))
    arguments = compile_workflow(machine).document["States"]["T"]["Arguments"]
    assert arguments == "{% {'TableName': 'orders'} %}"


def found(state: dict[str, Any]) -> list[str]:
    end = {} if state["Type"] in ("Choice", "Fail") else {"End": True}
    states = {"A": {**state, **end}, "B": {"Type": "Succeed"}}
    if state["Type"] != "Choice":
        del states["B"]
    document = {"QueryLanguage": "JSONata", "StartAt": "A", "States": states}
    return [each.code for each in check_text("x.asl.json", json.dumps(document)) if each.code != "KF855"]


GET = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem"}
KEY = {"pk": {"S": "a"}}
CHOICE = {"Type": "Choice", "Default": "B"}


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ({"Type": "Wait", "Seconds": "{% 10 %}"}, {"Type": "Wait", "Seconds": "{% 'ten' %}"}, "KF808"),
        ({"Type": "Wait", "Seconds": "{% $states.input.x %}"}, {"Type": "Wait", "Seconds": "{% -1 %}"}, "KF808"),
        (
            {**GET, "Arguments": {"TableName": "{% 't' %}", "Key": KEY, "ReturnConsumedCapacity": "{% 'TOTAL' %}"}},
            {**GET, "Arguments": {"TableName": "{% 't' %}", "Key": KEY, "ReturnConsumedCapacity": "{% 'ALL' %}"}},
            "KF838",
        ),
        ({**GET, "Arguments": "{% $states.input %}"}, {**GET, "Arguments": "{% {'TableName': 't'} %}"}, "KF838"),
        (
            {**GET, "Arguments": {"TableName": "t", "Key": KEY, "ProjectionExpression": "{% 'a' %}"}},
            {**GET, "Arguments": {"TableName": "t", "Key": KEY, "ProjectionExpression": "{% 'a b' %}"}},
            "KF861",
        ),
        (
            {**GET, "Arguments": {"TableName": "t", "Key": KEY}, "TimeoutSeconds": "{% 60 %}", "HeartbeatSeconds": 10},
            {**GET, "Arguments": {"TableName": "t", "Key": KEY}, "TimeoutSeconds": "{% 9 %}", "HeartbeatSeconds": 10},
            "KF828",
        ),
        (
            {**GET, "Arguments": {"TableName": "t", "Key": KEY}, "Credentials": {"RoleArn": "{% 'arn:aws:iam::1:role/r' %}"}},
            {**GET, "Arguments": {"TableName": "t", "Key": KEY}, "Credentials": {"RoleArn": "{% 'r' %}"}},
            "KF833",
        ),
        (
            {**CHOICE, "Choices": [{"Condition": "{% true %}", "Next": "B"}]},
            {**CHOICE, "Choices": [{"Condition": "{% 'true' %}", "Next": "B"}]},
            "KF822",
        ),
    ],
)  # fmt: skip
def test_the_rules_see_the_constant(right: dict[str, Any], wrong: dict[str, Any], code: str) -> None:
    assert found(right) == []
    assert found(wrong) == [code]
