"""A task that waits has no timeout."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity

_LIMITS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")


def check(definition: Definition) -> Iterator[Finding]:
    """Callbacks and activities without a limit."""
    for state, resource in definition.tasks:
        if any(key in state.document for key in _LIMITS):
            continue
        if resource.endswith(".waitForTaskToken") or ":activity:" in resource:
            message = f"{state.name!r} waits for an answer, and has no TimeoutSeconds"
            yield Finding(state.path, message, "say how long: TimeoutSeconds, or HeartbeatSeconds", on_key=True)


RULE = Rule(
    code="KF841",
    title="A task that waits has no timeout",
    why="A token that is lost, or a job that hangs, keeps the execution open for up to a year.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            "TimeoutSeconds": 3600,
            "End": True,
        }
    },
    source=f"{GUIDE}/sfn-best-practices.html",
    check=check,
    severity=Severity.WARNING,
)
