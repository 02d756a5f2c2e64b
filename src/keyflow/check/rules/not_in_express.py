"""An Express workflow cannot do this."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.aws.resources import TASK_TOKEN
from keyflow.check.definition import DISTRIBUTED, Definition, Scope, State, execution_config, processor_config
from keyflow.check.rule import GUIDE, Finding, Rule

EXPRESS = "EXPRESS"


def check(definition: Definition) -> Iterator[Finding]:
    """What only Standard workflows do, where the type is known."""
    document = definition.document
    if definition.type == EXPRESS and isinstance(document, dict):
        timeout = document.get("TimeoutSeconds")
        if isinstance(timeout, int) and timeout > EXPRESS_SECONDS:
            yield Finding(("TimeoutSeconds",), f"an Express workflow runs at most {EXPRESS_SECONDS} s, not {timeout}")
    scopes = {scope.path for scope in definition.scopes if _type_of(scope, definition.type) == EXPRESS}
    for state in definition.states if scopes else ():
        if state.scope.path in scopes:
            yield from _only_standard(state)


def _type_of(scope: Scope, outermost: JSON) -> JSON:
    """Which executions run the states: those that the nearest distributed Map starts, or the workflow's own."""
    config = execution_config(scope)
    return outermost if config is None else config.get("ExecutionType")


def _only_standard(state: State) -> Iterator[Finding]:
    resource = state.document.get("Resource")
    if isinstance(resource, str) and (".sync" in resource or resource.endswith(f".{TASK_TOKEN}")):
        yield Finding(state.at("Resource"), f"an Express workflow does not wait: .{resource.rsplit('.', 1)[-1]}")
    elif isinstance(resource, str) and ":activity:" in resource:
        yield Finding(state.at("Resource"), "an Express workflow has no activities")
    if processor_config(state.document.get("ItemProcessor")).get("Mode") == DISTRIBUTED:
        path = state.at("ItemProcessor", "ProcessorConfig", "Mode")
        yield Finding(path, "an Express workflow has no distributed Map")


RULE = Rule(
    code="KF834",
    title="An Express workflow cannot do this",
    why=(
        "Express workflows wait for no job, no task token and no activity, run no distributed Map, and for at"
        " most five minutes. The executions that a distributed Map starts may be Express ones, too."
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
        "TimeoutSeconds": EXPRESS_SECONDS,
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
