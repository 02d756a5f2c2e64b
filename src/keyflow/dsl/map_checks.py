"""What the options of a Map must be."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws import OperationCall
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.checks import count_problem
from keyflow.dsl.maps import Map
from keyflow.dsl.values import Reference
from keyflow.making import note_used

_READERS = ("get_object", "list_objects_v2")


def check_map(map_step: Map) -> None:
    """Raises KF243 where a Map has nothing to iterate over, a number cannot be, or options do not go together."""
    if isinstance(map_step.over, OperationCall):
        note_used(map_step.over)
    problem, hint = next(_map_problems(map_step), (None, None))
    if problem is not None:
        raise definition_error("KF243", problem, location=map_step.location, hint=hint)


Problem = tuple[str, str | None]
"""What cannot be, and what to write instead."""


def _map_problems(map_step: Map) -> Iterator[Problem]:
    yield from _source_problems(map_step)
    yield from _number_problems(map_step)
    yield from _local_problems(map_step)
    yield from _writer_problems(map_step)


def _source_problems(map_step: Map) -> Iterator[Problem]:
    match map_step.over:
        case OperationCall() as call if call.service.name != "s3" or call.operation not in _READERS:
            yield f"a map reads by s3.get_object or s3.list_objects_v2, not by {call.label}", None
        case OperationCall():
            pass
        case Reference(kind=None | "array") if map_step.reader_config is not None:
            yield "reader_config is for what a map reads from S3", None
        case Reference(kind=None | "array"):
            pass
        case other:
            yield f"map iterates over an array, not over {other!r}", None


def _number_problems(map_step: Map) -> Iterator[Problem]:
    numbers = (
        ("at_most", map_step.at_most, 1),
        ("max_concurrency", map_step.max_concurrency, 0),
        ("tolerated_failures", map_step.tolerated_failures, 0),
        ("batch_of", 1 if map_step.batch_of is None else map_step.batch_of, 1),
    )
    for label, number, least in numbers:
        problem = count_problem(label, number, least)
        if problem is not None:
            yield problem, None


def _local_problems(map_step: Map) -> Iterator[Problem]:
    """What only child executions can do."""
    needing = (
        ("reads its items", isinstance(map_step.over, OperationCall)),
        ("has batches", map_step.batch_of is not None),
        ("writes its results", map_step.result_writer is not None),
    )
    for what, asked in needing:
        if asked and map_step.distributed is None:
            yield f"only a distributed map {what}", 'give it distributed="STANDARD"'


def _writer_problems(map_step: Map) -> Iterator[Problem]:
    writer, config = map_step.result_writer, map_step.writer_config
    if writer is not None and ("Bucket" not in writer or not {"Bucket", "Prefix"}.issuperset(writer)):
        yield f"a result_writer has a Bucket and a Prefix, not {', '.join(writer) or 'nothing'}", None
    if config is not None and writer is None:
        yield "writer_config is for a map with a result_writer", None
    elif config is not None and config.keys() != {"OutputType", "Transformation"}:
        told = ", ".join(config) or "nothing"
        yield f"a writer_config has an OutputType and a Transformation, not {told}", None


def check_bound(
    at_most: int | None, over: object, distributed: str | None, timeout: int | None, location: Location
) -> None:
    """Raises KF243 where a workflow has a timeout, and nobody says how many items a file or a list may have."""
    if at_most is None and timeout is not None and distributed is not None:
        of = f"{over.label} gives" if isinstance(over, OperationCall) else "there are"
        problem = f"how many items {of} is unknown, and the workflow's time of {timeout} s is proven for a number"
        raise definition_error("KF243", problem, location=location, hint="write at_most=..., or leave the timeout out")


def check_distribution(distributed: str | None, workflow_type: str, location: Location) -> None:
    """Raises KF243 where a workflow cannot have child executions of that type."""
    if distributed not in (None, "STANDARD", "EXPRESS"):
        problem = f"child executions are STANDARD or EXPRESS, not {distributed!r}"
        raise definition_error("KF243", problem, location=location)
    if distributed is not None and workflow_type == "EXPRESS":
        raise definition_error("KF243", "an Express workflow has no distributed map", location=location)
