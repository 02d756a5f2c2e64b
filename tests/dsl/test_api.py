"""Routes that cannot be answered as written are refused where they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import Api, DefinitionError, Workflow
from keyflow.aws import apigateway, dynamodb, stepfunctions
from keyflow.dsl.api import answer_seconds

workflow = Workflow("W")
workflow.fail_if(workflow.input["x"].is_present(), "Bad", "bad")
workflow.succeed()
standard = Workflow("S", type="STANDARD")
standard.succeed()
start = stepfunctions.start_execution(stateMachineArn=standard.arn)
slow = Workflow("Slow", timeout=60)
slow.succeed()
query = dynamodb.query(TableName="t")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda api: Api("no spaces"), "KF402"),
        (lambda api: Api("a", cors="example.com"), "KF402"),
        (lambda api: api.get("no-slash", workflow), "KF403"),
        (lambda api: api.get("/a b", workflow), "KF403"),
        (lambda api: api.get("/{}", workflow), "KF403"),
        (lambda api: api.route("trace", "/", workflow), "KF403"),
        (lambda api: (api.get("/a", workflow), api.get("/a", query)), "KF403"),
        (lambda api: api.get("/", standard), "KF403"),
        (lambda api: api.get("/", apigateway.get_account()), "KF403"),
        (lambda api: api.get("/", query, errors={"X": 400}), "KF404"),
        (lambda api: api.get("/", query, asynchronous=True), "KF403"),
        (lambda api: api.get("/", workflow, response_template="{}"), "KF403"),
        (lambda api: api.get("/", workflow, asynchronous=True, errors={"Bad": 400}), "KF404"),
        (lambda api: api.get("/", query.with_role("arn:aws:iam::1:role/r")), "KF403"),
        (lambda api: api.get("/", start.sync()), "KF403"),
        (lambda api: api.get("/", "lambda"), "KF403"),
        (lambda api: api.get("/", workflow, request={"enum": {1}}), "KF403"),
        (lambda api: api.get("/", workflow, request=[]), "KF403"),
        (lambda api: api.get("/", workflow, errors=["Bad"]), "KF404"),
        (lambda api: api.get("/", workflow, errors={"Bad": "400"}), "KF404"),
        (lambda api: api.get("/", workflow, success="200"), "KF404"),
        (lambda api: api.get("/", workflow, response={"maximum": float("inf")}), "KF403"),
        (lambda api: api.get("/", workflow, extra={200: "ok"}), "KF403"),
        (lambda api: api.get("/", workflow, authorization="cognito"), "KF403"),
        (lambda api: api.get("/", workflow, success=400), "KF404"),
        (lambda api: api.get("/", workflow, errors={"Bad": 200}), "KF404"),
        (lambda api: api.get("/", workflow, errors={"UnhandledError": 400}), "KF404"),
        (lambda api: (api.get("/x/{id}", workflow), api.get("/x/{name}", query)), "KF409"),
        (lambda api: (api.get("/x/{id}", workflow), api.post("/x/{name}/parts", query)), "KF409"),
        (lambda api: (api.get("/x/{id}", workflow), api.post("/x/{id+}", query)), "KF409"),
        (lambda api: api.get("/x/{rest+}/parts", workflow), "KF409"),
        (lambda api: api.get("/x/{id}/parts/{id}", workflow), "KF409"),
        (lambda api: api.get("/x~y", workflow), "KF403"),
        (lambda api: api.get("/", workflow, request={"prefixItems": [{}]}), "KF410"),
        (lambda api: api.get("/", workflow, response={"patternProperties": {"x": {}}}), "KF410"),
        (lambda api: api.get("/", workflow, success=204, response={"type": "object"}), "KF403"),
        (lambda api: api.get("/", workflow, timeout_seconds=0), "KF413"),
        (lambda api: api.get("/", workflow, timeout_seconds=301), "KF413"),
        (lambda api: api.get("/", workflow, timeout_seconds=29.5), "KF413"),
        (lambda api: api.get("/", workflow, timeout_seconds=True), "KF413"),
        (lambda api: api.get("/", slow, timeout_seconds=59), "KF408"),
        (lambda api: api.get("/", slow), "KF408"),
        (lambda api: api.get("/", workflow, name=api.headers["Key"]), "KF414"),
        (lambda api: api.get("/", workflow, name=api.headers["Key"], asynchronous=True), "KF414"),
        (lambda api: api.get("/", query, name=api.headers["Key"]), "KF414"),
        (lambda api: api.get("/", standard, asynchronous=True, name="order"), "KF414"),
        (lambda api: api.get("/", query, idempotency=api.headers["Key"]), "KF415"),
        (lambda api: api.get("/", standard, asynchronous=True, idempotency=api.headers["Key"]), "KF415"),
        (lambda api: api.get("/", workflow, idempotency="Idempotency-Key"), "KF415"),
        (lambda api: api.body["a b"], "KF401"),
        (lambda api: api.path["a"]["b"], "KF401"),
    ],
)
def test_what_no_route_can_be(make: Callable[[Api], Any], code: str) -> None:
    with pytest.raises(DefinitionError, match=code) as caught:
        make(Api("a"))
    assert caught.value.diagnostics[0].location is not None
    assert caught.value.diagnostics[0].location.file == __file__


def test_a_route_with_a_request_passes_the_body_on() -> None:
    api = Api("a")
    route = api.post("/", workflow, request={"type": "object"}, errors={"Bad": 400})
    assert repr(route.input) == "api.body"


def test_a_route_may_wait_for_as_long_as_its_workflow_takes() -> None:
    route = Api("a").get("/", slow, timeout_seconds=60)
    assert answer_seconds([route]) == 60
    assert answer_seconds([route, Api("b").get("/", slow, asynchronous=True)]) == 60
    assert answer_seconds([route, Api("b").get("/", slow, timeout_seconds=90)]) == 60
    assert answer_seconds([Api("b").get("/", slow, asynchronous=True)]) is None


def test_a_standard_workflow_may_be_started() -> None:
    assert Api("a").post("/", standard, asynchronous=True).success == 202


def test_an_option_that_a_route_does_not_have_is_told_with_the_nearest() -> None:
    api = Api("front")
    with pytest.raises(DefinitionError) as raised:
        api.post("/", workflow, succes=201)  # type: ignore[call-arg]
    (found,) = raised.value.diagnostics
    assert (found.code, found.message, found.hint) == (
        "KF403",
        "a route has no option 'succes'",
        "did you mean 'success'?",
    )
