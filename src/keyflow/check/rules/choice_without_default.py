"""A Choice has no Default."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import meant
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Choices that may choose nothing."""
    for state in definition.of_type("Choice"):
        if "Default" not in state.document and "Default" not in meant(definition, state.path):
            yield Finding(state.path, f"{state.name!r} has no Default", on_key=True)


RULE = Rule(
    code="KF823",
    title="A Choice has no Default",
    why="Where no rule holds, the execution ends with States.NoChoiceMatched, which no state can catch.",
    bad={
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "B"}]},
        "B": {"Type": "Pass", "End": True},
    },
    good={
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "B"}], "Default": "B"},
        "B": {"Type": "Pass", "End": True},
    },
    source=f"{SPEC}#choice-state",
    check=check,
    severity=Severity.WARNING,
)
