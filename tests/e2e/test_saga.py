"""Random workflows and random faults on a real engine: what its history says happened is held against S2 to S8.

Every call is a mock of the engine's, so that nothing but the definition decides what runs.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from keyflow import Workflow, asl
from keyflow.compiler import Compiled, compile_workflow
from keyflow.engine import from_mock_configuration
from tests.compiler.shapes import SHAPES
from tests.drawing import run_of_tests
from tests.e2e.localstack import Engine
from tests.random_workflows import FLAGS, RandomWorkflow, declared
from tests.saga import Fault, History, check, execution_input, locally

pytestmark = pytest.mark.e2e

ALL = os.environ.get("KEYFLOW_SAGA_SEEDS")
SEEDS = sorted(range(int(ALL)) if ALL else run_of_tests().sample(range(24), 10))
"""Each run takes other ones; `KEYFLOW_SAGA_SEEDS=24` takes all of these, and a higher number takes more."""
ROLE = "arn:aws:iam::000000000000:role/any"


@dataclass(frozen=True)
class Subject:
    compiled: Compiled
    faults: tuple[Fault, ...]

    @property
    def workflow(self) -> Workflow:
        assert isinstance(self.compiled.workflow, Workflow)
        return self.compiled.workflow


def in_language(seed: int) -> Workflow:
    """A random workflow, every other one in JSONata."""
    return RandomWorkflow(Random(seed), name=f"Saga{seed}", jsonata=seed % 2 == 1).workflow


def subject(compiled: Compiled, seed: int) -> Subject:
    random = Random(seed)
    tasks = list(compiled.workflow.tasks())
    undos = [undo for task in tasks for undo in task.compensations]

    def flags() -> dict[str, bool]:
        return {f"flag{index}": random.random() < 0.4 for index in range(FLAGS)}

    faults = [Fault("none", {}, {f"flag{index}": False for index in range(FLAGS)}), Fault("flags", {}, flags())]
    for index, task in enumerate(random.sample(tasks, min(len(tasks), 5))):
        error = random.choice([declared(task), "ApiGateway.TooManyRequestsException"])
        failing = {task.name: error}
        if undos and random.random() < 0.4:
            undo = random.choice(undos)
            failing[undo.name] = random.choice(["Other", undo.gone_errors[0]])
        faults.append(Fault(f"fault{index}", failing, flags() if random.random() < 0.5 else faults[0].flags))
    return Subject(compiled, tuple(faults))


def task_states(states: Any) -> Iterator[str]:
    for name, state in states.items():
        if isinstance(state, asl.Task):
            yield name
        elif isinstance(state, asl.Parallel):
            for branch in state.branches:
                yield from task_states(branch.states)


def mocks(subjects: list[Subject]) -> dict[str, Any]:
    machines: dict[str, Any] = {}
    responses: dict[str, Any] = {
        "Fine": {"0-9": {"Return": {"Id": "id", "ThingId": "id", "Name": "name", "Enabled": True}}}
    }
    for each in subjects:
        names = list(task_states(each.compiled.machine.states))
        cases = {}
        for fault in each.faults:
            cases[fault.name] = dict.fromkeys(names, "Fine") | {
                name: error.replace(".", "") for name, error in fault.failing.items() if name in names
            }
            for error in fault.failing.values():
                responses[error.replace(".", "")] = {"0-9": {"Throw": {"Error": error, "Cause": "internal"}}}
        machines[each.workflow.name] = {"TestCases": cases}
    return {"StateMachines": machines, "MockedResponses": responses}


@dataclass(frozen=True)
class Running:
    engine: Engine
    subjects: dict[str, Subject]


@pytest.fixture(scope="module")
def saga_engine(engine: Engine) -> Running:
    compiled = [compile_workflow(in_language(seed)) for seed in SEEDS]
    subjects = [subject(each, seed) for seed, each in zip(SEEDS, compiled, strict=True)]
    engine.mock(mocks(subjects))
    states = engine.client("stepfunctions")
    for each in subjects:
        states.create_state_machine(
            name=each.workflow.name, roleArn=ROLE, definition=json.dumps(each.compiled.document)
        )
    return Running(engine, {each.workflow.name: each for each in subjects})


def started(running_engine: Running, name: str, fault: Fault) -> str:
    """An execution: all of a workflow's run at once, since most of what they take is waiting before another attempt."""
    states = running_engine.engine.client("stepfunctions")
    machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}#{fault.name}"
    execution: str = states.start_execution(stateMachineArn=machine, input=json.dumps(execution_input(fault)))[
        "executionArn"
    ]
    return execution


def history_of(running_engine: Running, execution: str) -> History:
    states = running_engine.engine.client("stepfunctions")
    deadline = time.monotonic() + 60
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    by_id = {event["id"]: event for page in pages for event in page["events"]}
    events = []
    for _, event in sorted(by_id.items()):
        if event["type"].endswith("StateEntered"):
            events.append(("entered", event["stateEnteredEventDetails"]["name"]))
        elif event["type"] == "TaskSucceeded":
            origin = event
            while origin["type"] != "TaskStateEntered":
                origin = by_id[origin["previousEventId"]]
            events.append(("succeeded", origin["stateEnteredEventDetails"]["name"]))
    named = execution.rsplit(":", 1)[1]
    cause = found.get("cause")  # names what is left: by the execution's name, which is another one on each engine
    return History(found["status"], found.get("error"), cause and cause.replace(named, "execution"), events)


def one_left_over(cause: str | None) -> str:
    """The cause as the other engine writes it where one thing is left: it makes no array of a single find."""
    return (cause or "").replace("behind: [", "behind: ").removesuffix("]")


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_are_compensated(saga_engine: Running, seed: int) -> None:
    each = saga_engine.subjects[f"Saga{seed}"]
    executions = [started(saga_engine, each.workflow.name, fault) for fault in each.faults]
    for fault, execution in zip(each.faults, executions, strict=True):
        history = history_of(saga_engine, execution)
        if fault.name == "none":
            assert history.status == "SUCCEEDED", history
        check(each.workflow, fault, history)
        stubs = from_mock_configuration(mocks([each]), each.workflow.name, fault.name)
        own = locally(each.compiled, fault, stubs)
        check(each.workflow, fault, own)
        assert (own.status, own.error) == (history.status, history.error)
        assert history.cause in (own.cause, one_left_over(own.cause))
        assert sorted(own.entered()) == sorted(history.entered()), "branches may interleave, and nothing else differs"
        assert own.succeeded() == history.succeeded()


def test_the_shapes_compile_for_the_engine(saga_engine: Running) -> None:
    """Every reviewed golden definition is accepted by the engine's own parser, but one: it has no ItemBatcher."""
    states = saga_engine.engine.client("stepfunctions")
    for name, shape in SHAPES.items():
        if name == "batches":
            continue
        document = compile_workflow(shape()).document
        states.create_state_machine(name=f"shape-{name}", roleArn=ROLE, definition=json.dumps(document))
