"""An inline Map says what only a distributed one has."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, processor_config
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity

_DISTRIBUTED = (
    "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
    "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
)  # fmt: skip


def check(definition: Definition) -> Iterator[Finding]:
    """Fields against the mode, where it is written."""
    for state in definition.of_type("Map"):
        config = processor_config(state.document.get("ItemProcessor"))
        if config.get("Mode") != "INLINE":
            continue
        for key in _DISTRIBUTED:
            if key in state.document:
                hint = 'say "Mode": "DISTRIBUTED"'
                yield Finding(state.at(key), f"{key} belongs to a distributed Map", hint, on_key=True)
        if "ExecutionType" in config:
            path = state.at("ItemProcessor", "ProcessorConfig", "ExecutionType")
            yield Finding(path, "an inline Map starts no executions", on_key=True)


RULE = Rule(
    code="KF851",
    title="An inline Map says what only a distributed one has",
    why=(
        "Reading items from elsewhere, batches, a result writer and tolerated failures belong to distributed Maps. "
        "Step Functions takes the definition, and the guide promises none of them for an inline Map."
    ),
    bad={
        "A": {
            "Type": "Map",
            "ToleratedFailurePercentage": 10,
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
            "ToleratedFailurePercentage": 10,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "B",
                "States": {"B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    },
    source=f"{GUIDE}/state-map-inline.html",
    check=check,
    severity=Severity.WARNING,
)
