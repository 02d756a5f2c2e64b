"""The field is one of another type of state."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Fields in the wrong state."""
    for each in field_problems(definition, Problem.OTHER_TYPE):
        yield Finding(each.path, f"{each.key} is a field of {each.detail}, not of this state", on_key=True)


RULE = Rule(
    code="KF805",
    title="The field is one of another type of state",
    why="Each type has its own fields; Step Functions refuses others.",
    bad={"A": {"Type": "Pass", "Resource": "arn:aws:states:::lambda:invoke", "End": True}},
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "End": True,
        }
    },
    source=f"{SPEC}#state-type-table",
    check=check,
)
