"""The language has no such field."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean


def check(definition: Definition) -> Iterator[Finding]:
    """Fields that nothing has."""
    for each in field_problems(definition, Problem.UNKNOWN):
        hint = did_you_mean(each.key, each.known)
        where = f"a {each.detail} state" if each.detail else "this object"
        alike = [name for name in each.known if name.lower() == each.key.lower()]
        fix = alike[0] if len(alike) == 1 and alike[0] not in each.beside else None
        yield Finding(each.path, f"{where} has no field {each.key!r}", hint, on_key=True, fix=fix)


RULE = Rule(
    code="KF804",
    title="The language has no such field",
    why="A misspelt field is not there: Step Functions refuses the definition.",
    bad={"A": {"Type": "Pass", "Ned": True, "End": True}},
    good={"A": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#statetypes",
    check=check,
)
