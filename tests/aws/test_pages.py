"""Where a listing goes on: held against botocore's own paginators, which read every page."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from keyflow.aws import service
from keyflow.aws.models import service_names

SESSION = get_session()


@pytest.mark.parametrize(
    ("name", "operation", "member"),
    [
        ("apigateway", "get_usage_plans", "position"),
        ("s3", "list_objects", "NextMarker"),
        ("dynamodb", "scan", "LastEvaluatedKey"),
        ("iam", "list_roles", "Marker"),
        ("apigateway", "create_api_key", None),
    ],
)
def test_the_member_that_says_that_there_is_another_page(name: str, operation: str, member: str | None) -> None:
    assert service(name).model.operations[operation].next_page == member


@pytest.mark.parametrize("name", ["apigateway", "cognito-idp", "ec2", "iam", "s3", "sqs", "events", "ecs"])
def test_an_operation_has_pages_where_botocore_reads_several(name: str) -> None:
    """Each token that a paginator of botocore puts into the next call, a result has at its top, or inside."""
    assert name in service_names()
    model = service(name).model
    paginators = SESSION.get_component("data_loader").load_service_model(name, "paginators-1")["pagination"]
    assert set(model.paginators) == set(paginators)
    for operation in model.operations.values():
        if operation.next_page is not None:
            tokens = paginators[operation.name]["output_token"]
            assert operation.next_page in str(tokens)
