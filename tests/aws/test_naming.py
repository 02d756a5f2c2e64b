"""Every service of botocore has a name in ARNs, in errors and in IAM; the ones that others got wrong are pinned."""

from __future__ import annotations

import re

import pytest
from botocore.session import Session

from keyflow.aws.authorization import iam_prefix
from keyflow.aws.models import ServiceModel, service_model, service_names
from keyflow.aws.naming import pascal_case, sdk_error_name, sdk_error_prefix, sdk_service


def model(name: str) -> ServiceModel:
    found = service_model(name)
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
        ("S3BucketName", "S3BucketName"),
        ("stateMachineArn", "StateMachineArn"),
        ("ARN", "Arn"),
    ],
)
def test_members_in_pascal_case(name: str, expected: str) -> None:
    assert pascal_case(name) == expected


def test_an_error_always_ends_in_exception() -> None:
    assert sdk_error_name(model("s3"), "BucketAlreadyExists") == "S3.BucketAlreadyExistsException"
    assert sdk_error_name(model("apigateway"), "NotFoundException") == "ApiGateway.NotFoundException"


def test_every_service_of_botocore_is_known() -> None:
    assert set(service_names()) >= set(Session().get_available_services())
    assert len(service_names()) > 400


@pytest.mark.parametrize("shard", range(4))
def test_every_service_has_names_of_the_right_form(shard: int) -> None:
    for name in service_names()[shard::4]:
        found = model(name)
        assert re.fullmatch(r"[a-z0-9]+", sdk_service(found)), name
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", sdk_error_prefix(found)), name
        assert re.fullmatch(r"[A-Za-z0-9-]+", iam_prefix(found)), name
        assert found.operations, name
        for operation in found.operations.values():
            for shape in (operation.input, operation.output):
                assert shape is None or all(
                    re.fullmatch(r"[A-Z][A-Za-z0-9]*", pascal_case(each)) for each in shape.members
                )
