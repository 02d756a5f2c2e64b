"""Every service of botocore has a name in ARNs, in errors and in IAM; the ones that others got wrong are pinned."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from botocore.session import Session

from keyflow.aws.authorization import iam_prefix
from keyflow.aws.models import ServiceModel, service_model, service_names
from keyflow.aws.naming import member_name, sdk_error_name, sdk_error_prefix, sdk_service
from keyflow.aws.sdk_services import documented_name, removed_services, service_of_sdk_name


def model(name: str) -> ServiceModel:
    found = service_model.__wrapped__(name)  # not kept: all of them together take a gigabyte
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("service", "arn", "error", "iam"),
    [
        ("apigateway", "apigateway", "ApiGateway", "apigateway"),
        ("dynamodb", "dynamodb", "DynamoDb", "dynamodb"),
        ("sqs", "sqs", "Sqs", "sqs"),
        ("acm-pca", "acmpca", "AcmPca", "acm-pca"),
        ("logs", "cloudwatchlogs", "CloudWatchLogs", "logs"),
        ("stepfunctions", "sfn", "Sfn", "states"),
        ("mwaa", "mwaa", "Mwaa", "airflow"),
        ("mediapackage-vod", "mediapackagevod", "MediaPackageVod", "mediapackage-vod"),
        ("efs", "efs", "Efs", "elasticfilesystem"),
    ],
)
def test_the_names_of_a_service(service: str, arn: str, error: str, iam: str) -> None:
    found = model(service)
    assert (sdk_service(found), sdk_error_prefix(found), iam_prefix(found)) == (arn, error, iam)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apiStages", "ApiStages"),
        ("id", "Id"),
        ("DBSubnetGroupName", "DbSubnetGroupName"),
        ("KMSKeyId", "KmsKeyId"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("S3BucketName", "S3BucketName"),
        ("stateMachineArn", "StateMachineArn"),
        ("ARN", "Arn"),
        ("TemplateURL", "TemplateURL"),  # in AWS's samples
        ("RoleARN", "RoleARN"),
        ("PerformAutoML", "PerformAutoML"),
        ("ChecksumCRC32", "ChecksumCRC32"),  # recorded on AWS
        ("CallbackURLs", "CallbackURLs"),
        ("IPv6Address", "IPv6Address"),
        ("dynamoDBv2", "DynamoDBv2"),
        ("Equals", "EqualsValue"),  # the developer guide says so
        ("equals", "EqualsValue"),
        ("NULL", "Nul"),
        ("BOOL", "Bool"),
    ],
)
def test_members_as_the_sdk_for_java_has_them(name: str, expected: str) -> None:
    assert member_name(name) == expected


def test_an_error_always_ends_in_exception() -> None:
    assert sdk_error_name(model("s3"), "BucketAlreadyExists") == "S3.BucketAlreadyExistsException"
    assert sdk_error_name(model("apigateway"), "NotFoundException") == "ApiGateway.NotFoundException"


def test_every_service_of_botocore_is_known() -> None:
    assert set(service_names()) >= set(Session().get_available_services())
    assert len(service_names()) > 400


FIRST_RUN = re.compile(r"[A-Za-z](?:[A-Z](?![a-z]))*")
"""The beginning of a member that the SDK for Java folds: the first letter, and capitals that begin no word."""
RENAMED = {"Equals": "EqualsValue", "equals": "EqualsValue", "NULL": "Nul"}


def java_member(name: str) -> str:
    """The rule once more, independently: `Utils.unCapitalize`, then the first letter raised."""
    run = FIRST_RUN.match(name)
    assert run is not None
    return RENAMED.get(name, run[0][0].upper() + run[0][1:].lower() + name[run.end() :])


@pytest.mark.parametrize("shard", range(4))
def test_an_operation_is_found_by_its_name_alone(shard: int) -> None:
    """However unusual its spelling is, and always the same one."""
    for name in service_names()[shard::4]:
        found, other = model(name), model(name)
        assert [each.name for each in map(found.operation, other.operations) if each is not None] == [
            each.name for each in other.operations.values()
        ], name
        assert all(found.operation(each) is operation for each, operation in found.operations.items()), name
        assert found.operation("no_such_operation") is None


@pytest.mark.parametrize("shard", range(4))
def test_every_service_has_names_of_the_right_form(shard: int) -> None:
    for name in service_names()[shard::4]:
        found = model(name)
        assert re.fullmatch(r"[a-z0-9]+", sdk_service(found)), name
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", sdk_error_prefix(found)), name
        assert re.fullmatch(r"[A-Za-z0-9-]+", iam_prefix(found)), name
        assert found.operations, name
        assert service_of_sdk_name(sdk_service(found)) in SAME_NAME.get(name, {name})
        for shape in found.structures():
            for member in shape.members:
                assert member_name(member) == java_member(member), (name, shape.name, member)
        for error in found.errors:
            assert re.fullmatch(r"[A-Za-z0-9]+\.[A-Z][A-Za-z0-9]*Exception", sdk_error_name(found, error)), (
                name,
                error,
            )


SAME_NAME = {"sms-voice": {"pinpoint-sms-voice"}}
"""Two of boto3's names for one service."""


def guide() -> list[tuple[str, str]]:
    """Rows of the developer guide's table: the service in ARNs, and the prefix of its errors."""
    with Path(__file__).with_name("sdk-services.csv").open(newline="") as file:
        return [(row["service"], row["error_prefix"]) for row in csv.DictReader(file)]


def test_services_and_errors_are_named_as_in_the_developer_guide() -> None:
    """Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    assert len(guide()) == 256
    for service, prefix in guide():
        known = service_of_sdk_name(service)
        named = sdk_error_prefix(model(known)) if known is not None else removed_services().get(service)
        assert named == prefix, service


@pytest.mark.parametrize(
    ("name", "documented"),
    [
        ("configservice", "config"),
        ("databasemigrationservice", "databasemigration"),
        ("costandusagereportservice", "costandusagereport"),
        ("logs", "cloudwatchlogs"),
        ("stepfunctions", "sfn"),
        ("cognito-idp", "cognitoidentityprovider"),
        ("lexmodelbuildingservice", "lexmodelbuilding"),
        ("config", None),
        ("weather", None),
    ],
)
def test_a_service_under_another_of_its_names_is_known(name: str, documented: str | None) -> None:
    assert documented_name(name) == documented


@pytest.mark.parametrize(
    ("service", "error", "expected"),
    [
        ("rds", "DBInstanceNotFoundFault", "Rds.DbInstanceNotFoundException"),  # in definitions that run on AWS
        ("lambda", "EC2AccessDeniedException", "Lambda.Ec2AccessDeniedException"),
        ("sqs", "QueueDoesNotExist", "Sqs.QueueDoesNotExistException"),
        ("sesv2", "NotFoundException", "SesV2.NotFoundException"),
        ("config", "NoSuchConfigRuleException", "Config.NoSuchConfigRuleException"),
    ],
)
def test_errors_as_the_sdk_for_java_has_them(service: str, error: str, expected: str) -> None:
    assert sdk_error_name(model(service), error) == expected
