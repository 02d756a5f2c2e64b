"""A branch or an iteration has no state that ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.check.rules.no_end import ENDLESS
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """The states of branches and processors, without an end."""
    for scope in definition.scopes[1:]:
        if scope.is_endless:
            yield Finding((*scope.path, "States"), ENDLESS, on_key=True)


def _looping(**way_out: Any) -> Any:
    states = {"B": {"Type": "Wait", "Seconds": 5, "Next": "C"}, "C": {"Type": "Pass", **way_out}}
    return {"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": states}], "End": True}}


RULE = Rule(
    code="KF852",
    title="A branch or an iteration has no state that ends it",
    why=(
        "Step Functions looks for an end among the outermost states only. A branch without one goes on until a state "
        "in it fails, or one of another branch."
    ),
    bad=_looping(Next="B"),
    good=_looping(End=True),
    source=f"{SPEC}#parallel-state",
    check=check,
    severity=Severity.WARNING,
)
