"""A field has a value of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Values that cannot be."""
    for each in field_problems(definition, Problem.KIND):
        yield Finding(each.path, f"{each.key} {each.detail}")


RULE = Rule(
    code="KF808",
    title="A field has a value of the wrong kind",
    why="A number of seconds is a whole number, an array an array: Step Functions refuses anything else.",
    bad={"A": {"Type": "Wait", "Seconds": "ten", "End": True}},
    good={"A": {"Type": "Wait", "Seconds": 10, "End": True}},
    source=f"{SPEC}#statetypes",
    check=check,
)
