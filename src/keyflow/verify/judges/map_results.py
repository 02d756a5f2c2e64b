"""What iterations write where a Map writes its results to S3, held against what the definition lets them write (P0)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from keyflow.asl import JSON
from keyflow.lazy import lazy_pattern
from keyflow.verify.judges.deviations import deviation
from keyflow.verify.judges.expected import Expected
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.judges.known import ANY, agrees
from keyflow.verify.judges.obligations import Calls
from keyflow.verify.world.runner import Entry

_OF_SUCCESS = lazy_pattern(r"/SUCCEEDED_\d+\.(json|jsonl)$")
"""The files of iterations that succeeded.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""


def map_results(wanted: Expected, calls: Calls) -> Iterator[Finding]:
    """Each iteration that succeeds has written its own value, and nothing else is written."""
    if wanted.opaque or wanted.tolerated is None:
        return
    for step, place, due in wanted.written:
        transformation = (step.writer_config or {}).get("Transformation", "NONE")
        expected = due
        if transformation == "FLATTEN":
            if ANY in due:  # as many results as it has elements
                continue
            expected = [each for value in due for each in (value if isinstance(value, list) else [value])]
        for entry in calls.get(place, ()):
            if _is_of_success(entry) and not _agree(expected, list(_written(entry, transformation))):
                message = f"iterations of {step.name!r} write other results than they should"
                yield deviation(Property.P0, step.name, "results", message)


def _is_of_success(entry: Entry) -> bool:
    given = entry.call.parameters
    return isinstance(given, dict) and _OF_SUCCESS.search(str(given.get("Key"))) is not None


def _written(entry: Entry, transformation: str) -> Iterator[JSON]:
    """What the iterations gave, in the order of the file."""
    body = entry.call.parameters["Body"]
    is_lines = str(entry.call.parameters["Key"]).endswith(".jsonl")
    listed = map(json.loads, body.splitlines()) if is_lines else json.loads(body)
    yield from (json.loads(each["Output"]) for each in listed) if transformation == "NONE" else listed


def _agree(expected: Sequence[Any], actual: Sequence[JSON]) -> bool:
    """Whether each value is expected, and each expected one is there."""
    return len(expected) == len(actual) and all(map(agrees, expected, actual))
