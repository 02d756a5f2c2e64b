"""Who answers the calls of routes behind the stubs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser

from keyflow.serve.rest_api import AwsRequest
from keyflow.serve.services import by_samples

SERVICES = ("cognito-idp", "dynamodb", "events", "kms", "logs", "secretsmanager", "sqs", "ssm", "stepfunctions")


@pytest.mark.parametrize("service", SERVICES)
def test_samples_are_what_boto3_reads_of_an_answer(service: str) -> None:
    """boto3 reads members by the names of the service's own API, and moments as numbers."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.has_event_stream_output:
            continue  # API Gateway hands on no streams
        shape: Any = operation.output_shape
        with by_samples() as services:
            answer = services.send(AwsRequest(service=service, operation=name, body="{}", label="GET /things"))
        body = json.dumps(answer.body).encode()
        read: Any = create_parser("json").parse({"body": body, "headers": {}, "status_code": answer.status}, shape)
        read.pop("ResponseMetadata")
        assert set(read) == set(answer.body), name
        assert bool(read) == (shape is not None and bool(shape.members)), name


@pytest.mark.parametrize(
    ("service", "operation", "failures"),
    [("events", "PutEvents", {"FailedEntryCount": 0}), ("sqs", "SendMessageBatch", {"Failed": []})],
)
def test_no_part_of_a_sampled_call_failed(service: str, operation: str, failures: Any) -> None:
    with by_samples() as services:
        body = services.send(AwsRequest(service=service, operation=operation, body="{}", label="POST /things")).body
    assert isinstance(body, dict)
    assert {name: body[name] for name in failures} == failures
