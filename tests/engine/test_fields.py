"""No field with a path or an expression ends in a traceback, whatever it gives: a run has an end, or a diagnostic."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from keyflow import asl
from keyflow.diagnostics import KeyflowError
from keyflow.engine import Failure, Outcome, Stubs, Success, run

VALUES: list[Any] = [
    *({}, [], "", "x", "1", "-1", -1, 0, 1, 1.5, 1e300, 10**30, None, True, False, {"a": 1}, [1], [[]]),
    "2026-01-01T00:00:00Z",
]
OUTCOMES: list[Outcome] = [Success({}), Success([1]), Success({"Body": "[1]"}), Success(None), Failure("X")]
INLINE = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
DISTRIBUTED = {**INLINE, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}
READER = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
WRITES = "arn:aws:states:::s3:putObject"
ARGUMENTS = {"StateMachineArn": "C", "Input.$": "$.v", "Name.$": "$.v", "TaskToken.$": "$.v", "Output.$": "$.v"}
NUMBERS = ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")


def expressed(value: Any) -> str:
    return f"{{% {json.dumps(value)} %}}"


def maps(value: Any) -> Iterator[dict[str, Any]]:
    """The fields of Maps, but for what all of them have."""
    for field in ("ItemsPath", *(f"{each}Path" for each in NUMBERS)):
        yield {"ItemsPath": "$.items", field: "$.v"}
    for field in ("Items", "ItemSelector", *NUMBERS):
        yield {"QueryLanguage": "JSONata", "Items": [1, 2], field: expressed(value)}
    for field in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        yield {"ItemsPath": "$.items", "ItemBatcher": {f"{field}Path": "$.v"}}
        yield {"QueryLanguage": "JSONata", "Items": [1], "ItemBatcher": {field: expressed(value)}}
    batcher = {"MaxItemsPerBatch": 1, "BatchInput": expressed(value)}
    yield {"QueryLanguage": "JSONata", "Items": [1], "ItemBatcher": batcher}
    for config in ({"MaxItemsPath": "$.v"}, {"InputType": value}, {"ItemsPointer": value}, {"MaxItems": value}):
        yield {"ItemReader": {**READER, "ReaderConfig": {"InputType": "JSON", **config}}}
    headers = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": value}
    yield {"ItemReader": {**READER, "ReaderConfig": headers}}
    reader = {
        "Resource": READER["Resource"],
        "Arguments": expressed(value),
        "ReaderConfig": {"MaxItems": expressed(value)},
    }
    yield {"QueryLanguage": "JSONata", "ItemReader": reader}
    yield {
        "QueryLanguage": "JSONata",
        "Items": [1],
        "ResultWriter": {"Resource": WRITES, "Arguments": expressed(value)},
    }
    yield {"Items": [1], "QueryLanguage": "JSONata", "ResultWriter": {"WriterConfig": {"Transformation": value}}}
    writer = {"Resource": WRITES, "Parameters": {"Bucket.$": "$.v", "Prefix.$": "$.v"}}
    yield {"ItemsPath": "$.items", "ResultWriter": writer}


def states(value: Any) -> Iterator[dict[str, Any]]:
    for fields in maps(value):
        for processor in (INLINE, DISTRIBUTED):
            yield {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
    task = {key: each for key, each in TASK.items() if key != "Parameters"}
    for field in ("TimeoutSeconds", "HeartbeatSeconds"):
        yield {**TASK, f"{field}Path": "$.v"}
        yield {**task, "QueryLanguage": "JSONata", field: expressed(value)}
    for field in ("Arguments", "Credentials", "Output"):
        yield {**task, "QueryLanguage": "JSONata", field: expressed(value)}
    yield {**TASK, "Credentials": {"RoleArn.$": "$.v"}}
    for kind, field in (("Wait", "Seconds"), ("Wait", "Timestamp"), ("Fail", "Error"), ("Fail", "Cause")):
        end = {"End": True} if kind == "Wait" else {}
        yield {"Type": kind, f"{field}Path": "$.v", **end}
        yield {"Type": kind, "QueryLanguage": "JSONata", field: expressed(value), **end}
    yield {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": expressed(value), "Next": "A"}]}
    for resource in ("states:startExecution", "states:startExecution.sync", "aws-sdk:sfn:sendTaskSuccess"):
        yield {**TASK, "Resource": f"arn:aws:states:::{resource}", "Parameters": ARGUMENTS, "TimeoutSeconds": 5}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_no_field_ends_in_a_traceback(value: Any) -> None:
    child = asl.parse({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
    for state in states(value):
        machine = asl.parse({"StartAt": "A", "States": {"A": state}})
        for outcome in OUTCOMES:
            with contextlib.suppress(KeyflowError):
                run(machine, {"items": [1, 2], "v": value}, Stubs({}, default=outcome), machines={"C": child})
