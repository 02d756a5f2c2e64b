"""Random definitions on keyflow's engine and on a real one: the same end, and the same states in the same order."""

from __future__ import annotations

import itertools
import json
import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from keyflow import asl
from keyflow.engine import Execution, from_mock_configuration, run
from tests.e2e.localstack import Engine
from tests.random_definitions import DATA, definitions

pytestmark = pytest.mark.e2e

EXAMPLES = int(os.environ.get("KEYFLOW_DIFFERENTIAL_EXAMPLES", "30"))
CASE = "Case"
NUMBER = itertools.count()


def configuration(machine: str, answers: dict[str, list[Any]]) -> dict[str, Any]:
    responses = {
        state: {
            str(index) if index + 1 < len(outcomes) else f"{index}-{index + 9}": outcome(each)
            for index, each in enumerate(outcomes)
        }
        for state, outcomes in answers.items()
    }
    cases = {CASE: {state: state for state in answers}}
    return {"StateMachines": {machine: {"TestCases": cases}}, "MockedResponses": responses}


def outcome(answer: Any) -> dict[str, Any]:
    return {"Throw": {"Error": answer, "Cause": "because"}} if isinstance(answer, str) else {"Return": answer}


def theirs(engine: Engine, name: str, definition: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    states = engine.client("stepfunctions")
    role = "arn:aws:iam::000000000000:role/any"
    arn = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    started = states.start_execution(stateMachineArn=f"{arn}#{CASE}", input=json.dumps(DATA))["executionArn"]
    deadline = time.monotonic() + 60
    while (ended := states.describe_execution(executionArn=started))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=started)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if event["type"].endswith("StateEntered")
    ]
    return ended, entered


def aborted(found: Execution) -> bool:
    """Whether a branch failed beside others: how far those come is a matter of time."""
    return any(event.type == "ParallelStateFailed" for event in found.history)


@given(definitions())
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_both_engines_do_the_same(engine: Engine, made: tuple[dict[str, Any], dict[str, list[Any]]]) -> None:
    definition, answers = made
    name = f"Random{next(NUMBER)}"
    mocks = configuration(name, answers)
    engine.mock(mocks)
    ours = run(asl.parse(definition), DATA, from_mock_configuration(mocks, name, CASE))
    ended, entered = theirs(engine, name, definition)
    assert (ours.status, ours.error) == (ended["status"], ended.get("error"))
    assert ours.output == (json.loads(ended["output"]) if "output" in ended else None)
    if aborted(ours):
        return
    for scope in asl.scopes(asl.parse(definition)):
        own = [state for state in ours.path if state in scope.states]
        assert own == [state for state in entered if state in scope.states]
