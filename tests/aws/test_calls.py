"""Calls are checked where they are written and converted to what Step Functions wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, Workflow, aws
from keyflow.aws import apigateway, dynamodb, events, lambda_, rds, s3, sqs, stepfunctions


def test_an_sdk_call_has_pascal_case_all_the_way_down() -> None:
    call = apigateway.create_usage_plan(
        name="n",
        apiStages=[{"apiId": "a", "stage": "s", "throttle": {"/pets/GET": {"burstLimit": 1, "rateLimit": 2.5}}}],
        tags={"camelCase": "stays"},
    )
    assert call.resource == "arn:aws:states:::aws-sdk:apigateway:createUsagePlan"
    assert call.parameters == {
        "Name": "n",
        "ApiStages": [{"ApiId": "a", "Stage": "s", "Throttle": {"/pets/GET": {"BurstLimit": 1, "RateLimit": 2.5}}}],
        "Tags": {"camelCase": "stays"},
    }


def test_an_optimized_call_keeps_the_names_of_the_service() -> None:
    call = dynamodb.put_item(TableName="t", Item={"pk": {"S": "x"}, "ok": {"BOOL": True}, "no": {"NULL": True}})
    assert call.resource == "arn:aws:states:::dynamodb:putItem"
    assert call.parameters["Item"] == {"pk": {"S": "x"}, "ok": {"BOOL": True}, "no": {"NULL": True}}


def test_acronyms_are_folded_as_the_java_sdk_does() -> None:
    call = rds.create_db_subnet_group(DBSubnetGroupName="n", DBSubnetGroupDescription="d", SubnetIds=["s"])
    assert call.resource == "arn:aws:states:::aws-sdk:rds:createDBSubnetGroup"
    assert call.parameters == {"DbSubnetGroupName": "n", "DbSubnetGroupDescription": "d", "SubnetIds": ["s"]}


@pytest.mark.parametrize(
    ("make", "resource"),
    [
        (lambda: lambda_.invoke(FunctionName="f", Payload={"any": ["json"]}), "lambda:invoke"),
        (lambda: sqs.send_message(QueueUrl="u", MessageBody={"any": "json"}), "sqs:sendMessage"),
        (lambda: events.put_events(Entries=[{"Detail": "{}"}]), "events:putEvents"),
        (lambda: stepfunctions.start_execution(stateMachineArn="a", input={"x": 1}), "states:startExecution"),
        (lambda: dynamodb.query(TableName="t"), "aws-sdk:dynamodb:query"),
        (lambda: stepfunctions.list_state_machines(), "aws-sdk:sfn:listStateMachines"),
    ],
)
def test_the_arn_is_the_optimized_integrations_where_there_is_one(make: Callable[[], aws.Call], resource: str) -> None:
    assert make().resource == f"arn:aws:states:::{resource}"


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda: apigateway.create_api_kee(), "KF202", "did you mean 'create_api_key'?"),
        (lambda: apigateway.create_api_key(nam="x"), "KF204", "did you mean 'name'?"),
        (lambda: apigateway.create_usage_plan(name="n", apiStages=[{"apiID": "a"}]), "KF204", "'apiId'"),
        (lambda: apigateway.create_usage_plan_key(keyId="k", keyType="API_KEY"), "KF203", "usagePlanId"),
        (lambda: apigateway.create_api_key(enabled="yes"), "KF205", "enabled must be a boolean, not str 'yes'"),
        (lambda: dynamodb.get_item(TableName="t", Key={"pk": "x"}), "KF205", "Key.pk must be an object"),
        (lambda: dynamodb.get_item(TableName="t", Key={"pk": {"N": 1}}), "KF205", "{'N': '5'}"),
        (lambda: dynamodb.put_item(TableName="t", Item={}, ReturnValues="ALL"), "KF206", "ReturnValues"),
        (lambda: sqs.send_message(QueueUrl="u", MessageBody="b", DelaySeconds=True), "KF205", "DelaySeconds"),
        (lambda: s3.put_object(Bucket="b", Key="k", Tagging=["a"]), "KF205", "Tagging must be a string"),
        (lambda: apigateway.get_account(x=1), "KF204", "get_account"),
        (lambda: apigateway.errors.ConflictExeption, "KF208", "ConflictException"),
        (lambda: aws.service("dynamodbb"), "KF201", "did you mean 'dynamodb'?"),
    ],
)
def test_a_wrong_call_is_refused_at_its_line(make: Callable[[], Any], code: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert message in str(diagnostic)
    assert diagnostic.location is not None
    assert diagnostic.location.file == __file__
    assert diagnostic.location.line == make.__code__.co_firstlineno


def test_all_mistakes_of_a_call_are_told_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        dynamodb.put_item(Speed="t", Item=3)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["KF204", "KF205", "KF203"]


def test_a_misspelt_parameter_is_not_missing_as_well() -> None:
    with pytest.raises(DefinitionError) as caught:
        dynamodb.put_item(TabelName="t", item={})
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["KF204", "KF204"]


def test_an_unknown_service_does_not_import() -> None:
    with pytest.raises(DefinitionError, match="KF201"):
        from keyflow.aws import apigatway  # type: ignore[attr-defined,unused-ignore]  # noqa: F401


def test_values_are_taken_where_their_type_fits() -> None:
    workflow = Workflow("W")
    task = workflow.task("Make", apigateway.create_api_key(name=workflow.input["name"], value=Parameter("Value")))
    apigateway.get_api_key(apiKey=task["id"])
    with pytest.raises(DefinitionError, match="must be a string, not a value of type boolean"):
        apigateway.get_api_key(apiKey=task["enabled"])


def test_a_result_is_walked_by_the_model() -> None:
    workflow = Workflow("W")
    task = workflow.task("Get", apigateway.get_usage_plan(usagePlanId="u"))
    assert task["apiStages"][0]["apiId"].keys == ("ApiStages", 0, "ApiId")
    with pytest.raises(DefinitionError, match=r"KF207.*'vlaue'.*did you mean 'value'"):
        workflow.task("Key", apigateway.get_api_key(apiKey="k"))["vlaue"]
    with pytest.raises(DefinitionError, match=r"KF207.*it is of type string"):
        task["name"]["x"]


def test_the_result_of_a_function_is_the_functions_own() -> None:
    workflow = Workflow("W")
    task = workflow.task("Call", lambda_.invoke(FunctionName="f"))
    assert task["Payload"]["whatever"]["itSays"].keys == ("Payload", "whatever", "itSays")


@pytest.mark.parametrize(
    ("call", "resource"),
    [
        (
            aws.stepfunctions.start_execution(stateMachineArn="a").sync(),
            "arn:aws:states:::states:startExecution.sync:2",
        ),
        (aws.codebuild.start_build(projectName="p").sync(), "arn:aws:states:::codebuild:startBuild.sync"),
        (aws.lambda_.invoke(FunctionName="f").wait_for_task_token(), "arn:aws:states:::lambda:invoke.waitForTaskToken"),
        (
            aws.apigateway.get_account().wait_for_task_token(),
            "arn:aws:states:::aws-sdk:apigateway:getAccount.waitForTaskToken",
        ),
    ],
)
def test_what_a_task_waits_for_stands_in_its_resource(call: aws.Call, resource: str) -> None:
    assert call.resource == resource
    assert call.result.member("anything")[0] == "anything"


def test_error_names_are_the_integrations() -> None:
    put = dynamodb.put_item(TableName="t", Item={})
    query = dynamodb.query(TableName="t")
    assert put.error_name(dynamodb.errors.ConditionalCheckFailedException) == "DynamoDB.ConditionalCheckFailedException"
    assert query.error_name(dynamodb.errors.ResourceNotFoundException) == "DynamoDb.ResourceNotFoundException"
    assert put.error_name("States.Timeout") == "States.Timeout"
    send, start = sqs.send_message(QueueUrl="q", MessageBody="m"), stepfunctions.start_execution(stateMachineArn="a")
    assert send.error_name(sqs.errors.QueueDoesNotExist) == "SQS.QueueDoesNotExistException"
    assert (
        start.error_name(stepfunctions.errors.ExecutionAlreadyExists) == "StepFunctions.ExecutionAlreadyExistsException"
    )
    with pytest.raises(DefinitionError, match="KF208"):
        put.error_name(apigateway.errors.NotFoundException)


@pytest.mark.parametrize(
    ("call", "gone"),
    [
        (apigateway.delete_api_key(apiKey="k"), ("ApiGateway.NotFoundException",)),
        (dynamodb.delete_item(TableName="t", Key={}), ("DynamoDB.ResourceNotFoundException",)),
        (sqs.delete_queue(QueueUrl="u"), ("Sqs.QueueDoesNotExistException",)),
        (s3.put_object(Bucket="b", Key="k"), ()),
        (lambda_.invoke(FunctionName="refund"), ()),  # a refund by a function that is not there is none
        (sqs.send_message(QueueUrl="u", MessageBody="b"), ()),
        (stepfunctions.start_execution(stateMachineArn="a"), ()),
        (stepfunctions.stop_execution(executionArn="a"), ("Sfn.ExecutionDoesNotExistException",)),
    ],
)
def test_the_errors_that_mean_already_gone(call: aws.Call, gone: tuple[str, ...]) -> None:
    assert call.gone_errors == gone


def test_an_integration_has_errors_of_its_own() -> None:
    """PutEvents answers with what it did not take, and its task fails."""
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}
    assert "EventBridge.FailedEntry" in events.put_events(Entries=[entry]).integration.errors
