"""A heartbeat takes as long as the timeout, or longer."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.quotas import LARGEST_COUNT
from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Heartbeats that cannot be missed."""
    for state in definition.having("HeartbeatSeconds"):
        heartbeat, timeout = state.known.get("HeartbeatSeconds"), state.known.get("TimeoutSeconds", LARGEST_COUNT)
        if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
            message = f"HeartbeatSeconds ({heartbeat}) must be smaller than TimeoutSeconds ({timeout})"
            yield Finding(state.at("HeartbeatSeconds"), message)


RULE = Rule(
    code="KF828",
    title="A heartbeat takes as long as the timeout, or longer",
    why="The timeout strikes first, so the heartbeat is never missed.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "TimeoutSeconds": 10,
            "HeartbeatSeconds": 10,
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "TimeoutSeconds": 60,
            "HeartbeatSeconds": 10,
            "End": True,
        }
    },
    source=f"{SPEC}#task-state",
    check=check,
)
