"""A route that says what makes two requests one leads to a workflow that claims it."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import Api, DefinitionError, Workflow, format
from keyflow.aws import dynamodb
from keyflow.http import openapi_document

KEY = Api.headers["Idempotency-Key"]
SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": "string"}}}


def flow(condition: str | None = "attribute_not_exists(pk)", *keys: str) -> Workflow:
    """A workflow that puts an item with a member of its input."""
    workflow = Workflow("Once")
    value = workflow.input
    for key in keys or ("key",):
        value = value[key]
    options = {} if condition is None else {"ConditionExpression": condition}
    item = {"pk": {"S": format("request/{}", value)}}
    workflow.task("Claim", dynamodb.put_item(TableName="t", Item=item, **options))
    workflow.succeed()
    return workflow


def document(workflow: Workflow, **options: Any) -> Any:
    api = Api("front", cors="*")
    api.post("/orders", workflow, **{"idempotency": KEY, "input": {"key": KEY}, **options})
    return openapi_document(api)["paths"]["/orders"]


def test_the_key_is_asked_for_and_browsers_may_send_it() -> None:
    written = document(flow(), input={"key": KEY, "q": Api.query["q"]})
    assert {each["name"]: each["required"] for each in written["post"]["parameters"]} == {
        "Idempotency-Key": True,
        "q": False,
    }
    assert "Idempotency-Key" in str(written["options"])


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        (("key",), {}),
        (("a", "key"), {"input": {"a": {"key": KEY}}}),
        (("body", "id"), {"idempotency": Api.body["id"], "input": {"body": Api.body}, "request": SCHEMA}),
        (("id",), {"idempotency": Api.body["id"], "input": None, "request": SCHEMA}),
        (("key",), {"input": {"other": KEY, "key": KEY}}),
    ],
)
def test_the_claim_is_found_wherever_the_key_lies_in_the_input(keys: tuple[str, ...], options: Any) -> None:
    assert document(flow("attribute_not_exists(pk)", *keys), **options)


@pytest.mark.parametrize(
    ("workflow", "options", "problem"),
    [
        (flow(None), {}, "Once makes no conditional write of input['key']"),
        (flow("attribute_exists(pk)"), {}, "Once makes no conditional write of input['key']"),
        (flow(), {"input": {"another": KEY, "key": "x"}}, "Once makes no conditional write of input['another']"),
        (flow(), {"input": {"key": Api.query["key"]}}, "Once is not sent api.header['Idempotency-Key']"),
        (flow(), {"idempotency": Api.body["id"], "input": {"key": Api.body["id"]}}, "a body need not have it"),
        (
            flow(),
            {"idempotency": Api.body["n"], "input": {"key": Api.body["n"]}, "request": SCHEMA},
            "a body need not have it",
        ),
    ],
)
def test_a_key_that_is_not_claimed(workflow: Workflow, options: Any, problem: str) -> None:
    with pytest.raises(DefinitionError, match="KF415") as raised:
        document(workflow, **options)
    assert problem in raised.value.diagnostics[0].message
    assert raised.value.diagnostics[0].location is not None
    assert raised.value.diagnostics[0].location.file == __file__
