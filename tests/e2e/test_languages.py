"""What the compiler writes for iterations, for JSONata and for a StateMachine's compensations, on a real engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Literal

import pytest

from keyflow import Workflow, asl
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from keyflow.dsl.definition import Definition
from keyflow.engine import Execution, from_mock_configuration, run
from tests.compiler.shapes import SHAPES, in_jsonata, make_key
from tests.dsl.test_state_machine import registration
from tests.e2e.localstack import Engine

pytestmark = pytest.mark.e2e

SEATS = {"show": "s", "seats": [{"id": "a", "kind": "x"}, {"id": "b", "kind": "x"}, {"id": "c", "kind": "x"}]}
ORDERS = {"orders": [{"id": "o1", "lines": [{"sku": "1"}, {"sku": "2"}]}, {"id": "o2", "lines": []}]}
PLACED = {"orders": [{"id": "o1", "kind": "none"}, {"id": "o2", "kind": "x"}, {"id": "o3", "kind": "x"}]}
REFUSED = {"orders": [{"id": "o1", "kind": "none"}, {"id": "o2", "kind": "none"}, {"id": "o3", "kind": "x"}]}
ANSWER = {"Id": "id", "Name": "name", "Description": "name", "Enabled": True, "QueueUrl": "https://queue"}
ERROR = "Custom"


def never_ready(language: Literal["JSONPath", "JSONata"]) -> Workflow:
    """Three rounds without an end; what stands in front is undone."""
    workflow = Workflow("NeverReady", type="STANDARD", query_language=language)
    key = make_key(workflow, "Key")
    with workflow.repeat("Poll", at_most=3, error="NotReady", cause="It takes too long") as rounds:
        seen = workflow.task("Look", apigateway.get_api_key(apiKey=key["id"]))
        rounds.until(seen["name"] == "ready")
    workflow.succeed()
    return workflow


Case = tuple[Callable[[], Definition], dict[str, Any], tuple[str, ...]]

CASES: dict[str, Case] = {
    "seats-booked": (SHAPES["for_each"], SEATS, ()),
    "seats-not-paid": (SHAPES["for_each"], SEATS, ("Pay",)),
    "seats-not-told": (SHAPES["for_each"], SEATS, ("Tell",)),
    "seats-left": (SHAPES["for_each"], SEATS, ("Tell", "Refund")),
    "no-such-seat": (SHAPES["for_each"], {**SEATS, "seats": [*SEATS["seats"], {"id": "d", "kind": "none"}]}, ()),
    "no-seats": (SHAPES["for_each"], {**SEATS, "seats": []}, ()),
    "jsonata-booked": (lambda: in_jsonata("for_each"), SEATS, ()),
    "jsonata-one": (lambda: in_jsonata("for_each"), {**SEATS, "seats": SEATS["seats"][:1]}, ()),
    "jsonata-not-told": (lambda: in_jsonata("for_each"), SEATS, ("Tell",)),
    "jsonata-left": (lambda: in_jsonata("for_each"), SEATS, ("Tell", "Refund", "Release")),
    "jsonata-looked-up": (lambda: in_jsonata("looked_up"), {"name": "name"}, ("Make Key",)),
    "jsonata-ambiguous": (lambda: in_jsonata("ambiguous_outcomes"), {"id": "i"}, ("Make Key",)),
    "orders-in-children": (SHAPES["nested_iterations"], ORDERS, ()),
    "orders-undone": (SHAPES["nested_iterations"], ORDERS, ("Tell",)),
    "jsonata-orders-undone": (lambda: in_jsonata("nested_iterations"), ORDERS, ("Tell",)),
    "orders-placed": (SHAPES["tolerated"], {"orders": PLACED["orders"][1:]}, ()),
    "jsonata-orders-placed": (lambda: in_jsonata("tolerated"), {"orders": PLACED["orders"][1:]}, ()),
    "order-tolerated": (SHAPES["tolerated"], PLACED, ()),
    "orders-not-tolerated": (SHAPES["tolerated"], REFUSED, ()),
    "order-not-undone": (SHAPES["tolerated"], PLACED, ("Release at Once",)),
    "order-undone-behind": (SHAPES["tolerated"], PLACED, ("Tell",)),
    "jsonata-order-tolerated": (lambda: in_jsonata("tolerated"), PLACED, ()),
    "jsonata-orders-not-tolerated": (lambda: in_jsonata("tolerated"), REFUSED, ()),
    "jsonata-order-not-undone": (lambda: in_jsonata("tolerated"), PLACED, ("Release at Once",)),
    "jsonata-order-undone-behind": (lambda: in_jsonata("tolerated"), PLACED, ("Tell",)),
    "lines-not-tolerated": (SHAPES["tolerated_inside"], ORDERS, ("Tell",)),
    "jsonata-lines-not-tolerated": (lambda: in_jsonata("tolerated_inside"), ORDERS, ("Tell",)),
    "polled": (SHAPES["rounds"], {"name": "name"}, ()),
    "not-polled": (SHAPES["rounds"], {"name": "name"}, ("Look",)),
    "jsonata-polled": (lambda: in_jsonata("rounds"), {"name": "name"}, ()),
    "jsonata-not-made": (lambda: in_jsonata("rounds"), {"name": "name"}, ("Make Plan",)),
    "never-ready": (lambda: never_ready("JSONPath"), {}, ()),
    "jsonata-never-ready": (lambda: never_ready("JSONata"), {}, ()),
    "registered": (registration, {"name": "n"}, ()),
    "not-registered": (registration, {"name": "n"}, ("Account",)),
    "half-unregistered": (registration, {"name": "n"}, ("Account", "Remove Key")),
}


def configuration() -> dict[str, Any]:
    """Each call answered, but for those that fail."""
    machines = {}
    for name, (make, _data, failing) in CASES.items():
        tasks = dict.fromkeys((name for name, _task in asl.all_tasks(compile_workflow(make()).machine)), "Fine")
        machines[name] = {"TestCases": {"Case": tasks | dict.fromkeys(failing, "Failing")}}
    failed = {"0-9": {"Throw": {"Error": ERROR, "Cause": "internal"}}}
    return {"StateMachines": machines, "MockedResponses": {"Fine": {"0-9": {"Return": ANSWER}}, "Failing": failed}}


CONFIGURATION = configuration()


@pytest.fixture(scope="module")
def mocked(engine: Engine) -> Engine:
    engine.mock(CONFIGURATION)
    return engine


def ours(name: str) -> Execution:
    make, data, _failing = CASES[name]
    return run(compile_workflow(make()).machine, data, from_mock_configuration(CONFIGURATION, name, "Case"))


def alike(theirs: Any, own: Any) -> bool:
    """Whether outputs are the same, but for what a path selects alone: the engine gives the bare value, AWS an array."""
    if isinstance(own, dict) and isinstance(theirs, dict):
        return own.keys() == theirs.keys() and all(alike(theirs[key], own[key]) for key in own)
    return bool(theirs == own or [theirs] == own)


@pytest.mark.parametrize("name", CASES)
def test_both_engines_end_alike(mocked: Engine, name: str) -> None:
    make, data, _failing = CASES[name]
    states = mocked.client("stepfunctions")
    definition = json.dumps(compile_workflow(make()).document)
    arn = states.create_state_machine(name=name, definition=definition, roleArn="arn:aws:iam::000000000000:role/any")[
        "stateMachineArn"
    ]
    execution = states.start_execution(stateMachineArn=f"{arn}#Case", input=json.dumps(data))["executionArn"]
    deadline = time.monotonic() + 60
    while (theirs := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    expected = ours(name)
    assert (theirs["status"], theirs.get("error")) == (expected.status, expected.error), theirs.get("cause")
    assert theirs.get("output") is None or alike(json.loads(theirs["output"]), expected.output)
