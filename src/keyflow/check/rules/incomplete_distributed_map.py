"""A distributed Map is incomplete."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import DISTRIBUTED, Definition, processor_config
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """The type of its executions, and the size of its batches."""
    for state in definition.of_type("Map"):
        held = "ItemProcessor" if "ItemProcessor" in state.document else "Iterator"
        config = processor_config(state.document.get(held))
        if config.get("Mode") != DISTRIBUTED:
            continue
        if "ExecutionType" not in config:
            path = state.at(held, "ProcessorConfig")
            yield Finding(path, "a distributed Map says the ExecutionType of its executions", "STANDARD or EXPRESS")
        batcher = state.document.get("ItemBatcher")
        if isinstance(batcher, dict) and not any(key.startswith("Max") for key in batcher):
            message = "an ItemBatcher says how large a batch is: MaxItemsPerBatch or MaxInputBytesPerBatch"
            yield Finding(state.at("ItemBatcher"), message, on_key=True)


RULE = Rule(
    code="KF830",
    title="A distributed Map is incomplete",
    why=(
        "The iterations of a distributed Map are executions, standard or express ones, and one that gathers its items "
        "in batches says how large a batch is."
    ),
    bad={
        "A": {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                "StartAt": "B",
                "States": {"B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Map",
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
