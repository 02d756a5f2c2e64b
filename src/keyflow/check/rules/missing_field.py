"""A required field is missing."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems, meant
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """What is not there."""
    for each in field_problems(definition, Problem.MISSING):
        if each.key in meant(definition, each.path):
            continue
        where = f"a {each.detail} state" if each.detail else "this object"
        yield Finding(each.path, f"{where} needs the field {each.key}", on_key=True)


RULE = Rule(
    code="KF807",
    title="A required field is missing",
    why="Step Functions refuses the definition.",
    bad={"A": {"Type": "Task", "End": True}},
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "End": True,
        }
    },
    source=f"{SPEC}#statetypes",
    check=check,
)
