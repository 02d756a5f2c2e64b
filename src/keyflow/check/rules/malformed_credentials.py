"""Credentials name no role."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.rule import GUIDE, Finding, Rule

_ROLES = frozenset({"RoleArn", "RoleArn.$"})


def check(definition: Definition) -> Iterator[Finding]:
    """What is no object, objects without a role, and roles that are none."""
    for state in definition.having("Credentials"):
        value = state.known["Credentials"]
        if is_substitution(value) or (state.language == JSONATA and is_expression(value)):
            continue
        if not isinstance(value, dict):
            yield Finding(state.at("Credentials"), "Credentials is an object with RoleArn")
        elif not value.keys() & _ROLES:
            yield Finding(state.at("Credentials"), f"the Credentials of {state.name!r} name no RoleArn", on_key=True)
        elif "RoleArn" in value and not _is_role(value["RoleArn"]):
            yield Finding(state.at("Credentials", "RoleArn"), "RoleArn is the ARN of a role")


def _is_role(value: JSON) -> bool:
    return is_substitution(value) or (isinstance(value, str) and (value.startswith("arn:") or is_expression(value)))


RULE = Rule(
    code="KF833",
    title="Credentials name no role",
    why=(
        "The field gives a Task the role of another account: RoleArn, or an expression for it. Step Functions refuses "
        "a definition where it is missing, or is no ARN."
    ),
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
