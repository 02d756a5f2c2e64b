"""What a distributed Map gives, and what it writes: the results of its child executions, as a ResultWriter says.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine.context import ARN, execution_arn
from keyflow.engine.errors import StatesError

_STATUSES = ("FAILED", "PENDING", "SUCCEEDED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An iteration of a distributed Map: its name, its input, what came of it, and the moments of both ends."""

    name: str
    input: JSON
    result: JSON | StatesError
    started: str
    stopped: str

    @property
    def status(self) -> str:
        """How it ended."""
        return "FAILED" if isinstance(self.result, StatesError) else "SUCCEEDED"


def given(children: Sequence[Child], machine: str, config: Mapping[str, JSON]) -> list[JSON]:
    """The results of a Map that writes them nowhere; a WriterConfig may say what becomes of each."""
    return list(_transformed(children, machine, config.get("Transformation", "COMPACT"), bool(config)))


def failed(error: StatesError) -> dict[str, JSON]:
    """What stands in the place of an item that failed and is tolerated, as AWS recorded it."""
    return {"Status": "FAILED", "Error": error.shown, "Cause": error.cause}


@dataclass(frozen=True, slots=True)
class File:
    """A file that a Map writes: its key, and its text."""

    key: str
    text: str


def files(
    children: Sequence[Child], machine: str, config: Mapping[str, JSON], folder: str, bucket: JSON, run_arn: str
) -> Iterator[File]:
    """The files of a ResultWriter: one for each status that an execution has, and the manifest last."""
    transformation, kind = config.get("Transformation", "NONE"), config.get("OutputType", "JSON")
    listed: dict[str, list[JSON]] = {status: [] for status in _STATUSES}
    for status in _STATUSES:
        chosen = [child for child in children if child.status == status]
        if chosen:
            results = list(_transformed(chosen, machine, transformation, True))
            file = File(f"{folder}/{status}_0.{str(kind).lower()}", _text(results, kind))
            listed[status].append({"Key": file.key, "Size": len(file.text.encode())})
            yield file
    manifest = {"DestinationBucket": bucket, "MapRunArn": run_arn, "ResultFiles": listed}
    yield File(f"{folder}/manifest.json", _json(manifest))


def _transformed(children: Iterable[Child], machine: str, transformation: Any, described: bool) -> Iterator[JSON]:
    """Each execution's output; what failed is `described` as a whole, or stands for itself in short."""
    for child in children:
        if isinstance(child.result, StatesError):
            yield _description(child, machine) if described else failed(child.result)
        elif transformation == "NONE":
            yield _description(child, machine)
        elif transformation == "FLATTEN" and isinstance(child.result, list):
            yield from child.result
        else:
            yield child.result


def _description(child: Child, machine: str) -> dict[str, JSON]:
    """A child execution as DescribeExecution has it."""
    ended: dict[str, JSON]
    if isinstance(child.result, StatesError):
        ended = {"Error": child.result.shown, "Cause": child.result.cause}
    else:
        ended = {"Output": _json(child.result), "OutputDetails": {"Included": True}}
    return {
        "ExecutionArn": execution_arn(machine, child.name),
        "Input": _json(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        **ended,
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE" if child.status == "FAILED" else "NOT_REDRIVABLE",
        "StartDate": child.started,
        "StateMachineArn": f"{ARN}:stateMachine:{machine}",
        "Status": child.status,
        "StopDate": child.stopped,
    }


def _text(results: Sequence[JSON], kind: JSON) -> str:
    return "\n".join(map(_json, results)) if kind == "JSONL" else _json(results)


def _json(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
