"""There is no such integration."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.check.service_names import actions_of, calls_in, near_service, unknown_service
from keyflow.diagnostics import did_you_mean


def check(definition: Definition) -> Iterator[Finding]:
    """Services and operations against botocore's models."""
    for state, resource in calls_in(definition):
        unknown = unknown_service(resource)
        if unknown is not None:
            hint = near_service(resource)
            if hint is not None:
                yield Finding(state.at("Resource"), f"there is no service {unknown!r}", hint)
        elif resource.service is not None and resource.integration is None:
            known = actions_of(resource)
            if resource.action not in known:
                hint = did_you_mean(resource.action, known)
                yield Finding(state.at("Resource"), f"{resource.service} has no action {resource.action!r} here", hint)
        if resource.is_sdk and resource.pattern.startswith("sync"):
            yield Finding(
                state.at("Resource"), "an SDK integration does not wait for jobs: .sync is for optimized ones"
            )


RULE = Rule(
    code="KF836",
    title="There is no such integration",
    why="The service, or its operation, is none that Step Functions calls; or it is not called in this way.",
    bad={"A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKy", "End": True}},
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
            "Parameters": {},
            "End": True,
        }
    },
    source=f"{GUIDE}/integrate-services.html",
    check=check,
)
