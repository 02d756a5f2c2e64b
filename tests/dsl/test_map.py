"""What a `map` block refuses, and what it compiles to where the golden files do not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Workflow, asl, format
from keyflow.aws import apigateway, dynamodb, s3, sqs
from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Stubs, Success, run


def workflow_with(write: Callable[[Workflow], Any]) -> Callable[[], Any]:
    def make() -> Any:
        workflow = Workflow("W", type="STANDARD")
        write(workflow)
        return compile_workflow(workflow)

    return make


def empty(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        pass


def success_inside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        workflow.succeed()


def item_outside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]) as each:
        workflow.task("A", apigateway.get_account())
    workflow.task("B", apigateway.create_api_key(name=each["name"]))


def result_outside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        key = workflow.task("A", apigateway.create_api_key(name="n"))
    workflow.task("B", apigateway.get_api_key(apiKey=key["id"]))


def collected_inside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]) as each:
        key = workflow.task("A", apigateway.create_api_key(name="n"))
        workflow.task("B", apigateway.create_api_key(name=format("{}", each.collect(key["id"]))))


def collecting_another(workflow: Workflow) -> None:
    other = workflow.task("A", apigateway.create_api_key(name="n"))
    with workflow.map("M", workflow.input["l"]) as each:
        workflow.task("B", apigateway.get_account())
    each.collect(other["id"])


def over(value: Any, **options: Any) -> Callable[[Workflow], None]:
    def write(workflow: Workflow) -> None:
        with workflow.map("M", value(workflow), **options):
            workflow.task("A", apigateway.get_account())

    return write


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (empty, "KF224"),
        (success_inside, "KF226"),
        (item_outside, "KF230"),
        (result_outside, "KF230"),
        (collected_inside, "KF230"),
        (collecting_another, "KF243"),
        (over(lambda workflow: [1, 2]), "KF243"),
        (over(lambda workflow: workflow.input["l"].as_string()), "KF243"),
        (over(lambda workflow: workflow.input["l"], at_most=0), "KF243"),
        (over(lambda workflow: workflow.input["l"], max_concurrency=-1), "KF243"),
        (over(lambda workflow: workflow.input["l"], distributed="FAST"), "KF243"),
        (over(lambda workflow: workflow.input["l"], distributed="EXPRESS", reader_config={}), "KF243"),
        (over(lambda workflow: s3.list_objects_v2(Bucket="b")), "KF243"),
        (over(lambda workflow: s3.list_buckets(), distributed="EXPRESS"), "KF243"),
        (over(lambda workflow: sqs.list_queues(), distributed="EXPRESS"), "KF243"),
    ],
)
def test_what_cannot_be_is_refused(write: Callable[[Workflow], None], code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        workflow_with(write)()
    assert {each.code for each in caught.value.diagnostics} == {code}


def test_an_express_workflow_has_no_child_executions() -> None:
    workflow = Workflow("W")
    with pytest.raises(DefinitionError, match="KF243"), workflow.map("M", workflow.input["l"], distributed="EXPRESS"):
        pass


def test_items_of_a_result_have_its_models_members() -> None:
    workflow = Workflow("W", timeout=60)
    keys = workflow.task("List", apigateway.get_api_keys())
    with pytest.raises(DefinitionError, match="did you mean 'name'"), workflow.map("M", keys["items"]) as each:
        each["nam"]
    other = Workflow("W2", timeout=60)
    listed = other.task("List", apigateway.get_api_keys())
    with other.map("M", listed["items"], at_most=3) as each:
        other.task("Remove", apigateway.delete_api_key(apiKey=each["id"]))
    other.succeed({"removed": each.collect(each["name"]), "places": each.collect(each.index)})
    compiled = compile_workflow(other)
    assert asl.validate(compiled.document) == ()
    answers = {"List": Success({"Items": [{"Id": "1", "Name": "a"}, {"Id": "2", "Name": "b"}]})}
    stubs = Stubs(answers, default=Success({}))
    ended = run(compiled.machine, {}, stubs)
    assert ended.output == {"removed": ["a", "b"], "places": [0, 1]}
    assert [call.parameters for call in stubs.calls[1:]] == [{"ApiKey": "1"}, {"ApiKey": "2"}]


def test_the_budget_counts_the_waves() -> None:
    """S9: 9 items, 3 at a time, are three waves."""
    workflow = Workflow("W", timeout=100)
    with workflow.map("M", workflow.input["l"], at_most=9, max_concurrency=3):
        workflow.task("A", apigateway.get_account(), timeout=20)
    assert compile_workflow(workflow).budget.worst.seconds == 60
    late = Workflow("W", timeout=59)
    with late.map("M", late.input["l"], at_most=9, max_concurrency=3):
        late.task("A", apigateway.get_account(), timeout=20)
    with pytest.raises(DefinitionError, match="KF301"):
        compile_workflow(late)


def test_a_member_of_an_item_that_may_be_missing_is_warned_of() -> None:
    workflow = Workflow("W", timeout=60)
    with workflow.map("M", workflow.input["l"]) as each:
        put = workflow.task("A", dynamodb.put_item(TableName="t", Item={"id": {"S": each["id"]}}))
        put.compensate("B", dynamodb.delete_item(TableName="t", Key={"id": {"S": each["id"]}}))
    codes = [
        (warning.code, "input['l'][0]['id']" in warning.message) for warning in compile_workflow(workflow).warnings
    ]
    assert codes == [("KF236", True)]
    required = frozenset({("l",), ("l", 0), ("l", 0, "id")})
    assert compile_workflow(workflow, provided=required).warnings == ()


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_distributed_map_that_cannot_undo_stops_no_other_compensation(language: Any) -> None:
    workflow = Workflow("W", type="STANDARD", query_language=language)
    first = workflow.task("First", apigateway.create_api_key(name="first"))
    first.compensate("Remove First", apigateway.delete_api_key(apiKey=first["id"]))
    with workflow.map("M", workflow.input["l"], distributed="EXPRESS") as each:
        key = workflow.task("Key", apigateway.create_api_key(name=each["name"]))
        key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.task("Last", apigateway.get_account())
    document: Any = compile_workflow(workflow).document
    stubs = Stubs({"Last": Failure("Broken")}, default=Success({"Id": "k"}))
    assert run(asl.parse(document), {"l": [{"name": "a"}]}, stubs).error == "UnhandledError"
    assert {call.state for call in stubs.calls} >= {"Remove Key", "Remove First"}
    undoing = document["States"]["Undo First and Key"]["Branches"][1]["States"]["Key: Each of M"]
    children = undoing["ItemProcessor"]
    children["States"][children["StartAt"]] = {"Type": "Fail", "Error": "CannotStart"}
    stubs = Stubs({"Last": Failure("Broken")}, default=Success({"Id": "k"}))
    ended = run(asl.parse(document), {"l": [{"name": "a"}]}, stubs)
    assert "Remove First" in {call.state for call in stubs.calls}
    assert ended.error == "CompensationFailed"
    assert json.loads(str(ended.cause).removeprefix("Left behind: ")) == [{"task": "Key", "map": "M"}]
