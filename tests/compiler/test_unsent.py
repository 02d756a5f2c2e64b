"""What a workflow reads of its input, and no route of it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from keyflow import Api, Workflow
from keyflow.aws import apigateway, stepfunctions
from keyflow.compilation import compiled_workflows
from keyflow.diagnostics import DefinitionError, Diagnostic
from keyflow.loading import Definitions

USER = {"type": "object", "required": ["user"], "properties": {"user": {"type": "string"}, "tags": {"type": "array"}}}


def reading(read: Callable[[Workflow], Any]) -> Workflow:
    workflow = Workflow("Read", timeout=20)
    workflow.task("Look", apigateway.get_api_key(apiKey=read(workflow)))
    workflow.succeed()
    return workflow


def found(workflow: Workflow, *routes: Mapping[str, Any], others: tuple[Workflow, ...] = ()) -> tuple[Diagnostic, ...]:
    api = Api("front")
    for index, options in enumerate(routes):
        api.route(options.get("method", "post"), f"/{index}/{{id}}", workflow, **options["given"])
    workflows = {each.name: each for each in (workflow, *others)}
    try:
        compiled_workflows(Definitions(workflows, {"front": api}, dict.fromkeys((*workflows, "front"), "")))
    except DefinitionError as error:
        return error.diagnostics
    return ()


def route(**given: Any) -> Mapping[str, Any]:
    return {"given": given}


@pytest.mark.parametrize(
    ("read", "given", "hint"),
    [
        (lambda w: w.input["usr"], {"request": USER}, "did you mean 'user'?"),
        (lambda w: w.input["usr"], {"input": {"user": "x"}}, "did you mean 'user'?"),
        (lambda w: w.input["who"]["user"], {"input": {"user": "x"}}, "add it to the route, which sends user"),
        (lambda w: w.input["user"]["name"], {"request": USER}, "add it to the route, which sends nothing there"),
        (lambda w: w.input["list"][2], {"input": {"list": ["a", "b"]}}, "add it to the route"),
        (lambda w: w.input["any"], {}, "add it to the route, which sends nothing there"),
    ],
)
def test_what_no_route_sends(read: Callable[[Workflow], Any], given: dict[str, Any], hint: str) -> None:
    (only,) = found(reading(read), route(**given))
    assert only.code == "KF276"
    assert only.hint is not None
    assert hint in only.hint
    assert "POST /0/{id}" in only.message


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (lambda w: w.input["user"], {"request": USER}),
        (lambda w: w.input["tags"][0]["name"], {"request": USER}),
        (lambda w: w.input["more"], {"request": {**USER, "additionalProperties": True}}),
        (lambda w: w.input["more"], {"request": {"type": "object"}}),
        (lambda w: w.input["more"], {"request": {"type": ["object", "null"], "properties": {"more": {}}}}),
        (lambda w: w.input["more"], {"request": {"allOf": [USER]}}),
        (lambda w: w.input["list"][1], {"input": {"list": ["a", "b"]}}),
    ],
)
def test_what_a_route_may_send(read: Callable[[Workflow], Any], given: dict[str, Any]) -> None:
    assert found(reading(read), route(**given)) == ()


def test_one_route_that_sends_it_is_enough() -> None:
    workflow = reading(lambda w: w.input["user"])
    assert found(workflow, route(input={"usr": "x"}), route(request=USER)) == ()


def test_what_is_asked_for_first_may_be_missing() -> None:
    workflow = Workflow("Ask", timeout=20)
    with workflow.when(workflow.input["plan"].is_present()):
        workflow.task("Look", apigateway.get_usage_plan(usagePlanId=workflow.input["plan"]))
    workflow.succeed()
    assert found(workflow, route(request=USER)) == ()


def test_who_is_started_by_others_may_be_sent_anything() -> None:
    workflow = reading(lambda w: w.input["usr"])
    other = Workflow("Start", timeout=20)
    other.task("Go", stepfunctions.start_execution(stateMachineArn=workflow.arn, input={"usr": "x"})).keep("it goes on")
    other.succeed()
    assert found(workflow, route(request=USER), others=(other,)) == ()


def test_without_a_route_nothing_is_known() -> None:
    assert found(reading(lambda w: w.input["usr"])) == ()


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("post", {"request": USER, "input": {"u": "api.body['usr']"}}, "the schema of the request has no 'usr'"),
        ("get", {"input": {"u": "api.body['user']"}}, "the request of a GET has no body"),
    ],
)
def test_what_no_body_has(method: str, given: dict[str, Any], said: str, tmp_path: Path) -> None:
    from keyflow.build import build
    from keyflow.project import Project

    api = Api("front")
    key = given["input"]["u"].split("'")[1]
    workflow = reading(lambda w: w.input["u"])
    api.route(method, "/users", workflow, **{**given, "input": {"u": api.body[key]}})
    held = Definitions({"Read": workflow}, {"front": api}, {"Read": "", "front": ""})
    with pytest.raises(DefinitionError, match=f"KF276.*{said}"):
        build(Project(root=tmp_path, name="p"), held)


def test_routes_that_send_different_things() -> None:
    """What one of them sends is not looked for in what another does."""
    workflow = reading(lambda w: w.input["who"]["usr"])
    (only,) = found(workflow, route(input={"who": {"user": "x"}}), route(input={"other": "x"}), route())
    assert only.hint == "did you mean 'user'?"


LIST = {"type": "object", "properties": {"lines": {"type": "array", "items": {"properties": {"sku": {}}}}}}


def test_what_an_item_is_asked_for_is_asked_of_the_item() -> None:
    workflow = Workflow("Items", timeout=20)
    with workflow.map("Lines", workflow.input["lines"]) as line, workflow.when(line["note"].is_present()):
        workflow.task("Look", apigateway.get_api_key(apiKey=line["note"]))
    workflow.succeed()
    assert found(workflow, route(request=LIST)) == ()


def test_what_a_result_is_asked_for_is_not_asked_of_the_input() -> None:
    workflow = Workflow("Result", timeout=20)
    account = workflow.task("Account", apigateway.get_account())
    with workflow.when(account["apiKeyVersion"].is_present()):
        workflow.task("Look", apigateway.get_api_key(apiKey=workflow.input["ApiKeyVersion"]))
    workflow.succeed()
    (only,) = found(workflow, route(request=USER))
    assert "'ApiKeyVersion'" in only.message
