"""A `StateMachine` says what the States Language says; what it cannot be fails where it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, Retry, StateMachine, asl, format, jsonata, jsonpath
from keyflow.aws import activity, apigateway, dynamodb, function, http, resource, sqs
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import Severity
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.policies import workflow_policy

ANOTHER_LANGUAGE: Any = "SQL"


def states(machine: StateMachine) -> dict[str, Any]:
    document = compile_workflow(machine).document
    assert asl.validate(document) == ()
    found: dict[str, Any] = document["States"]
    return found


def test_states_follow_one_another_as_written() -> None:
    machine = StateMachine("Orders", comment="Takes orders")
    data = machine.data
    get = machine.task(
        "Get",
        dynamodb.get_item(TableName="t", Key={"id": {"S": data["id"]}}),
        result_path="$.item",
        retry=Retry(errors=(dynamodb.errors.InternalServerError,)),
    )
    with get.on_error(dynamodb.errors.ResourceNotFoundException, result_path="$.error"):
        machine.go_to("Lost")
    with machine.when(~data["item"]["Item"].is_present(), name="There?"):
        machine.fail("Lost", "Lost", data["id"])
    machine.succeed("Done", output_path="$.item")
    found = states(machine)
    assert list(found) == ["Get", "There?", "Lost", "Done"]
    assert found["Get"]["Catch"] == [
        {"ErrorEquals": ["DynamoDB.ResourceNotFoundException"], "ResultPath": "$.error", "Next": "Lost"}
    ]
    assert found["Get"]["Retry"][0]["ErrorEquals"] == ["DynamoDB.InternalServerErrorException"]
    assert found["There?"] == {
        "Type": "Choice",
        "Choices": [{"Variable": "$.item.Item", "IsPresent": False, "Next": "Lost"}],
        "Default": "Done",
    }
    assert found["Lost"] == {"Type": "Fail", "Error": "Lost", "CausePath": "$.id"}


def test_nothing_is_added() -> None:
    """No timeout, no catcher, no data of keyflow's own."""
    machine = StateMachine("Bare")
    machine.task("A", resource("arn:aws:states:::sqs:sendMessage"))
    assert states(machine) == {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}}


def test_blocks_with_branches_items_and_handlers() -> None:
    machine = StateMachine("Blocks")
    data = machine.data
    with machine.parallel("Both", result_path="$.both", retry=Retry(errors=("E",), max_attempts=1)) as both:
        with machine.branch(comment="left"):
            machine.succeed("Left")
        with machine.branch():
            machine.wait("Right", until=data["when"])
    with both.on_error("Mine"):
        machine.go_to("End")
    with machine.map(
        "Each",
        items_path="$.list",
        item_selector={"n": machine.context["Map"]["Item"]["Value"]["n"]},
        processor_config={"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        item_reader={
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket": Parameter("B"), "Key": data["k"]},
        },
        tolerated_failure_count=data["most"],
    ):
        machine.pass_state("One", parameters={"text": format("{}!", data["n"])})
    machine.succeed("End")
    found = states(machine)
    assert found["Both"]["Branches"][0] == {
        "Comment": "left",
        "StartAt": "Left",
        "States": {"Left": {"Type": "Succeed"}},
    }
    assert found["Both"]["Catch"] == [{"ErrorEquals": ["Mine"], "Next": "End"}]
    assert found["Each"]["ToleratedFailureCountPath"] == "$.most"
    assert found["Each"]["ItemReader"]["Parameters"] == {"Bucket": "${B}", "Key.$": "$.k"}
    assert found["Each"]["ItemSelector"] == {"n.$": "$$.Map.Item.Value.n"}
    assert found["Each"]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"


def test_jsonata_where_the_machine_or_a_state_says_so() -> None:
    machine = StateMachine("Ata", query_language="JSONata")
    call = sqs.send_message(QueueUrl="q", MessageBody=jsonata("$string($states.input)"))
    machine.task("A", call, assign={"x": jsonata("1 + 1")})
    with machine.when(jsonata("$x = 2"), name="Two?", rule={"output": jsonata("$x")}):
        machine.pass_state("B", output=jsonata("$x"))
        machine.end()
    machine.succeed("C", output=jsonata("$x"))
    found = states(machine)
    assert found["A"]["Arguments"] == {"QueueUrl": "q", "MessageBody": "{% $string($states.input) %}"}
    assert found["Two?"]["Choices"] == [{"Condition": "{% $x = 2 %}", "Output": "{% $x %}", "Next": "B"}]
    assert found["B"]["End"] is True
    mixed = StateMachine("Mixed")
    mixed.task("A", call, query_language="JSONata", assign={"x": jsonata("1 + 1")})
    mixed.pass_state("B", parameters={"x": mixed.variable("x"), "all": jsonpath("$..y")})
    assert states(mixed)["A"]["Arguments"] == found["A"]["Arguments"]
    assert states(mixed)["B"]["Parameters"] == {"x.$": "$x", "all.$": "$..y"}


def test_the_language_of_a_map_or_a_parallel_is_not_that_of_the_states_inside() -> None:
    call = sqs.send_message(QueueUrl="q", MessageBody="b")
    machine = StateMachine("Mixed")
    with machine.map("Each", query_language="JSONata", items=jsonata("[1, 2]")):
        machine.task("Inside", call, timeout=5)
    with machine.parallel("Both", query_language="JSONata"), machine.branch():
        machine.task("Left", call, timeout=5)
    found = states(machine)
    inside = (found["Each"]["ItemProcessor"]["States"]["Inside"], found["Both"]["Branches"][0]["States"]["Left"])
    assert [each["Parameters"] for each in inside] == [{"QueueUrl": "q", "MessageBody": "b"}] * 2


def machine_with(write: Callable[[StateMachine], Any]) -> Callable[[], Any]:
    def make() -> Any:
        machine = StateMachine("M")
        write(machine)
        return compile_workflow(machine)

    return make


def choice_at_the_end(machine: StateMachine) -> None:
    with machine.when(machine.data["a"].is_true(), name="C"):
        machine.succeed("S")


def empty_branch(machine: StateMachine) -> None:
    with machine.parallel("P"), machine.branch():
        pass


def empty_map(machine: StateMachine) -> None:
    with machine.map("P"):
        pass


def loose_state(machine: StateMachine) -> None:
    with machine.parallel("P"):
        machine.succeed("S")


def jsonata_in_jsonpath(machine: StateMachine) -> None:
    with machine.when(jsonata("true"), name="C"):
        machine.succeed("S")
    machine.succeed("T")


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda machine: machine.go_to("Nowhere"), "KF240"),
        (lambda machine: (machine.pass_state("A"), machine.go_to("a")), "KF240"),
        (choice_at_the_end, "KF240"),
        (lambda machine: machine.pass_state("A", ressult=1), "KF241"),
        (lambda machine: machine.succeed("A", result_path="$.x"), "KF241"),
        (lambda machine: machine.pass_state("A", result={"x": machine.data["y"]}), "KF241"),
        (lambda machine: machine.state("A", {"Type": "Job"}), "KF227"),
        (lambda machine: machine.task("A", "arn"), "KF222"),
        (lambda machine: machine.task("A", resource("arn:aws:lambda:eu-west-1:1:function:f"), retry="x"), "KF219"),
        (lambda machine: machine.pass_state("A", assign=5), "KF241"),
        (lambda machine: machine.wait("A"), "KF223"),
        (lambda machine: machine.otherwise().__enter__(), "KF225"),
        (empty_branch, "KF224"),
        (empty_map, "KF224"),
        (loose_state, "KF224"),
        (jsonata_in_jsonpath, "KF302"),
        (lambda machine: machine.when("x", name="C").__enter__(), "KF215"),
        (lambda machine: resource(""), "KF239"),
        (lambda machine: resource(machine.data["arn"]), "KF239"),
        (lambda machine: http.invoke(ApiEndpoint="https://a", Method="GET"), "KF203"),
        (lambda machine: http.invoke(ApiEndpoint="https://a", Method="FETCH", Authentication={}), "KF206"),
        (lambda machine: http.invoke(Url="https://a"), "KF204"),
        (lambda machine: StateMachine("M", query_language=ANOTHER_LANGUAGE), "KF218"),
    ],
)
def test_what_cannot_be_is_refused(write: Callable[[StateMachine], Any], code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        machine_with(write)()
    assert caught.value.diagnostics[0].code == code


def test_the_line_is_the_authors() -> None:
    machine = StateMachine("M")
    machine.pass_state("A")
    with pytest.raises(DefinitionError) as caught:
        machine.pass_state("A")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "KF220"
    assert diagnostic.location is not None
    assert diagnostic.location.file == __file__


def test_least_privilege_for_functions_activities_and_endpoints() -> None:
    machine = StateMachine("Roles")
    machine.task("Function", function(Parameter("ChargeArn"), {"a": 1}))
    machine.task("Activity", activity("arn:aws:states:eu-central-1:1:activity:pack"))
    connection = "arn:aws:events:eu-central-1:1:connection/c/1"
    machine.task(
        "Endpoint",
        http.invoke(
            ApiEndpoint="https://api.example.com/x", Method="POST", Authentication={"ConnectionArn": connection}
        ),
    )
    granted = json.dumps(workflow_policy(compile_workflow(machine)))
    assert '"lambda:InvokeFunction"], "Resource": ["${ChargeArn}"]' in granted
    assert '"StringLike": {"states:HTTPEndpoint": "https://api.example.com/x", "states:HTTPMethod": "POST"}' in granted
    assert f'"events:RetrieveConnectionCredentials"], "Resource": ["{connection}"]' in granted
    assert compile_workflow(machine).warnings == ()


def test_a_resource_that_nobody_knows_is_warned_of() -> None:
    machine = StateMachine("Unknown")
    machine.task("A", resource(Parameter("SomeArn"), {}))
    (warning,) = compile_workflow(machine).warnings
    assert (warning.code, warning.severity) == ("KF306", Severity.WARNING)
    machine.allow("sqs:SendMessage", "arn:aws:sqs:::q")
    assert compile_workflow(machine).warnings == ()


def test_parameters_are_those_of_values_and_texts() -> None:
    machine = StateMachine("Texts")
    machine.pass_state("A", result={"table": Parameter("Table"), "text": "x ${Other}"})
    assert set(compile_workflow(machine).parameters) == {"Table", "Other"}


def registration() -> StateMachine:
    """Two steps that are undone, a declared failure, and one step more."""
    machine = StateMachine("Add")
    data = machine.data
    key = machine.task("Make Key", apigateway.create_api_key(name=data["name"]), result_path="$.key")
    plan = machine.task("Make Plan", apigateway.create_usage_plan(name=data["name"]))
    with machine.when(data["Id"] == "bad", name="Bad?"):
        machine.fail("Bad", "Bad", "it is bad")
    machine.task("Account", apigateway.get_account())
    machine.succeed("Done")
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    plan.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    plan.compensate("Forget Key", apigateway.delete_api_key(apiKey=key["id"]), gone="ApiGateway.Mine")
    return machine


LINK_FAILS = Failure("Broken", "pipe")


@pytest.mark.parametrize(
    ("answers", "error", "undone"),
    [
        ({}, None, []),
        ({"Make Key": LINK_FAILS}, "Broken", []),
        ({"Make Plan": LINK_FAILS}, "Broken", ["Remove Key"]),
        ({"Account": LINK_FAILS}, "Broken", ["Remove Plan", "Forget Key", "Remove Key"]),
        ({"Make Plan": Success({"Id": "bad"})}, "Bad", ["Remove Plan", "Forget Key", "Remove Key"]),
        (
            {
                "Account": LINK_FAILS,
                "Remove Plan": Failure("ApiGateway.NotFoundException"),
                "Forget Key": Failure("ApiGateway.Mine"),
            },
            "Broken",
            ["Remove Plan", "Forget Key", "Remove Key"],
        ),
    ],
)
def test_steps_are_undone_in_reverse_order(answers: dict[str, Any], error: str | None, undone: list[str]) -> None:
    """S2, S4, S5, S6 and S8; the error is the one that the machine would have ended with (S7 is the author's)."""
    compiled = compile_workflow(registration())
    assert asl.validate(compiled.document) == ()
    given = {"Make Key": Success({"Id": "k"}), "Make Plan": Success({"Id": "p"}), **answers}
    stubs = Stubs(given, default=Success({}))
    ended = run(compiled.machine, {"name": "n"}, stubs)
    assert ended.error == error
    assert [call.state for call in stubs.calls if call.state not in ("Make Key", "Make Plan", "Account")] == undone
    assert all(
        call.parameters in ({"ApiKey": "k"}, {"UsagePlanId": "p"}, {"UsagePlanId": "bad"})
        for call in stubs.calls
        if call.state in undone
    )


def test_what_could_not_be_undone_is_named() -> None:
    given: dict[str, Any] = {"Make Key": Success({"Id": "k"}), "Make Plan": LINK_FAILS, "Remove Key": Failure("Denied")}
    ended = run(compile_workflow(registration()).machine, {"name": "n"}, Stubs(given))
    assert ended.error == "CompensationFailed"
    assert json.loads((ended.cause or "").removeprefix("Left behind: ")) == {
        "removeKey": {"task": "Make Key", "compensation": "Remove Key", "parameters": {"ApiKey": "k"}}
    }


def test_an_unknown_outcome_is_undone_where_no_result_is_needed() -> None:
    """S10."""
    machine = StateMachine("Claim")
    claim = machine.task("Claim", dynamodb.put_item(TableName="t", Item={"id": {"S": "x"}}))
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key={"id": {"S": "x"}}))
    for error, called in (("States.Timeout", 2), ("DynamoDB.ConditionalCheckFailedException", 1)):
        stubs = Stubs({"Claim": Failure(error)}, default=Success({}))
        assert run(compile_workflow(machine).machine, {}, stubs).error == error
        assert len(stubs.calls) == called


def looped(machine: StateMachine) -> None:
    step = machine.task("A", apigateway.get_account())
    machine.go_to("A")
    step.compensate("B", apigateway.get_account())


def branched(machine: StateMachine) -> None:
    with machine.parallel("P"), machine.branch():
        machine.task("A", apigateway.get_account()).compensate("B", apigateway.get_account())


def in_jsonata(machine: StateMachine) -> None:
    machine.task("A", apigateway.get_account(), query_language="JSONata").compensate("B", apigateway.get_account())


def read_elsewhere(machine: StateMachine) -> None:
    step = machine.task("A", apigateway.create_api_key(name="n"))
    machine.pass_state("B", parameters={"id": step["id"]})


@pytest.mark.parametrize(
    "write",
    [
        looped,
        branched,
        in_jsonata,
        read_elsewhere,
        lambda machine: machine.pass_state("A").compensate("B", apigateway.get_account()),
    ],
)
def test_what_cannot_be_compensated_says_why(write: Callable[[StateMachine], Any]) -> None:
    with pytest.raises(DefinitionError) as caught:
        machine_with(write)()
    assert caught.value.diagnostics[0].code == "KF242"


def test_a_compensation_is_retried_for_its_own_services_errors() -> None:
    machine = StateMachine("Mine")
    key = machine.task("Make Key", apigateway.create_api_key(name="k"))
    with pytest.raises(DefinitionError, match="KF208"):
        key.compensate(
            "Remove Key",
            apigateway.delete_api_key(apiKey=key["id"]),
            retry=Retry(errors=(dynamodb.errors.ConditionalCheckFailedException,)),
        )


def test_states_are_found_by_name() -> None:
    machine = registration()
    assert machine["Make Key"].name == "Make Key"
    with pytest.raises(DefinitionError, match="did you mean 'Make Key'"):
        machine["MakeKey"]


def test_variables_of_the_author_are_left_alone() -> None:
    machine = StateMachine("Mine")
    key = machine.task("Make Key", apigateway.create_api_key(name="n"), assign={"makeKey": 1, "failure": 2})
    machine.task("Last", apigateway.get_account())
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    compiled = compile_workflow(machine)
    assert {"makeKey": 1, "failure": 2}.items() <= compiled.document["States"]["Make Key"]["Assign"].items()
    stubs = Stubs({"Make Key": Success({"Id": "k"}), "Last": LINK_FAILS}, default=Success({}))
    assert run(compiled.machine, {}, stubs).error == "Broken"
    assert stubs.calls[-1].parameters == {"ApiKey": "k"}
