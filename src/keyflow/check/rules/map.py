"""A Map says what its mode does not have."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, processor_config
from keyflow.check.rule import GUIDE, Finding, Rule

_DISTRIBUTED = (
    "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
    "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
)  # fmt: skip


def check(definition: Definition) -> Iterator[Finding]:
    """Fields against the mode, and the mode against the execution type."""
    for state in definition.states:
        if state.type != "Map":
            continue
        config = processor_config(state.document.get("ItemProcessor"))
        mode = config.get("Mode")
        path = state.at("ItemProcessor", "ProcessorConfig")
        if mode == "INLINE":
            for key in _DISTRIBUTED:
                if key in state.document:
                    hint = 'say "Mode": "DISTRIBUTED"'
                    yield Finding(state.at(key), f"{key} belongs to a distributed Map", hint, on_key=True)
            if "ExecutionType" in config:
                yield Finding((*path, "ExecutionType"), "an inline Map starts no executions", on_key=True)
        elif mode == "DISTRIBUTED" and "ExecutionType" not in config:
            yield Finding(path, "a distributed Map says the ExecutionType of its executions", "STANDARD or EXPRESS")
        batcher = state.document.get("ItemBatcher")
        if isinstance(batcher, dict) and not any(key.startswith("Max") for key in batcher):
            message = "an ItemBatcher says how large a batch is: MaxItemsPerBatch or MaxInputBytesPerBatch"
            yield Finding(state.at("ItemBatcher"), message, on_key=True)


RULE = Rule(
    code="KF830",
    title="A Map says what its mode does not have",
    why=(
        "Reading items from elsewhere, batches, a result writer and tolerated failures belong to distributed "
        "Maps; an inline one has none of them."
    ),
    bad={
        "A": {
            "Type": "Map",
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "B",
                "States": {"B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Map",
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "B",
                "States": {"B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    },
    source=f"{GUIDE}/state-map-distributed.html",
    check=check,
)
