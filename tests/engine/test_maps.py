"""Maps: the executions that a distributed one runs its iterations in, and what its ResultWriter writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow import asl
from keyflow.engine import Failure, Outcome, Stubs, Success, TaskCall, run

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}
WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}


def mapped(state: Any = TASK, **fields: Any) -> asl.StateMachine:
    """A machine of one distributed Map over the items of its input."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item",
        "States": {"Item": state},
    }
    whole = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "Label": "All", "End": True, **fields}
    return asl.parse({"StartAt": "A", "States": {"A": whole}})


# Child executions.


def test_what_a_child_has_entered_is_its_own_and_the_whole_executions() -> None:
    """Each held all that any had entered by then: memory for a Map of 16,000 items was a gigabyte."""
    found = run(mapped(), {"items": [1, 2, 3]}, Stubs({"Item": [Success({}), Success({}), Success({})]}))
    assert [child.path for child in found.children] == [("Item",)] * 3
    assert found.path == ("A", "Item", "Item", "Item")


def test_the_children_of_a_map_have_histories_of_their_own() -> None:
    found = run(mapped(), {"items": [1, 2]}, Stubs({"Item": [Success({"n": 1}), Success({"n": 2})]}))
    assert [event.type for event in found.history] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    first, second = found.children
    assert [event.type for event in first.history] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert (first.output, second.output) == ({"n": 1}, {"n": 2})
    assert first.map_run == found.history[3].details["mapRunArn"]
    assert found.path == ("A", "Item", "Item")


def test_a_child_sees_the_execution_that_it_is() -> None:
    state = {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id", "input.$": "$$.Execution.Input"}, "End": True}
    (made,) = run(mapped(state), {"items": [7]}, Stubs(), machine_name="M").output
    assert made["input"] == 7
    assert ":execution:M/All:" in made["id"]


def test_a_childs_error_is_in_its_own_history() -> None:
    found = run(mapped(), {"items": [1]}, Stubs({"Item": Failure("Lost", "once")}))
    assert (found.error, found.children[0].error) == ("States.ExceedToleratedFailureThreshold", "Lost")
    assert [event.type for event in found.history][-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_map_that_is_tried_again_fails_once() -> None:
    """`MapStateFailed` is the end of the state: an attempt that is tried again has its map run fail alone."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    found = run(mapped(Retry=retry), {"items": [1]}, Stubs({"Item": Failure("Lost")}))
    kinds = [event.type for event in found.history]
    assert (kinds.count("MapRunFailed"), kinds.count("MapStateFailed")) == (2, 1)
    assert len({child.map_run for child in found.children}) == 2


@pytest.mark.parametrize("kind", ["Map", "Parallel"])
def test_what_fails_follows_what_failed_in_it(kind: str) -> None:
    """Not what happened last anywhere: here, the other branch goes on."""
    scope = {"StartAt": "Bad", "States": {"Bad": TASK}}
    inner = {"ItemsPath": "$.items", "ItemProcessor": scope} if kind == "Map" else {"Branches": [scope]}
    caught = {"Type": kind, **inner, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}
    failing = {"StartAt": "Inner", "States": {"Inner": caught, "Done": {"Type": "Succeed"}}}
    each = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
    looped = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": each, "End": True}
    other = {"StartAt": "Other", "States": {"Other": looped}}
    states = {"A": {"Type": "Parallel", "Branches": [failing, other], "End": True}}
    found = run(asl.parse({"StartAt": "A", "States": states}), {"items": [1, 2]}, Stubs({"Bad": Failure("Lost")}))
    assert found.status == "SUCCEEDED"
    events = {event.id: event for event in found.history}
    way = [
        next(
            event for event in found.history if event.type == f"{kind}StateExited" and event.details["name"] == "Inner"
        )
    ]
    while way[-1].previous:
        way.append(events[way[-1].previous])
    assert [event.type for event in way[:3]] == [
        f"{kind}StateExited",
        f"{kind}StateFailed",
        "MapIterationFailed" if kind == "Map" else "TaskFailed",
    ]
    assert {event.details["name"] for event in way if "name" in event.details} == {"A", "Inner", "Bad"}


# What is written.


class Bucket:
    """Takes what a ResultWriter writes, and answers tasks in turn."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.files: dict[str, str] = {}
        self._outcomes = list(outcomes)

    def call(self, call: TaskCall) -> Outcome:
        if call.resource != WRITER["Resource"]:
            return self._outcomes.pop(0)
        self.files[call.parameters["Key"]] = call.parameters["Body"]
        return Success({})

    def read(self, name: str) -> Any:
        """The JSON of the file of this name, whatever its folder."""
        (text,) = (text for key, text in self.files.items() if key.endswith(f"/{name}"))
        return json.loads(text)


def test_results_are_written_by_their_status() -> None:
    bucket = Bucket(Success({"n": 1}), Failure("Lost", "once"))
    machine = mapped(ResultWriter=WRITER, ToleratedFailureCount=1)
    found = run(machine, {"items": [1, 2]}, bucket, machine_name="M")
    folder = found.output["MapRunArn"].rpartition(":")[2]
    assert found.output["ResultWriterDetails"] == {"Bucket": "b", "Key": f"out/{folder}/manifest.json"}
    assert [key.rpartition("/")[2] for key in bucket.files] == ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]
    (done,), (lost,) = bucket.read("SUCCEEDED_0.json"), bucket.read("FAILED_0.json")
    assert (done["Status"], done["Input"], done["Output"]) == ("SUCCEEDED", "1", '{"n":1}')
    assert (lost["Status"], lost["Error"], lost["Cause"]) == ("FAILED", "Lost", "once")
    assert done["StateMachineArn"].endswith(":stateMachine:M/All")
    manifest = bucket.read("manifest.json")
    assert manifest["DestinationBucket"] == "b"
    assert manifest["ResultFiles"]["PENDING"] == []
    assert manifest["ResultFiles"]["SUCCEEDED"][0]["Size"] == len(bucket.files[f"out/{folder}/SUCCEEDED_0.json"])


def test_results_are_transformed_as_the_configuration_says() -> None:
    bucket = Bucket(Success([1, 2]), Success([3]))
    config = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
    run(mapped(ResultWriter={**WRITER, "WriterConfig": config}), {"items": [1, 2]}, bucket)
    assert next(text for key, text in bucket.files.items() if key.endswith("SUCCEEDED_0.jsonl")) == "1\n2\n3"


@pytest.mark.parametrize(
    ("transformation", "output"), [("FLATTEN", [1, 2, 3]), ("COMPACT", [[1, 2], [3]]), ("NONE", None)]
)
def test_a_configuration_alone_transforms_the_output(transformation: str, output: Any) -> None:
    config = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    found = run(mapped(ResultWriter=config), {"items": [1, 2]}, Bucket(Success([1, 2]), Success([3])))
    assert (
        found.output == output if output is not None else [each["Output"] for each in found.output] == ["[1,2]", "[3]"]
    )


def test_a_writer_needs_no_stub_and_may_have_one() -> None:
    machine = mapped(ResultWriter=WRITER)
    stubs = Stubs({"Item": Success({})})
    stubs.check(machine)
    assert run(machine, {"items": [1]}, stubs).status == "SUCCEEDED"
    refused = Stubs({"Item": Success({}), "s3:putObject": Failure("S3.NoSuchBucketException", "no such bucket")})
    refused.check(machine)
    found = run(machine, {"items": [1]}, refused)
    assert (found.error, found.cause) == ("States.ResultWriterFailed", "no such bucket")


def test_a_reader_is_stubbed_by_the_name_of_its_map() -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    machine = mapped(ItemReader=reader)
    stubs = Stubs({"A": Success([1, 2]), "Item": Success({})})
    stubs.check(machine)
    assert len(run(machine, {}, stubs).output) == 2
    found = run(machine, {}, Stubs({"s3:getObject": Failure("S3.NoSuchKeyException", "gone")}))
    assert (found.error, found.cause) == ("States.ItemReaderFailed", "gone")
    assert [event.type for event in found.history][-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


# Iterations in place.


def test_an_iteration_follows_the_one_that_made_room_for_it() -> None:
    """As AWS recorded it: the end of an iteration is followed by the end of the Map, its last state by the next one."""
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}
    found = run(asl.parse({"StartAt": "A", "States": {"A": state}}), [1, 2], Stubs())
    assert [(event.id, event.previous) for event in found.history if event.type.startswith("Map")] == [
        (2, 0),
        (3, 2),
        (4, 3),
        (7, 6),
        (8, 6),
        (11, 10),
        (12, 11),
        (13, 11),
    ]
