"""An Express workflow cannot do this."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """What only Standard workflows do, where the type is known."""
    if definition.type != "EXPRESS" or not isinstance(definition.document, dict):
        return
    timeout = definition.document.get("TimeoutSeconds")
    if isinstance(timeout, int) and timeout > 300:
        yield Finding(("TimeoutSeconds",), f"an Express workflow runs at most 300 s, not {timeout}")
    for state in definition.states:
        resource = state.document.get("Resource")
        if isinstance(resource, str) and (".sync" in resource or resource.endswith(".waitForTaskToken")):
            yield Finding(state.at("Resource"), f"an Express workflow does not wait: .{resource.rsplit('.', 1)[-1]}")
        elif isinstance(resource, str) and ":activity:" in resource:
            yield Finding(state.at("Resource"), "an Express workflow has no activities")
        processor = state.document.get("ItemProcessor")
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
            yield Finding(
                state.at("ItemProcessor", "ProcessorConfig", "Mode"), "an Express workflow has no distributed Map"
            )


RULE = Rule(
    code="KF834",
    title="An Express workflow cannot do this",
    why=(
        "Express workflows wait for no job, no task token and no activity, run no distributed Map, and for at"
        " most five minutes."
    ),
    bad={
        "StartAt": "A",
        "TimeoutSeconds": 600,
        "States": {
            "A": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
                "End": True,
            }
        },
    },
    good={
        "StartAt": "A",
        "TimeoutSeconds": 300,
        "States": {
            "A": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "f"},
                "End": True,
            }
        },
    },
    source=f"{GUIDE}/choosing-workflow-type.html",
    check=check,
)
