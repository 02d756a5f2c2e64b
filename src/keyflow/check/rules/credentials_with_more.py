"""Credentials hold more than a role."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import JSONATA, Definition
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Members that Step Functions does not know, where the role is there."""
    for state in definition.having("Credentials"):
        value = state.document["Credentials"]
        roles = ("RoleArn",) if state.language == JSONATA else ("RoleArn", "RoleArn.$")
        if not isinstance(value, dict) or not any(role in value for role in roles):
            continue
        for key in value:
            if key not in roles:
                message = f"Step Functions knows RoleArn in Credentials, not {key}"
                yield Finding(state.at("Credentials", key), message, on_key=True)


RULE = Rule(
    code="KF847",
    title="Credentials hold more than a role",
    why=(
        "The language leaves to each interpreter what Credentials hold; Step Functions takes the role of another "
        "account from it. A warning, for other interpreters may read more."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/other", "Session": "s"},
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/other"},
            "End": True,
        }
    },
    source=f"{GUIDE}/concepts-access-cross-acct-resources.html",
    check=check,
    severity=Severity.WARNING,
)
