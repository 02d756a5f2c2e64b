"""Tasks that end elsewhere: with a task token, or with an execution that they start; and the events of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from keyflow import asl
from keyflow.aws.models import Shape, service_model
from keyflow.diagnostics import EngineError
from keyflow.engine import Execution, Failure, Outcome, Stubs, Success, Waiting, run

END = {"End": True}
SEND = "arn:aws:states:::aws-sdk:sfn:sendTask"


def waiting(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
        **END,
        **fields,
    }


def scope(start: str, **states: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states}


def beside(state: dict[str, Any], *others: dict[str, Any]) -> asl.StateMachine:
    """A task that waits, and what goes on beside it; its token is the first that is given out."""
    names = [f"Other{number}" for number in range(len(others))]
    chain = {
        name: {**({"Next": following} if following else END), **other}
        for name, following, other in zip(names, [*names[1:], None], others, strict=True)
    }
    both = {"Type": "Parallel", "Branches": [scope("Ask", Ask=state), scope("Other0", **chain)], **END}
    return asl.parse(scope("Both", Both=both))


def send(what: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"{SEND}{what}", "Parameters": {"TaskToken": "token-1", **parameters}}


def pause(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}


def execute(machine: asl.StateMachine, **answers: Outcome) -> Execution:
    return run(machine, {}, Stubs({"Ask": Waiting(), **answers}, default=Success({})))


# Task tokens.


def test_a_token_that_is_given_back_ends_its_task() -> None:
    found = execute(beside(waiting(), pause(7), send("Success", Output='{"approved": true}')))
    assert (found.status, found.output[0], found.seconds) == ("SUCCEEDED", {"approved": True}, 7)
    assert found.calls[0].parameters["MessageBody"] == {"token": "token-1"}


def test_a_token_can_bring_an_error() -> None:
    found = execute(beside(waiting(), send("Failure", Error="Refused", Cause="by the chief")))
    assert (found.status, found.error, found.cause) == ("FAILED", "Refused", "by the chief")


def test_a_token_that_never_comes_back_times_out() -> None:
    found = execute(beside(waiting(TimeoutSeconds=86_400), pause(1)))
    assert (found.error, found.seconds) == ("States.Timeout", 86_400)


def test_heartbeats_keep_a_task_alive() -> None:
    beats = [pause(8), send("Heartbeat"), pause(8), send("Heartbeat"), pause(8), send("Success", Output="1")]
    assert execute(beside(waiting(HeartbeatSeconds=10), *beats)).output[0] == 1
    silent = execute(beside(waiting(HeartbeatSeconds=10), *beats[:2]))
    assert (silent.error, silent.seconds) == ("States.Timeout", 18)


def test_a_stub_may_answer_for_whoever_has_the_token() -> None:
    found = execute(asl.parse(scope("Ask", Ask=waiting())), Ask=Success({"approved": True}, seconds=60))
    assert (found.output, found.seconds) == ({"approved": True}, 60)


def test_a_token_that_nobody_has_is_told() -> None:
    with pytest.raises(EngineError, match=r"KF607: 'Ask' waits for a task token.*TimeoutSeconds"):
        execute(asl.parse(scope("Ask", Ask=waiting())))


def test_a_late_token_finds_nothing_to_end() -> None:
    caught = {**waiting(TimeoutSeconds=5), "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]}
    both = {
        "Type": "Parallel",
        "Branches": [
            scope("Ask", Ask=caught, Late={"Type": "Pass", "Result": "late", **END}),
            scope("Pause", Pause={**pause(9), "Next": "Send"}, Send={**send("Success", Output="1"), **END}),
        ],
        **END,
    }
    ended = execute(asl.parse(scope("Both", Both=both)), Send=Failure("Sfn.TaskTimedOutException"))
    assert (ended.error, ended.seconds) == ("Sfn.TaskTimedOutException", 9)


# Executions that a task starts.

CHILD = asl.parse(
    {"TimeoutSeconds": 100, **scope("Work", Work={"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", **END})}
)


def starts(resource: str, **fields: Any) -> asl.StateMachine:
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:Child", "Input": {"n": 1}}
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **END, **fields}
    return asl.parse(scope("Start", Start=task, Caught={"Type": "Pass", **END}))


def parent(machine: asl.StateMachine, answer: Outcome) -> Execution:
    return run(machine, {}, Stubs({"Work": answer}), machines={"Child": CHILD})


def test_an_execution_is_started_and_awaited() -> None:
    found = parent(starts("states:startExecution.sync:2"), Success({"x": 1}, 5))
    assert (found.output["Status"], found.output["Output"], found.seconds) == ("SUCCEEDED", {"x": 1}, 5)
    (child,) = found.started
    assert (child.path, child.output, child.history[0].details["input"]) == (("Work",), {"x": 1}, {"n": 1})
    assert "TaskSubmitted" in [event.type for event in found.history]


def test_the_older_form_gives_its_output_as_text() -> None:
    assert parent(starts("states:startExecution.sync"), Success({"x": 1})).output["Output"] == '{"x": 1}'


def test_its_failure_is_a_failed_task_that_tells_all() -> None:
    found = parent(starts("states:startExecution.sync:2"), Failure("Mine", "because"))
    assert found.error == "States.TaskFailed"
    described = json.loads(found.cause or "")
    assert (described["Status"], described["Error"], described["Cause"]) == ("FAILED", "Mine", "because")


def test_a_task_stops_waiting_at_its_own_timeout() -> None:
    found = parent(starts("states:startExecution.sync:2", TimeoutSeconds=3), Success({}, 50))
    assert (found.error, found.seconds) == ("States.Timeout", 3)


def test_the_timeout_of_the_inner_execution_is_its_own() -> None:
    found = parent(starts("aws-sdk:sfn:startSyncExecution"), Success({}, 500))
    assert (found.output["Status"], found.output["Error"]) == ("TIMED_OUT", "States.Timeout")


def test_an_execution_that_nobody_waits_for_runs_on() -> None:
    found = parent(starts("states:startExecution"), Success({}, 60))
    assert (found.status, found.seconds) == ("SUCCEEDED", 0)
    (child,) = found.started
    assert (child.status, child.seconds) == ("SUCCEEDED", 60)
    assert found.output["ExecutionArn"].endswith(":execution:Child:execution-1")


def test_a_machine_that_is_not_known_is_the_runners() -> None:
    found = run(starts("states:startExecution.sync:2"), {}, Stubs({"Start": Success({"Output": 7})}))
    assert found.output == {"Output": 7}


# Events.


def problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """How a value differs from a shape of Step Functions' own model."""
    if shape.type == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure"
            return
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path} has no {name}"
            else:
                yield from problems(shape.members[name], member, f"{path}.{name}")
    elif shape.type == "string":
        if not isinstance(value, str) or (shape.enum and value not in shape.enum):
            yield f"{path} cannot be {value!r}"
    elif shape.type in ("integer", "long") and not isinstance(value, int):
        yield f"{path} is no number"


def test_every_event_is_one_of_the_api() -> None:
    """Types, members and their types are those of GetExecutionHistory in Step Functions' own model."""
    model = service_model("stepfunctions")
    assert model is not None
    function = "arn:aws:lambda:us-east-1:1:function:F"
    activity = "arn:aws:states:us-east-1:1:activity:A"
    states: dict[str, Any] = {
        "Pass": {"Type": "Pass", "Assign": {"v": [1]}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Function"},
        "Function": {"Type": "Task", "Resource": function, "TimeoutSeconds": 9, "Next": "Activity"},
        "Activity": {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 9, "Next": "Slow"},
        "Slow": {
            "Type": "Task",
            "Resource": function,
            "TimeoutSeconds": 2,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fork"}],
            "Next": "Fork",
        },
        "Fork": {
            "Type": "Parallel",
            "Branches": [scope("A", A={"Type": "Fail", "Error": "E"}), scope("B", B={"Type": "Succeed"})],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Map"}],
            "Next": "Map",
        },
        "Map": {
            "Type": "Map",
            "ItemsPath": "$$.Execution.Input.items",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **scope("C", C={"Type": "Pass", **END})},
            "Next": "Choice",
        },
        "Choice": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "Ask"}], "Default": "Ask"},
        "Ask": waiting(),
    }
    stubs = Stubs({"Slow": Success({}, 5), "Ask": Success({})}, default=Success({"x": 1}))
    found = run(asl.parse({**scope("Pass", **states)}), {"items": [1, 2]}, stubs)
    assert found.status == "SUCCEEDED"
    for event in found.history:
        document = event.document()
        del document["timestamp"]
        assert list(problems(model.shape("HistoryEvent"), document, event.type)) == []
    kinds = {event.type for event in found.history}
    assert {"LambdaFunctionTimedOut", "ActivitySucceeded", "MapRunSucceeded", "ParallelStateFailed"} <= kinds


# Tokens of executions, and refusals that name no error.


def test_an_execution_that_is_started_may_give_the_token_back() -> None:
    arguments = {"StateMachineArn": "Child", "Input": {"token.$": "$$.Task.Token", "n.$": "$.n"}}
    resource = "arn:aws:states:::states:startExecution.waitForTaskToken"
    parent = asl.parse(scope("Start", Start={"Type": "Task", "Resource": resource, "Parameters": arguments, **END}))
    answer = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Parameters": {"TaskToken.$": "$.token", "Output.$": "States.JsonToString($.n)"},
        **END,
    }
    child = asl.parse(scope("Pause", Pause={**pause(7), "Next": "Answer"}, Answer=answer))
    found = run(parent, {"n": 3}, Stubs(), machines={"Child": child})
    assert (found.output, found.seconds) == (3, 7)
    assert [event.type for event in found.history][4] == "TaskSubmitted"
    assert ":execution:Child:" in found.history[4].details["output"]["ExecutionArn"]
    assert found.started[0].status == "SUCCEEDED"


def test_a_refusal_may_name_no_error() -> None:
    found = execute(beside(waiting(), send("Failure")))
    assert (found.status, found.error, found.cause) == ("FAILED", None, None)


def test_only_a_task_that_waits_has_a_token() -> None:
    """TestState shows a context without one: `$$.Task.Token` leads nowhere there."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        **END,
    }
    assert execute(asl.parse(scope("Ask", Ask=state)), Ask=Success({})).error == "States.Runtime"


def test_a_job_that_was_taken_says_so() -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync", "Parameters": {}, **END}
    outcome = Success({"Status": "SUCCEEDED"}, submitted={"JobId": "j"})
    found = execute(asl.parse(scope("Job", Job=state)), Job=outcome)
    assert [event.details.get("output") for event in found.history if event.type == "TaskSubmitted"] == [{"JobId": "j"}]


def test_the_role_of_a_call_is_in_its_event() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "Credentials": {"RoleArn.$": "$.role"},
        **END,
    }
    found = run(asl.parse(scope("A", A=state)), {"role": "arn:r"}, Stubs({"A": Success({})}))
    assert found.history[2].details["taskCredentials"] == {"roleArn": "arn:r"}


def test_what_is_no_json_is_refused_by_the_service() -> None:
    found = execute(beside(waiting(TimeoutSeconds=5), send("Success", Output="{nope")))
    assert found.error == "Sfn.InvalidOutputException"
    arguments = {"StateMachineArn": "Child", "Input": "{nope"}
    resource = "arn:aws:states:::states:startExecution"
    parent = asl.parse(scope("Start", Start={"Type": "Task", "Resource": resource, "Parameters": arguments, **END}))
    refused = run(parent, {}, Stubs(), machines={"Child": asl.parse(scope("P", P={"Type": "Succeed"}))})
    assert refused.error == "StepFunctions.InvalidExecutionInputException"
