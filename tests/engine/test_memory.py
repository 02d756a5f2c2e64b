"""An execution is gone with its last reference: it leaves nothing that only the garbage collector would find.

A proof runs thousands. What refers to itself would stay until the collector looks, and looking takes a tenth of a proof.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import Workflow, asl
from keyflow.aws import apigateway, dynamodb
from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Outcome, Stubs, Success, run
from keyflow.verify import prove, subject_of_workflow

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
FAIL = {"Type": "Fail", "Error": "Wrong"}
RETRIED = {**TASK, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}


def left_by(work: Callable[[], object]) -> int:
    """How many objects the garbage collector finds after some work, all of whose results are dropped."""
    work()  # what is made once, and kept
    gc.freeze()  # what is there now is none of it, and need not be looked through
    gc.disable()
    try:
        work()
        return gc.collect()
    finally:
        gc.enable()


def scope(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "B", "States": {"B": state}}


def repeated(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": scope(state), "End": True, **fields}


@pytest.mark.parametrize(
    "state",
    [
        TASK,
        {**TASK, "TimeoutSeconds": 1},
        RETRIED,
        FAIL,
        {**RETRIED, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 5},
        {"Type": "Parallel", "Branches": [scope(TASK), scope(FAIL)], "End": True},
        {"Type": "Parallel", "Branches": [scope({"Type": "Wait", "Seconds": 9, "End": True})], "End": True},
        repeated(RETRIED),
        repeated(FAIL),
        repeated(repeated(RETRIED, ItemsPath="$$.Execution.Input")),
        repeated(FAIL, ToleratedFailurePercentage=100),
        {**repeated(FAIL), "ItemProcessor": {**scope(FAIL), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}},
    ],
    ids=[
        "a task",
        "a task that is too late",
        "retries",
        "a failure",
        "a task token",
        "a branch that fails",
        "a branch that waits",
        "iterations",
        "an iteration that fails",
        "iterations in iterations",
        "a failure that is tolerated",
        "a child execution that fails",
    ],
)
@pytest.mark.parametrize("timeout", [None, 5])
def test_an_execution_leaves_nothing(state: dict[str, Any], timeout: int | None) -> None:
    limit = {} if timeout is None else {"TimeoutSeconds": timeout}
    machine = asl.parse({"StartAt": "A", "States": {"A": state}, **limit})
    answers: list[Outcome] = [Failure("Wrong"), Success(1, 2.0)]
    assert left_by(lambda: run(machine, [1, 2, 3], Stubs({"A": answers, "B": answers}))) == 0


def test_an_error_of_the_engine_keeps_its_frames() -> None:
    """They say where keyflow is at fault."""

    class Broken:
        def call(self, _call: object) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        run(asl.parse({"StartAt": "A", "States": {"A": TASK}}), {}, Broken())
    assert raised.traceback[-1].name == "call"


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_proof_leaves_nothing(language: str) -> None:
    workflow = Workflow("Register", timeout=28, query_language=language)  # type: ignore[arg-type]
    with workflow.map("Each", workflow.input["names"], at_most=2, tolerated_failures=1) as each:
        key = workflow.task("Make Key", apigateway.create_api_key(name=each.item))
        key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
        row = workflow.task("Save", dynamodb.put_item(TableName="t", Item={"pk": {"S": key["id"]}}))
        row.compensate("Forget", dynamodb.delete_item(TableName="t", Key={"pk": {"S": key["id"]}}))
    workflow.succeed({"ids": each.collect(key["id"])})
    subject = subject_of_workflow(compile_workflow(workflow), ())
    assert left_by(lambda: prove(subject)) == 0
