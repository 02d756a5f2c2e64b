"""Routes to AWS calls in a deployment: what they name is the stage's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from keyflow import Api, Parameter, Workflow
from keyflow.aws import dynamodb, stepfunctions
from keyflow.build import build
from keyflow.deploy import Clients, RestApi, resources
from keyflow.loading import Definitions
from keyflow.project import Project


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


def test_a_call_starts_the_same_as_a_route_to_the_workflow() -> None:
    other = Workflow("Other", type="STANDARD")
    other.succeed()
    api = Api("starts")
    api.post("/route", other, asynchronous=True)
    api.post("/call", stepfunctions.start_execution(stateMachineArn=other.arn, input=api.body))
    api.get("/items", dynamodb.scan(TableName=Parameter("Table")))
    definitions = Definitions({"Other": other}, {"starts": api}, {"Other": "", "starts": ""})
    built = build(Project(root=Path("/"), name="sample"), definitions)
    target = Clients(region="eu-west-1").target("dev")
    made: Any = {each.kind: each for each in resources(built, "sample", target, {"Table": "t"})}
    paths = next(each.document["paths"] for each in made.values() if isinstance(each, RestApi))
    templates = [
        paths[path]["post"]["x-amazon-apigateway-integration"]["requestTemplates"]["application/json"]
        for path in ("/route", "/call")
    ]
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:Other-dev"
    assert [text.partition('", "input"')[0] for text in templates] == [f'{{"stateMachineArn": "{arn}:live'] * 2
    assert f'"{arn}"' in json.dumps(made["role"].policy)
