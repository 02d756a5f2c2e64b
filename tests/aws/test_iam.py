"""Permissions are as narrow as the arguments tell."""

from __future__ import annotations

import pytest

from keyflow import Parameter, Workflow
from keyflow.aws import (
    Call,
    apigateway,
    dynamodb,
    events,
    lambda_,
    logs,
    s3,
    sns,
    sqs,
    stepfunctions,
)
from keyflow.aws.authorization import permissions
from keyflow.aws.permission import Permission, policy_document

HERE = "${AWS::Region}:${AWS::AccountId}"
runtime = Workflow("W").input["x"]


@pytest.mark.parametrize(
    ("call", "action", "resource"),
    [
        (
            apigateway.create_usage_plan_key(usagePlanId=runtime, keyId="k", keyType="API_KEY"),
            "apigateway:POST",
            "arn:${AWS::Partition}:apigateway:${AWS::Region}::/usageplans/*/keys",
        ),
        (
            apigateway.delete_usage_plan_key(usagePlanId="plan", keyId=runtime),
            "apigateway:DELETE",
            "arn:${AWS::Partition}:apigateway:${AWS::Region}::/usageplans/plan/keys/*",
        ),
        (
            dynamodb.put_item(TableName=Parameter("Table"), Item={}),
            "dynamodb:PutItem",
            f"arn:${{AWS::Partition}}:dynamodb:{HERE}:table/${{Table}}",
        ),
        (
            dynamodb.get_item(TableName=runtime, Key={}),
            "dynamodb:GetItem",
            f"arn:${{AWS::Partition}}:dynamodb:{HERE}:table/*",
        ),
        (
            lambda_.invoke(FunctionName="f"),
            "lambda:InvokeFunction",
            f"arn:${{AWS::Partition}}:lambda:{HERE}:function:f",
        ),
        (
            sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs", MessageBody="b"),
            "sqs:SendMessage",
            f"arn:${{AWS::Partition}}:sqs:{HERE}:jobs",
        ),
        (sns.publish(TopicArn=Parameter("Topic"), Message="m"), "sns:Publish", "${Topic}"),
        (
            events.put_events(Entries=[{"EventBusName": "bus", "Detail": "{}"}]),
            "events:PutEvents",
            f"arn:${{AWS::Partition}}:events:{HERE}:event-bus/bus",
        ),
        (stepfunctions.start_execution(stateMachineArn="arn:x"), "states:StartExecution", "arn:x"),
        (s3.get_object(Bucket="b", Key=runtime), "s3:GetObject", "arn:${AWS::Partition}:s3:::b/*"),
        (s3.head_object(Bucket="b", Key="k"), "s3:GetObject", "arn:${AWS::Partition}:s3:::b/k"),
        (logs.describe_destinations(), "logs:DescribeDestinations", "*"),
    ],
)
def test_the_permission_of_a_call(call: Call, action: str, resource: str) -> None:
    assert permissions(call) == (Permission(action, resource),)


def test_waiting_for_a_job_needs_to_watch_it() -> None:
    call = stepfunctions.start_execution(stateMachineArn=Workflow("Child").arn).sync()
    granted = {permission.action: permission.resource for permission in permissions(call)}
    assert granted["states:StartExecution"] == "${ChildStateMachine}"
    assert granted["states:StopExecution"] == f"arn:${{AWS::Partition}}:states:{HERE}:execution:*"
    assert granted["events:PutRule"].endswith("rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")


@pytest.mark.parametrize(
    ("role", "resource"),
    [(Parameter("Role"), "${Role}"), ("arn:aws:iam::1:role/r", "arn:aws:iam::1:role/r")],
)
def test_a_call_with_a_role_needs_that_role_only(role: object, resource: str) -> None:
    call = dynamodb.put_item(TableName="t", Item={}).with_role(role)
    assert permissions(call) == (Permission("sts:AssumeRole", resource),)


def test_a_query_of_an_index_needs_the_index() -> None:
    found = permissions(dynamodb.query(TableName="t", IndexName="i"))
    assert [permission.resource.rsplit(":", 1)[1] for permission in found] == ["table/t", "table/t/index/i"]


def test_a_transaction_needs_each_table() -> None:
    call = dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": "a", "Item": {}}}, {"Delete": {"TableName": "b", "Key": {}}}]
    )
    found = [(each.action, each.resource.rsplit("/", 1)[1]) for each in permissions(call)]
    assert found == [("dynamodb:DeleteItem", "b"), ("dynamodb:PutItem", "a")]


def test_a_policy_groups_actions_on_the_same_resources() -> None:
    document = policy_document(
        [Permission("a:Y", "r"), Permission("a:X", "r"), Permission("a:X", "r"), Permission("b:Z", "*")]
    )
    assert document["Statement"] == [
        {"Effect": "Allow", "Action": ["a:X", "a:Y"], "Resource": ["r"]},
        {"Effect": "Allow", "Action": ["b:Z"], "Resource": ["*"]},
    ]
