"""Run with the real `stepfunctions` package, in an environment of its own: see `test_stepfunctions.py`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from stepfunctions import steps
from stepfunctions.workflow import Workflow as SdkWorkflow

from keyflow import StateMachine, asl
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.interop.stepfunctions import state_machine_of, steps_of

ROOT = Path(os.environ["KEYFLOW_ROOT"])
COMPILED = sorted([*(ROOT / "build").glob("*.asl.json"), *(ROOT / "tests" / "golden").glob("*.asl.json")])
CLIENT = boto3.client(
    "stepfunctions", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none"
)
MAKE_KEY = "arn:aws:states:::aws-sdk:apigateway:createApiKey"


def chain() -> Any:
    """One of everything that the SDK has."""
    make = steps.Task("Make Key", resource=MAKE_KEY, parameters={"Name.$": "$.name"}, result_path="$.key")
    make.add_retry(steps.Retry(error_equals=["States.Timeout"], max_attempts=2))
    refused = steps.Fail("Refused", error="Refused", cause="no")
    make.add_catch(steps.Catch(error_equals=["Mine"], next_step=refused))
    asked = steps.Choice("Allowed?")
    rule = steps.ChoiceRule.And(
        [steps.ChoiceRule.IsPresent("$.no", True), steps.ChoiceRule.BooleanEquals("$.no", True)]
    )
    asked.add_choice(rule, refused)
    both = steps.Parallel("Both", result_path=None)
    both.add_branch(steps.Pass("Left"))
    both.add_branch(steps.Chain([steps.Wait("Right", seconds=1), steps.Succeed("Right Done")]))
    each = steps.Map("Each", iterator=steps.Pass("One"), items_path="$.list", result_path="$.done")
    call = steps.LambdaStep("Invoke", parameters={"FunctionName": "f"}, result_path=None)
    return steps.Chain([make, asked, both, each, call, steps.Succeed("Done")])


def document_of(steps_of_sdk: Any) -> Any:
    return json.loads(steps.Graph(steps_of_sdk).to_json())


def test_a_chain_becomes_a_state_machine_in_keyflows_own_words() -> None:
    machine = state_machine_of(chain(), "FromSdk")
    assert compile_workflow(machine).document == document_of(chain())
    assert machine["Make Key"].call is not None
    assert machine["Make Key"].call.label == "apigateway.create_api_key"


@pytest.mark.parametrize(
    "given",
    [
        lambda: steps.Pass("Alone"),
        lambda: steps.Graph(chain()),
        lambda: SdkWorkflow("W", steps.Chain([steps.Pass("In")]), "arn:aws:iam::123456789012:role/r", client=CLIENT),
    ],
    ids=["state", "graph", "workflow"],
)
def test_states_graphs_and_workflows_are_taken_too(given: Any) -> None:
    assert isinstance(state_machine_of(given(), "M"), StateMachine)


@pytest.mark.parametrize("file", COMPILED, ids=lambda file: file.name)
def test_every_definition_survives_as_the_sdks_objects(file: Path) -> None:
    document = json.loads(file.read_text())
    graph = steps_of(asl.parse(document))
    assert isinstance(graph, steps.Graph)
    assert json.loads(graph.to_json()) == document


def test_states_are_the_sdks_own_where_it_knows_their_fields() -> None:
    graph = steps_of(state_machine_of(chain(), "M"))
    assert type(graph) is steps.Graph
    assert type(graph.branch) is steps.Task
    assert [type(each) for each in graph.branch.catches] == [steps.Catch]


def test_fields_that_the_sdk_does_not_know_are_written_all_the_same() -> None:
    machine = StateMachine("Wide")
    with machine.parallel("P", result_selector={"a": machine.data[0]}) as both, machine.branch(comment="left"):
        machine.pass_state("Inside", assign={"x": 1}, result=None)
    with both.on_error("E", assign={"y": 2}):
        machine.fail("F", machine.data["Error"])
    with machine.map("M", processor_config={"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, label="l"):
        machine.succeed("S")
    machine.pass_state("End")
    document = compile_workflow(machine).document
    assert json.loads(steps_of(machine).to_json()) == document


def test_compensations_run_and_go_back_into_the_sdks_steps() -> None:
    machine = state_machine_of(chain(), "WithUndo")
    make = machine["Make Key"]
    make.compensate("Delete Key", apigateway.delete_api_key(apiKey=make["id"]))
    back = asl.parse(json.loads(steps_of(machine).to_json()))
    answers = {"Make Key": Success({"Id": "k1"}), "Invoke": Failure("Broken", "pipe")}
    ended = run(back, {"name": "n", "list": [1]}, stubs := Stubs(answers, default=Success({})))
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "Broken", "pipe")
    assert [(call.state, call.parameters) for call in stubs.calls][-1] == ("Delete Key", {"ApiKey": "k1"})
