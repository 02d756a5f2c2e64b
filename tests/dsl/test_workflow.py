"""A workflow built wrongly fails where it is written."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import Condition, DefinitionError, Parameter, Retry, Workflow, all_of, any_of, format, not_
from keyflow.aws import apigateway, dynamodb, iot, sqs
from keyflow.compiler import compile_workflow
from keyflow.dsl.steps import Branch, Parallel, When
from keyflow.dsl.tasks import Task

ACCOUNT = apigateway.get_account()


def refuses(make: Callable[[], Any], code: str, message: str = "") -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code, diagnostic
    assert message in str(diagnostic)
    assert diagnostic.location is not None
    assert diagnostic.location.file == __file__


@pytest.mark.parametrize(
    "make",
    [
        lambda: Workflow("no spaces"),
        lambda: Workflow("x" * 81),
        lambda: Workflow(""),
        lambda: Workflow("W", type="LAMBDA"),  # type: ignore[arg-type]
        lambda: Workflow("W", schedule="random"),  # type: ignore[arg-type]
        lambda: Workflow("W", timeout=301),
    ],
)
def test_what_no_workflow_can_be(make: Callable[[], Any]) -> None:
    refuses(make, "KF218")


def test_names_of_states() -> None:
    workflow = Workflow("W")
    workflow.task("A", ACCOUNT).compensate("B", apigateway.delete_api_key(apiKey="x"))
    refuses(lambda: workflow.task("A", ACCOUNT), "KF220", "'A' names a state already")
    refuses(lambda: workflow.wait("B", 1), "KF220", "the first one is at")
    refuses(lambda: workflow.task("x" * 81, ACCOUNT), "KF221", "this has 81")
    refuses(lambda: workflow.task("", ACCOUNT), "KF221")


def test_what_is_not_a_call() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.task("A", "lambda"), "KF222")  # type: ignore[arg-type]
    refuses(lambda: workflow.dead_letter(apigateway.get_account), "KF222")  # type: ignore[arg-type]
    refuses(lambda: workflow.task("B", ACCOUNT).compensate("C", None), "KF222")  # type: ignore[arg-type]


@pytest.mark.parametrize("timeout", [0, -1, 1.5, True, "5"])
def test_what_is_no_timeout(timeout: Any) -> None:
    refuses(lambda: Workflow("W").task("A", ACCOUNT, timeout=timeout), "KF223")
    refuses(lambda: Workflow("W", timeout=timeout), "KF223")


def test_what_a_task_is_given() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.task("A", ACCOUNT, after="B"), "KF219")  # type: ignore[arg-type]
    refuses(lambda: workflow.task("B", ACCOUNT, retry=[3]), "KF219")  # type: ignore[list-item]
    refuses(lambda: workflow.task("B1", ACCOUNT, retry=3), "KF219", "not 3")  # type: ignore[arg-type]
    refuses(lambda: workflow.task("B2", ACCOUNT, timeout=9, heartbeat="3"), "KF223")  # type: ignore[arg-type]
    refuses(lambda: workflow.task("B3", ACCOUNT).on_error(3), "KF208", "not 3")  # type: ignore[arg-type]
    refuses(lambda: Workflow("W", comment=3), "KF218")  # type: ignore[arg-type]
    other = Retry(errors=(dynamodb.errors.ResourceNotFoundException,))
    refuses(lambda: workflow.task("C", ACCOUNT, retry=other), "KF208")
    refuses(lambda: workflow.task("D", ACCOUNT).compensate("E", ACCOUNT, retry=other), "KF208")


@pytest.mark.parametrize(
    "options",
    [
        {"max_attempts": -1},
        {"max_attempts": "3"},
        {"max_attempts": 1.5},
        {"interval": 0},
        {"interval": 1.5},
        {"interval": 100_000_000},
        {"backoff": 0.5},
        {"backoff": "2"},
        {"backoff": float("nan")},
        {"backoff": float("inf")},
        {"errors": ()},
        {"interval": 3, "max_delay": 3},
        {"max_delay": "9"},
        {"max_delay": 31_622_400},
    ],
)
def test_what_is_no_retry(options: Any) -> None:
    refuses(lambda: Retry(**options), "KF217")


def test_parallel_blocks() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.branch().__enter__(), "KF224")

    def empty() -> None:
        with workflow.parallel("Empty"):
            pass

    def empty_branch() -> None:
        with workflow.parallel("Hollow"), workflow.branch():
            pass

    def condition() -> None:
        with workflow.parallel("Asks"):
            workflow.fail_if(workflow.input["x"].is_present(), "Bad", "bad")

    def succeeds() -> None:
        with workflow.parallel("Ends"), workflow.branch():
            workflow.succeed(name="Early")

    refuses(empty, "KF224")
    refuses(empty_branch, "KF224")
    refuses(condition, "KF224", "workflow.branch()")
    refuses(succeeds, "KF226")


def test_tasks_in_a_parallel_block_are_branches() -> None:
    workflow = Workflow("W")
    with workflow.parallel("Both"):
        workflow.task("A", ACCOUNT)
        with workflow.branch("Two"):
            workflow.task("B", ACCOUNT)
            workflow.task("C", ACCOUNT)
    (parallel,) = workflow.block.steps
    assert isinstance(parallel, Parallel)
    assert [(branch.name, len(branch.block.steps)) for branch in parallel.branches] == [("A", 1), ("Two", 2)]
    assert all(isinstance(branch, Branch) for branch in parallel.branches)


def test_otherwise_follows_when() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.otherwise().__enter__(), "KF225")
    with workflow.when(workflow.input["x"] == 1):
        workflow.task("A", ACCOUNT)
    with workflow.otherwise(workflow.input["x"] == 2):
        workflow.task("B", ACCOUNT)
    with workflow.otherwise():
        workflow.task("C", ACCOUNT)
    (when,) = workflow.block.steps
    assert isinstance(when, When)
    assert (len(when.cases), when.otherwise is not None) == (2, True)
    refuses(lambda: workflow.otherwise().__enter__(), "KF225")


def test_nothing_follows_an_end() -> None:
    workflow = Workflow("W")
    workflow.succeed()
    refuses(lambda: workflow.task("A", ACCOUNT), "KF229")
    other = Workflow("W")
    with other.when(other.input["x"] == 1):
        other.fail("A", "a")
    with other.otherwise():
        other.fail("B", "b")
    refuses(lambda: other.task("A", ACCOUNT), "KF229")


@pytest.mark.parametrize("error", ["", "States.Mine", "9lives", "UnhandledError", "CompensationFailed", 'a"b', None])
def test_what_is_no_declared_error(error: Any) -> None:
    refuses(lambda: Workflow("W").fail(error, "because"), "KF228")


def test_raw_states() -> None:
    workflow = Workflow("W")
    refuses(lambda: workflow.state("A", {"Type": "Pass", "End": True}), "KF227")
    refuses(lambda: workflow.state("B", {"Type": "Choice", "Choices": []}), "KF227")
    refuses(lambda: workflow.state("C", {"Type": "Tusk"}), "KF227", "Type is 'Tusk'")
    refuses(lambda: workflow.state("D", {"Type": "Task", "Retry": [{}]}), "KF227")
    refuses(lambda: workflow.allow("s3:*", "*"), "KF234")


def test_what_is_found_stands_for_the_result() -> None:
    def key() -> Task:
        return Workflow("W").task("Key", apigateway.create_api_key(name="k"))

    find = apigateway.get_api_keys()
    task = key()
    task.compensate("Remove", apigateway.delete_api_key(apiKey=task["id"]), find=find)
    task.compensate("Note", sqs.send_message(QueueUrl="q", MessageBody=task["name"]))
    assert task.lookup is not None
    assert (task.lookup.member, task.lookup.needed) == ("Items", ("Id", "Name"))
    refuses(lambda: task.compensate("Other", apigateway.delete_api_key(apiKey="x"), find=find), "KF237", "already")
    more = sqs.send_message(QueueUrl="q", MessageBody=task["value"])
    assert task.compensate("More", more)

    bare = key()
    refuses(lambda: bare.compensate("A", apigateway.delete_api_key(apiKey="x"), find=find), "KF237")
    refuses(lambda: bare.compensate("B", apigateway.delete_api_key(apiKey=bare["id"]), find=ACCOUNT), "KF237")
    alone = key()
    with_where = {"where": lambda found: found["name"] == "k"}
    refuses(lambda: alone.compensate("C", apigateway.delete_api_key(apiKey="x"), **with_where), "KF237")  # type: ignore[arg-type]
    plans = apigateway.get_usage_plans()
    refuses(lambda: alone.compensate("D", apigateway.delete_api_key(apiKey=alone["id"]), find=plans), "KF237", "finds")
    thing = Workflow("W").task("Thing", iot.create_thing(thingName="t"))
    thing.compensate("E", iot.delete_thing(thingName=thing["thingName"]), find=iot.list_things())
    needs_more = sqs.send_message(QueueUrl="q", MessageBody=thing["thingId"])
    refuses(lambda: thing.compensate("F", needs_more), "KF237", "ThingId")


def test_what_cannot_wait() -> None:
    token = Workflow("W", type="STANDARD").context["Task"]["Token"]
    refuses(lambda: apigateway.get_account().sync(), "KF238", "cannot wait for the end")
    refuses(lambda: dynamodb.get_item(TableName="t", Key={}).wait_for_task_token(), "KF238")
    refuses(lambda: apigateway.get_account().with_role(7), "KF238", "by its ARN")
    letter = sqs.send_message(QueueUrl="q", MessageBody={"token": token}).wait_for_task_token()
    standard = Workflow("W", type="STANDARD")
    refuses(lambda: Workflow("W").task("A", letter, timeout=5), "KF238", "Express")
    refuses(lambda: standard.task("B", letter), "KF238", "for how long")
    blank = sqs.send_message(QueueUrl="q", MessageBody="?").wait_for_task_token()
    refuses(lambda: standard.task("C", blank, timeout=5), "KF238", "task token")
    refuses(lambda: standard.task("D", letter, timeout=5, heartbeat=5), "KF223", "shorter")
    task = standard.task("E", letter, timeout=5, heartbeat=4)
    refuses(lambda: task.compensate("F", letter), "KF238", "for how long")
    refuses(lambda: task.compensate("G", apigateway.delete_api_key(apiKey="x"), find=letter), "KF238", "ends at once")
    refuses(lambda: standard.dead_letter(letter), "KF238", "ends at once")


def test_waits() -> None:
    workflow = Workflow("W")
    value = workflow.input["x"]
    refuses(lambda: workflow.wait("A"), "KF223", "either")
    refuses(lambda: workflow.wait("B", 1, until="2026-01-01T00:00:00Z"), "KF223")
    refuses(lambda: workflow.wait("C", -1), "KF223")
    refuses(lambda: workflow.wait("D", True), "KF223")
    refuses(lambda: workflow.wait("E", until="tomorrow"), "KF223", "timestamp")
    workflow.wait("F", value)
    workflow.wait("G", until="2026-01-01T00:00:00.5+02:00")


def test_values_are_not_pythons_to_decide() -> None:
    workflow = Workflow("W")
    x = workflow.input["x"]
    refuses(lambda: bool(x), "KF211", "workflow.when")
    refuses(lambda: x == 1 and x == 2, "KF211", "& | ~")
    refuses(lambda: list(x), "KF211")  # type: ignore[call-overload]
    refuses(lambda: 1 in x, "KF211")  # type: ignore[operator]
    refuses(lambda: f"{x}", "KF212", "keyflow.format")
    refuses(lambda: str(x), "KF212")
    refuses(lambda: x[1.5], "KF210")  # type: ignore[index]
    refuses(lambda: Parameter("P")["x"], "KF210")


def test_conditions_compare_what_can_be_compared() -> None:
    workflow = Workflow("W")
    x, key = workflow.input["x"], workflow.task("Key", apigateway.create_api_key())
    refuses(lambda: x == [1], "KF215")
    refuses(lambda: x < True, "KF215")
    refuses(lambda: x < float("inf"), "KF215", "JSON has no inf")
    refuses(lambda: x == workflow.input["y"], "KF215", "as_number")
    refuses(lambda: key["enabled"] == "yes", "KF215", "of type boolean")
    refuses(lambda: (x == 1) & True, "KF215")  # type: ignore[operator]
    refuses(lambda: all_of(), "KF215", "at least one")
    refuses(lambda: any_of([x == 1, x == 2]), "KF215", "any_of(*conditions)")  # type: ignore[arg-type]
    refuses(lambda: not_(True), "KF215", "not_ takes conditions")  # type: ignore[arg-type]
    refuses(lambda: workflow.fail_if(x, "Bad", "bad"), "KF215")  # type: ignore[arg-type]
    refuses(lambda: workflow.when(True).__enter__(), "KF215")  # type: ignore[arg-type]


def test_the_context_object_is_known() -> None:
    context = Workflow("W").context
    refuses(lambda: context["State"]["EnterdTime"], "KF213", "EnteredTime")
    refuses(lambda: context["Machine"], "KF213")
    assert context["Execution"]["Input"]["any"]["thing"].keys[-1] == "thing"


def test_parameters_and_templates() -> None:
    refuses(lambda: Parameter("Table-Name"), "KF214")
    refuses(lambda: format("{} {}", 1), "KF216")


def test_errors_belong_to_the_service() -> None:
    workflow = Workflow("W")
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={}))
    refuses(lambda: put.on_error(apigateway.errors.ConflictException), "KF208")
    with put.on_error(dynamodb.errors.ConditionalCheckFailedException, "States.Timeout"):
        workflow.fail("Exists", "exists")
    assert put.handlers[0].errors == ("DynamoDB.ConditionalCheckFailedException", "States.Timeout")


def test_an_error_is_handled_once() -> None:
    workflow = Workflow("W")
    task = workflow.task("A", ACCOUNT)
    task.on_error("ApiGateway.X", "ApiGateway.Y")
    refuses(lambda: task.on_error("ApiGateway.Y"), "KF209", "handles ApiGateway.Y already")
    task.on_error("States.ALL", "ApiGateway.Z")
    refuses(lambda: task.on_error(), "KF209")
    refuses(lambda: Retry(errors=("States.ALL", "X")), "KF217", "stands alone")


def test_an_exception_inside_a_block_leaves_the_workflow_usable() -> None:
    workflow = Workflow("W")
    with pytest.raises(ZeroDivisionError), workflow.parallel("Both"):
        1 / 0  # noqa: B018
    workflow.task("A", ACCOUNT)
    assert [step.name for step in workflow.block.steps] == ["A"]


def test_two_ends_need_no_names() -> None:
    """A name that the author gives is the author's, wherever it stands."""
    workflow = Workflow("W")
    with workflow.when(workflow.input["x"] == 1):
        workflow.succeed({"way": 1})
    with workflow.otherwise(workflow.input["x"] == 2):
        workflow.succeed({"way": 2})
    workflow.wait("Success", 1)
    workflow.succeed({"way": 3})
    states = compile_workflow(workflow).document["States"]
    ends = {name: state["Result"]["way"] for name, state in states.items() if "Result" in state}
    assert sorted(ends.values()) == [1, 2, 3]
    assert ends.keys() == {"Success 2", "Success 3", "Success 4"}


def test_a_value_is_not_copied() -> None:
    """A copy of what holds it, as `copy.deepcopy` makes one, holds the value itself."""
    workflow = Workflow("W", timeout=60)
    held = {"pk": {"S": workflow.input["x"]}}
    assert copy.deepcopy(held)["pk"]["S"] is held["pk"]["S"]
    workflow.task("Get", dynamodb.get_item(TableName="t", Key=copy.deepcopy(held)))
    assert compile_workflow(workflow).warnings == ()


def test_a_workflow_has_one_form_for_a_condition_however_it_is_written() -> None:
    def compiled(condition: Callable[[Any], Condition]) -> Any:
        workflow = Workflow("Mine")
        workflow.fail_if(condition(workflow.input), "Bad", "bad")
        return compile_workflow(workflow).document

    written = compiled(lambda x: ((x["a"] == 1) & x["b"].is_null()) | ~x["c"].is_present())
    functions = compiled(lambda x: any_of(all_of(x["a"] == 1, x["b"].is_null()), not_(x["c"].is_present())))
    assert functions == written
