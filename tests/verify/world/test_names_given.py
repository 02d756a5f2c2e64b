"""That services repeat the names that they are given, held against moto: what is put into an answer is what it says."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keyflow.aws import service
from keyflow.aws.effects import effect_of
from keyflow.aws.resources import integration_of
from keyflow.verify.world.identity import with_names_given
from keyflow.verify.world.results import sample_result, value_at

ANYONE = json.dumps({"Version": "2012-10-17", "Statement": []})
CALLS = [
    ("iam", "create_role", {"RoleName": "mine", "AssumeRolePolicyDocument": ANYONE}, ("Role", "RoleName")),
    ("iam", "create_user", {"UserName": "mine"}, ("User", "UserName")),
    ("iam", "create_group", {"GroupName": "mine"}, ("Group", "GroupName")),
    ("iam", "create_instance_profile", {"InstanceProfileName": "mine"}, ("InstanceProfile", "InstanceProfileName")),
    ("ecr", "create_repository", {"repositoryName": "mine"}, ("repository", "repositoryName")),
    ("iot", "create_thing", {"thingName": "mine"}, ("thingName",)),
]


@pytest.mark.parametrize(("name", "operation", "given", "path"), CALLS, ids=[call[1] for call in CALLS])
def test_a_service_repeats_the_name(name: Any, operation: str, given: dict[str, Any], path: tuple[str, ...]) -> None:
    with mock_aws():
        client = boto3.client(name, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        assert value_at(getattr(client, operation)(**given), path) == "mine"
    model = service(name).model.operations[operation]
    integration = integration_of(model, operation)
    parameters = {integration.spelling(each): value for each, value in given.items()}
    answer = with_names_given(integration, effect_of(model), parameters, sample_result(integration.arn, "sample"))
    assert value_at(answer, tuple(map(integration.spelling, path))) == "mine"
