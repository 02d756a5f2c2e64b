"""A workflow inlined in another: its steps, its compensations and its errors are the other's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, Workflow, format
from keyflow.aws import activity, apigateway, dynamodb, function, http, s3, sqs, stepfunctions
from keyflow.compiler import calls_of, compile_workflow
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.verify import prove, subject_of_workflow


def make_key() -> Workflow:
    child = Workflow("MakeKey", timeout=60)
    name = child.input["name"]
    me = child.context["Execution"]["Name"]
    item = {"pk": {"S": name}, "sk": {"S": me}}
    child.fail_if(name.matches("bad*"), "BadName", "The name is bad")
    with child.parallel("Both"):
        key = child.task("Make Key", apigateway.create_api_key(name=name, description=me))
        with child.branch("Noting"):
            note = child.task("Note", dynamodb.put_item(TableName=Parameter("T"), Item=item))
    key.compensate(
        "Remove Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(nameQuery=name),
        where=lambda found: found["name"] == name,
        mine={"description": me},
    )
    note.compensate("Forget", dynamodb.delete_item(TableName=Parameter("T"), Key={"pk": {"S": name}, "sk": {"S": me}}))
    child.allow("logs:PutLogEvents", "*")
    child.succeed({"id": key["id"], "name": name})
    return child


def parent_of(child: Workflow) -> Workflow:
    parent = Workflow("Parent", timeout=200)
    first = parent.inline(child, input={"name": parent.input["name"]}, prefix="First: ")
    second = parent.inline(child, input={"name": first["id"]}, prefix="Second: ")
    letter = sqs.send_message(QueueUrl="https://sqs/1/q", MessageBody={"keys": format("{}", second["id"])})
    parent.task("Tell", letter).keep("it is read by people")
    parent.succeed({"first": first["id"], "name": first["name"]})
    return parent


def test_it_runs_as_if_it_were_written_here() -> None:
    child = make_key()
    before = compile_workflow(child).document
    parent = parent_of(child)
    assert compile_workflow(child).document == before
    compiled = compile_workflow(parent)
    assert [each.action for each in parent.granted] == ["logs:PutLogEvents"] * 2
    assert set(compiled.parameters) == {"T"}
    answers = {"First: Make Key": Success({"Id": "k1"}), "Second: Make Key": Success({"Id": "k2"})}
    stubs = Stubs(answers, default=Success({}))
    ended = run(compiled.machine, {"name": "n"}, stubs)
    assert ended.output == {"first": "k1", "name": "n"}
    item = {"pk": {"S": "k1"}, "sk": {"S": "execution"}}
    made = {"Name": "k1", "Description": "execution"}
    assert stubs.calls[2].parameters in (made, {"TableName": "${T}", "Item": item})
    failing = Stubs({**answers, "Tell": Failure("Broken")}, default=Success({}))
    assert run(compiled.machine, {"name": "n"}, failing).error == "UnhandledError"
    undone = [call.state for call in failing.calls[5:]]
    assert set(undone) == {f"{which}: {what}" for which in ("First", "Second") for what in ("Remove Key", "Forget")}
    assert run(compiled.machine, {"name": "bad"}, Stubs({})).error == "BadName"


def test_it_is_proven() -> None:
    assert prove(subject_of_workflow(compile_workflow(parent_of(make_key())), ()), depth=1).violations == ()


def iterating() -> Workflow:
    child = Workflow("Each", timeout=60)
    with child.map("M", child.input["list"]) as each:
        child.task("T", apigateway.create_api_key(name=each["name"]))
    return child


def test_iterations_handlers_and_errors_are_copied() -> None:
    child = iterating()
    task = child.task("Last", apigateway.get_account())
    with task.on_error("ApiGateway.Mine") as error:
        child.task("Handle", sqs.send_message(QueueUrl="q", MessageBody=error["Error"]))
    parent = Workflow("P", timeout=100)
    assert parent.inline(child, input={"list": parent.input["deep"]["list"]}) is None
    stubs = Stubs({"Last": Failure("ApiGateway.Mine")}, default=Success({}))
    run(compile_workflow(parent).machine, {"deep": {"list": [{"name": "a"}, {"name": "b"}]}}, stubs)
    assert [call.parameters for call in stubs.calls] == [
        {"Name": "a"}, {"Name": "b"}, {}, {"QueueUrl": "q", "MessageBody": "ApiGateway.Mine"},
    ]  # fmt: skip


def succeeding_early() -> Workflow:
    child = Workflow("Early", timeout=60)
    with child.when(child.input["x"] == 1):
        child.succeed(name="Early")
    child.succeed()
    return child


def waiting() -> Workflow:
    child = Workflow("Waiting", type="STANDARD")
    child.task("Start", stepfunctions.start_execution(stateMachineArn=Workflow("Other").arn).sync(), timeout=60)
    return child


def reading() -> Workflow:
    child = Workflow("Reading", type="STANDARD")
    rows = s3.get_object(Bucket=child.input["bucket"], Key="k")
    with child.map("Rows", rows, distributed="EXPRESS", reader_config={"InputType": "JSON"}) as row:
        child.task("T", apigateway.create_api_key(name=row["name"]))
    return child


def test_what_a_map_reads_is_copied() -> None:
    parent = Workflow("P", type="STANDARD")
    parent.inline(reading(), input={"bucket": parent.input["deep"]["b"]})
    stubs = Stubs({"Rows": Success([{"name": "a"}])}, default=Success({}))
    run(compile_workflow(parent).machine, {"deep": {"b": "mine"}}, stubs)
    assert [call.parameters for call in stubs.calls] == [{"Bucket": "mine", "Key": "k"}, {"Name": "a"}]


@pytest.mark.parametrize(
    ("child", "given", "code"),
    [
        (succeeding_early, {"x": 1}, "KF244"),
        (make_key, {}, "KF244"),
        (make_key, {"name": "a literal"}, "KF244"),
        (iterating, {"list": [1, 2]}, "KF244"),
        (waiting, {}, "KF238"),
        (reading, {"bucket": "b"}, "KF243"),
    ],
)
def test_what_cannot_be_inlined_says_why(child: Callable[[], Workflow], given: Any, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Workflow("Parent").inline(child(), input=given)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert diagnostic.location is not None
    assert diagnostic.location.file == __file__


def test_names_are_taken_once() -> None:
    parent = Workflow("Parent", timeout=200)
    parent.inline(make_key(), input={"name": parent.input["a"]})
    with pytest.raises(DefinitionError, match="KF220"):
        parent.inline(make_key(), input={"name": parent.input["b"]})


def test_activities_endpoints_and_functions_are_tasks_like_any_other() -> None:
    workflow = Workflow("Others", type="STANDARD")
    pack = workflow.task(
        "Pack", activity("arn:aws:states:eu-central-1:1:activity:pack", {"x": 1}), timeout=60, heartbeat=9
    )
    connection = {"ConnectionArn": "arn:aws:events:eu-central-1:1:connection/c/1"}
    call = workflow.task(
        "Call",
        http.invoke(
            ApiEndpoint="https://a.example/x", Method="POST", Authentication=connection, RequestBody=pack["id"]
        ),
    )
    with call.on_error("States.Http.StatusCode.404"):
        workflow.fail("Gone", "It is gone")
    made = workflow.task("Make", function(Parameter("MakeArn"), {"body": call["ResponseBody"]["id"]}))
    made.compensate("Unmake", function(Parameter("UnmakeArn"), {"id": made["id"]}))
    workflow.task("Last", apigateway.get_account())
    workflow.succeed({"status": call["StatusCode"]})
    assert len(list(calls_of(workflow))) == 5
    assert prove(subject_of_workflow(compile_workflow(workflow), ()), depth=1).violations == ()
    with pytest.raises(DefinitionError, match="KF238"):
        Workflow("Express").task("Pack", activity("arn:aws:states:eu-central-1:1:activity:pack"), timeout=60)
    with pytest.raises(DefinitionError, match="KF238"):
        Workflow("Standard", type="STANDARD").task("Pack", activity("arn:aws:states:eu-central-1:1:activity:pack"))


def test_a_choice_is_copied_and_ends_at_what_is_given_as_a_literal() -> None:
    child = Workflow("Child", timeout=60)
    name = child.first_of(child.input["nick"], child.input["name"], "nobody")
    child.succeed({"name": name})
    parent = Workflow("Parent", timeout=60)
    output = parent.inline(child, input={"nick": parent.input["nick"], "name": "Ann"}, prefix="Child: ")
    parent.succeed(output)
    states = compile_workflow(parent).document["States"]
    assert [state["Parameters"]["value"] for state in states.values() if "value" in state.get("Parameters", {})] == [
        "Ann"
    ]
    assert "nobody" not in str(states)
