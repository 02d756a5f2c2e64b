"""A service that is not known here."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.check.service_names import calls_in, near_service, unknown_service
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Services that resemble none that is known: those that do are misspelt, and an error of KF836."""
    for state, resource in calls_in(definition):
        unknown = unknown_service(resource)
        if unknown is not None and near_service(resource) is None:
            hint = None if resource.is_sdk else f"for the SDK integration: arn:aws:states:::aws-sdk:{unknown}:..."
            yield Finding(state.at("Resource"), f"nothing is known of the service {unknown!r}", hint)


RULE = Rule(
    code="KF843",
    title="A service that is not known here",
    why=(
        "Step Functions learns of services faster than botocore and keyflow do. Such a call is not checked, "
        "and may be a mistake."
    ),
    bad={"A": {"Type": "Task", "Resource": "arn:aws:states:::weather:getForecast", "TimeoutSeconds": 9, "End": True}},
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"Message": "m", "TopicArn": "${Topic}"},
            "TimeoutSeconds": 9,
            "End": True,
        }
    },
    source=f"{GUIDE}/integrate-optimized.html",
    check=check,
    severity=Severity.WARNING,
)
