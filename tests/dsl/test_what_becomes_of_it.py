"""The words that say what becomes of a change when the workflow fails: mine=, keep, pivot, reads, owns, saga=False."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Workflow
from keyflow.aws import apigateway, dynamodb, function, lambda_, sqs
from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.verify import prove, subject_of_workflow

LETTERS = "https://sqs.us-east-1.amazonaws.com/123456789012/letters"


def refuses(make: Callable[[], Any], code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    assert code in {each.code for each in caught.value.diagnostics}


def claimed(**options: Any) -> Any:
    """A claim of a name, and the compensation that releases it."""
    workflow = Workflow("W", timeout=60)
    me = {"S": workflow.context["Execution"]["Id"]}
    item = {"pk": {"S": workflow.input["name"]}, "by": me, "data": {"M": {"by": me}}}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=item))
    release = dynamodb.delete_item(TableName="t", Key={"pk": item["pk"]}, **options.pop("given", {}))
    return claim.compensate("Release", release, **{"mine": {"by": me}, **options})


def test_mine_becomes_a_condition_of_the_item() -> None:
    made = claimed()
    assert made.call.written["ConditionExpression"] == "#mine1 = :mine1"
    assert made.call.written["ExpressionAttributeNames"] == {"#mine1": "by"}
    assert made.gone == ("DynamoDB.ConditionalCheckFailedException",)


def test_mine_joins_the_condition_that_is_there() -> None:
    given = {"ConditionExpression": "attribute_exists(#mine1)", "ExpressionAttributeNames": {"#mine1": "pk"}}
    made = claimed(given=given, mine={"data.by": {"S": "x"}})
    assert made.call.written["ConditionExpression"] == "(attribute_exists(#mine1)) AND #mine2.#mine3 = :mine1"
    assert made.call.written["ExpressionAttributeNames"] == {"#mine1": "pk", "#mine2": "data", "#mine3": "by"}


def test_mine_chooses_what_is_found() -> None:
    workflow = Workflow("W", timeout=60)
    me = workflow.context["Execution"]["Id"]
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=me))
    find = apigateway.get_api_keys(nameQuery="k")
    options: dict[str, Any] = {"find": find, "where": lambda found: found["name"] == "k", "mine": {"description": me}}
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]), **options)
    workflow.succeed()
    assert prove(subject_of_workflow(compile_workflow(workflow), ()), depth=1).violations == ()


@pytest.mark.parametrize(
    "mine", [{}, {"nothing": {"S": "x"}}, {"by": "x"}, {"by": {"S": "x", "N": "1"}}, ["by"], {1: {"S": "x"}}]
)
def test_mine_that_recognises_nothing(mine: Any) -> None:
    refuses(lambda: claimed(mine=mine), "KF263")


def test_mine_needs_a_condition_or_a_lookup() -> None:
    workflow = Workflow("W")
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    undo = apigateway.delete_api_key(apiKey=key["id"])
    refuses(lambda: key.compensate("Delete Key", undo, mine={"name": "k"}), "KF263")


def test_what_is_kept() -> None:
    workflow = Workflow("W")
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    look = workflow.task("Look", apigateway.get_account())
    refuses(lambda: look.keep("it reads"), "KF262")
    refuses(lambda: key.keep(""), "KF219")
    key.keep("it is shared")
    refuses(lambda: key.keep("again"), "KF262")
    undo = apigateway.delete_api_key(apiKey=key["id"])
    refuses(lambda: key.compensate("Delete Key", undo), "KF262")
    document: Any = compile_workflow(workflow).document
    assert document["States"]["Key"]["Comment"] == "effect: kept, it is shared"


def test_what_is_undone_is_not_kept() -> None:
    workflow = Workflow("W")
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    refuses(lambda: key.keep("it is shared"), "KF262")


def test_reads_is_for_what_no_model_knows() -> None:
    assert lambda_.invoke(FunctionName="f").reads().is_read
    assert function("arn:aws:lambda:us-east-1:1:function:f").reads().is_read
    assert apigateway.get_account().reads().is_read
    refuses(lambda: apigateway.create_api_key(name="k").reads(), "KF265")


def test_nothing_is_undone_without_a_saga() -> None:
    workflow = Workflow("W", saga=False, comment="Counts")
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    compiled = compile_workflow(workflow)
    assert compiled.warnings == ()
    assert compiled.document["Comment"] == "Counts; effect: kept"
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    refuses(lambda: compile_workflow(workflow), "KF262")
    refuses(lambda: Workflow("W", saga="no"), "KF218")  # type: ignore[arg-type]


def test_a_workflow_owns_what_its_input_names() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.owns(workflow.input), "KF219")
    refuses(lambda: workflow.owns("keyId"), "KF219")  # type: ignore[arg-type]
    workflow.owns(workflow.input["key"]["id"])
    workflow.task("Look", apigateway.get_account())
    assert compile_workflow(workflow).document["Comment"] == "owns: key.id"


def test_a_dead_letter_says_what_is_left() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.dead_letter(sqs.send_message(QueueUrl=LETTERS, MessageBody="something")), "KF268")


# The pivot.


def ordered(*, tells: bool = True, language: Any = "JSONPath") -> Workflow:
    workflow = Workflow("W", timeout=100, query_language=language)
    me = {"id": {"S": workflow.context["Execution"]["Name"]}}
    store = workflow.task("Store", dynamodb.put_item(TableName="t", Item=me))
    store.compensate("Remove", dynamodb.delete_item(TableName="t", Key=me))
    workflow.pivot()
    workflow.task("Pack", sqs.send_message(QueueUrl=LETTERS, MessageBody={"order": workflow.input["order"]}))
    with workflow.parallel("Tell"):
        workflow.task("Customer", sqs.send_message(QueueUrl=LETTERS, MessageBody="it comes"))
        workflow.task("Accounts", sqs.send_message(QueueUrl=LETTERS, MessageBody="it is paid"))
    if tells:
        workflow.dead_letter(sqs.send_message(QueueUrl=LETTERS, MessageBody=workflow.left_over))
    workflow.succeed()
    return workflow


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("tells", [True, False])
def test_what_fails_after_the_pivot_is_owed(language: Any, tells: bool) -> None:
    compiled = compile_workflow(ordered(tells=tells, language=language))
    stubs = Stubs({"Pack": Failure("Broken")}, default=Success({}))
    ended = run(compiled.machine, {"order": "o"}, stubs)
    assert ended.error == "CompletionFailed"
    owed = json.loads((ended.cause or "").removeprefix("Owed: "))
    parameters = {"QueueUrl": LETTERS, "MessageBody": {"order": "o"}}
    assert owed == [{"task": "Pack", "owed": ["Pack", "Tell"], "parameters": parameters}]
    calls = [call.state for call in stubs.calls]
    assert calls == ["Store", "Pack", "Pack", "Pack", *(["Report What Is Owed"] if tells else [])]
    assert prove(subject_of_workflow(compiled, ())).violations == ()


def test_a_branch_after_the_pivot_is_owed_as_a_whole() -> None:
    compiled = compile_workflow(ordered())
    stubs = Stubs({"Customer": Failure("Broken")}, default=Success({}))
    ended = run(compiled.machine, {"order": "o"}, stubs)
    assert json.loads((ended.cause or "").removeprefix("Owed: ")) == [{"task": "Tell", "owed": ["Tell"]}]


def test_the_retry_after_the_pivot_may_be_anothers() -> None:
    workflow = Workflow("W")
    workflow.pivot()
    assert len(workflow.task("A", apigateway.get_account()).retry) == 1
    assert workflow.task("B", apigateway.get_account(), retry=()).retry == ()


def test_a_pivot_in_an_alternative_that_ends() -> None:
    workflow = Workflow("W", timeout=100)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    with workflow.when(workflow.input["x"].is_present()):
        workflow.pivot()
        workflow.task("Tell", sqs.send_message(QueueUrl=LETTERS, MessageBody="x"))
        workflow.succeed(name="Told")
    workflow.task("Look", apigateway.get_account())
    workflow.succeed()
    compiled = compile_workflow(workflow)
    broken = Stubs({"Tell": Failure("Broken"), "Look": Failure("Broken")}, default=Success({"Id": "k"}))
    assert run(compiled.machine, {"x": 1}, broken).error == "CompletionFailed"
    assert run(compiled.machine, {}, broken).error == "UnhandledError"
    assert "Delete Key" in {call.state for call in broken.calls}
    assert prove(subject_of_workflow(compiled, ())).violations == ()


def misplaced(write: Callable[[Workflow], Any]) -> Callable[[], Any]:
    def make() -> Any:
        workflow = Workflow("W", type="STANDARD")
        workflow.task("First", apigateway.get_account())
        write(workflow)
        workflow.task("Last", apigateway.get_account())
        return compile_workflow(workflow)

    return make


def in_a_branch(workflow: Workflow) -> None:
    with workflow.parallel("Both"), workflow.branch():
        workflow.task("A", apigateway.get_account())
        workflow.pivot()


def in_a_map(workflow: Workflow) -> None:
    with workflow.map("Each", workflow.input["list"]):
        workflow.task("A", apigateway.get_account())
        workflow.pivot()


def in_a_handler(workflow: Workflow) -> None:
    with workflow.task("A", apigateway.get_account()).on_error():
        workflow.pivot()


def in_an_alternative_that_goes_on(workflow: Workflow) -> None:
    with workflow.when(workflow.input["x"].is_present()):
        workflow.pivot()


def twice(workflow: Workflow) -> None:
    workflow.pivot()
    workflow.pivot()


def before_a_failure(workflow: Workflow) -> None:
    workflow.pivot()
    workflow.fail_if(workflow.input["x"].is_present(), "TooLate", "It is too late")


def before_what_is_undone(workflow: Workflow) -> None:
    workflow.pivot()
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))


@pytest.mark.parametrize(
    "write",
    [
        in_a_branch,
        in_a_map,
        in_a_handler,
        in_an_alternative_that_goes_on,
        twice,
        before_a_failure,
        before_what_is_undone,
    ],
    ids=lambda write: write.__name__,
)
def test_where_a_pivot_cannot_stand(write: Callable[[Workflow], Any]) -> None:
    refuses(misplaced(write), "KF264")


def test_what_fails_after_a_pivot_is_no_reason_to_undo_anything() -> None:
    workflow = Workflow("W", timeout=60)
    me = workflow.context["Execution"]["Name"]
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.task("Put", dynamodb.put_item(TableName="t", Item={"pk": {"S": me}}))
    workflow.pivot()
    workflow.task("Tell", sqs.send_message(QueueUrl=LETTERS, MessageBody="x"))
    workflow.succeed()
    with pytest.raises(DefinitionError, match=r"'Put' makes an item, and nothing undoes it when its answer is lost"):
        compile_workflow(workflow)
