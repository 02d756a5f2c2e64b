"""The values of a retrier do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Bounds below what they bound."""
    for state, index, retrier in definition.entries("Retry"):
        bound, interval = retrier.get("MaxDelaySeconds"), retrier.get("IntervalSeconds", 1)
        if isinstance(bound, int) and isinstance(interval, int) and bound <= interval:
            message = f"MaxDelaySeconds ({bound}) must be greater than IntervalSeconds ({interval})"
            yield Finding(state.at("Retry", index, "MaxDelaySeconds"), message)


RULE = Rule(
    code="KF826",
    title="The values of a retrier do not fit together",
    why="MaxDelaySeconds bounds the growing intervals: it must be greater than IntervalSeconds.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Retry": [{"ErrorEquals": ["Mine"], "IntervalSeconds": 10, "MaxDelaySeconds": 5}],
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Retry": [{"ErrorEquals": ["Mine"], "IntervalSeconds": 10, "MaxDelaySeconds": 60}],
            "End": True,
        }
    },
    source=f"{GUIDE}/concepts-error-handling.html",
    check=check,
)
