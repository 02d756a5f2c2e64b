"""The names that asynchronous routes give to executions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow import Api, DefinitionError, Workflow, format
from keyflow.http import as_concrete, openapi_document, placeholders
from keyflow.http.gateway import Gateway, Request

SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
HARD = 'it\'s "so" \\ ü', "$context.x #if(1)", '", "input": "{}'


def operation(**options: Any) -> Any:
    workflow = Workflow("Long", type="STANDARD", timeout=60)
    workflow.succeed()
    api = Api("front")
    api.post("/orders/{number}", workflow, asynchronous=True, **options)
    document = openapi_document(api)
    return as_concrete(document, {name: name for name in placeholders(document)})["paths"]["/orders/{number}"]["post"]


def sent(arrived: Request, **options: Any) -> Any:
    found: Any = json.loads(Gateway(operation(**options)["x-amazon-apigateway-integration"]).sent(arrived))
    return found


@pytest.mark.parametrize("name", ["order-1", *HARD])
@pytest.mark.parametrize(
    "given",
    [Api.headers["Idempotency-Key"], Api.query["key"], Api.body["id"], Api.path["number"]],
    ids=repr,
)
def test_the_name_is_the_part_of_the_request(given: Any, name: str) -> None:
    values = {"Idempotency-Key": name}, {"key": name}, {"number": name}
    headers, query, path = values
    request = Request(json.dumps({"id": name}), path, query, headers)
    found = sent(request, name=given, request=SCHEMA)
    assert found == {"name": name, "stateMachineArn": "LongStateMachine", "input": found["input"]}
    assert json.loads(found["input"]) == {"id": name}


def test_a_name_may_have_a_fixed_part() -> None:
    assert sent(Request(path={"number": "7"}), name=format("order-{}", Api.path["number"]))["name"] == "order-7"


def test_without_a_name_aws_makes_one() -> None:
    assert "name" not in sent(Request(path={"number": "7"}))


def test_the_header_is_asked_for() -> None:
    parameters = operation(name=Api.headers["Idempotency-Key"], input={"q": Api.query["q"]})["parameters"]
    assert {each["name"]: each["required"] for each in parameters} == {
        "number": True,
        "Idempotency-Key": True,
        "q": False,
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ExecutionAlreadyExists", 409),
        ("com.amazonaws.swf.service.v2.model#ExecutionAlreadyExists", 409),
        ("InvalidName", 400),
        ("ValidationException", 400),
        ("ThrottlingException", 429),
        ("StateMachineDoesNotExist", 500),
    ],
)
def test_what_is_said_of_a_name_is_answered(error: str, status: int) -> None:
    written = operation(name=Api.headers["Idempotency-Key"])
    gateway = Gateway(written["x-amazon-apigateway-integration"])
    answer = gateway.answered(400, {"__type": error, "message": "arn:aws:states:secret"})
    assert answer.status == status
    assert "secret" not in answer.body
    assert list(answer.json()) == ["message"]
    assert str(status) in written["responses"]


def test_a_route_without_a_name_answers_500_for_what_aws_has_against_it() -> None:
    gateway = Gateway(operation()["x-amazon-apigateway-integration"])
    assert gateway.answered(400, {"__type": "ValidationException"}).status == 500


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"name": Api.body["id"]}, "a body need not have it"),
        ({"name": Api.body["note"], "request": SCHEMA}, "a body need not have it"),
        (
            {"name": Api.body["id"], "request": {**SCHEMA, "properties": {"id": {"type": "integer"}}}},
            "need not be text",
        ),
        ({"name": format("order-{}", Api.body["note"]), "request": SCHEMA}, "a body need not have it"),
        ({"name": format("order-{}", 7)}, "is the same for all requests"),
    ],
)
def test_a_name_is_something_that_every_request_has(options: Any, problem: str) -> None:
    with pytest.raises(DefinitionError, match="KF414") as raised:
        operation(**options)
    assert problem in raised.value.diagnostics[0].message
    assert raised.value.diagnostics[0].location is not None
    assert raised.value.diagnostics[0].location.file == __file__
