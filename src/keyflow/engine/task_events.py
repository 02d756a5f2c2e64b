"""The events of a task's attempts: those of a service's call, of a Lambda function, or of an activity.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import Resource
from keyflow.dataclass import dataclass
from keyflow.engine.context import REGION
from keyflow.engine.limits import Limits


@dataclass(slots=True, kw_only=True)
class TaskEvents:
    """The types of the events of a resource's attempts, and what each says about the resource."""

    family: str
    arn: str
    name: str
    about: Mapping[str, str]
    scheduled: str
    started: str
    submitted: str
    succeeded: str
    failed: str
    timed_out: str


_FAMILIES = {"function": "LambdaFunction", "activity": "Activity"}


def events_of(resource: Resource) -> TaskEvents:
    """The events of attempts that call a resource."""
    family = _FAMILIES.get(resource.kind, "Task")
    return TaskEvents(
        family=family,
        arn=resource.arn,
        name=_about(resource.arn)["resourceType"] if family == "Task" else resource.arn,
        about=_about(resource.arn) if family == "Task" else {},
        scheduled=f"{family}Scheduled",
        started=f"{family}Started",
        submitted=f"{family}Submitted",
        succeeded=f"{family}Succeeded",
        failed=f"{family}Failed",
        timed_out=f"{family}TimedOut",
    )


def _about(arn: str) -> Mapping[str, str]:
    """What each event of a service's call says of it: `aws-sdk:apigateway` and `createApiKey`."""
    parts = arn.split(":", 5)
    kind, _, action = (parts[5] if len(parts) > 5 else arn).partition(":")
    if kind == "aws-sdk":
        service, _, action = action.partition(":")
        kind = f"aws-sdk:{service}"
    return {"resourceType": kind, "resource": action}


def scheduled(events: TaskEvents, parameters: JSON, limits: Limits, role: JSON) -> dict[str, Any]:
    """What the event of scheduling a call says; `role` is the one that the task's Credentials name."""
    details: dict[str, Any] = {"resource": events.arn, "input": parameters}
    if events.family == "Task":
        details = {**events.about, "region": REGION, "parameters": parameters}
    details["timeoutInSeconds"] = limits.timeout
    if events.family != "LambdaFunction":
        details["heartbeatInSeconds"] = limits.heartbeat
    if role is not None:
        details["taskCredentials"] = {"roleArn": role}
    return details


def ended(events: TaskEvents, output: JSON) -> dict[str, Any]:
    """What the event of a call says that has been submitted, or has succeeded."""
    return {**events.about, "output": output}
