"""Credentials are no object, or their role is none."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """What is no object, and roles that are none."""
    for state in definition.states:
        if "Credentials" not in state.document:
            continue
        value = state.document["Credentials"]
        if is_substitution(value) or (state.language == JSONATA and is_expression(value)):
            continue
        if not isinstance(value, dict):
            yield Finding(state.at("Credentials"), "Credentials is an object with RoleArn")
        elif "RoleArn" in value and not _is_role(value["RoleArn"]):
            yield Finding(state.at("Credentials", "RoleArn"), "RoleArn is the ARN of a role")


def _is_role(value: JSON) -> bool:
    return is_substitution(value) or (isinstance(value, str) and (value.startswith("arn:") or is_expression(value)))


RULE = Rule(
    code="KF833",
    title="Credentials are no object, or their role is none",
    why="The field gives a Task the role of another account: RoleArn, or an expression for it.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Credentials": True,
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
)
