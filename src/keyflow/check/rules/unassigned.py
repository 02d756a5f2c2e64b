"""A variable is read that nothing has assigned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.expressions import expressions_of
from keyflow.check.flow import assigned_before
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity, did_you_mean

_VARIABLE = re.compile(r"(?<![\w$.\])'])\$([A-Za-z_]\w*)")


def check(definition: Definition) -> Iterator[Finding]:
    """Variables of JSONPath states, against what can have been assigned before."""
    before = definition.once("assigned", assigned_before)
    for each in expressions_of(definition):
        known = before.get(each.state.path, frozenset())
        for name in _VARIABLE.findall(each.text):
            if name not in known:
                hint = did_you_mean(name, known)
                yield Finding(each.path, f"nothing has assigned ${name} before {each.state.name!r}", hint)


RULE = Rule(
    code="KF832",
    title="A variable is read that nothing has assigned",
    why="Only Assign of a state before it, in its own scope or one around it, gives a variable a value.",
    bad={"A": {"Type": "Pass", "InputPath": "$count", "End": True}},
    good={
        "Z": {"Type": "Pass", "Assign": {"count": 1}, "Next": "A"},
        "A": {"Type": "Pass", "InputPath": "$count", "End": True},
    },
    source=f"{GUIDE}/workflow-variables.html",
    check=check,
    severity=Severity.WARNING,
)
