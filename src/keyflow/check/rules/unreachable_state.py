"""No transition leads to a state."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import meant
from keyflow.check.flow import reachable
from keyflow.check.rule import SPEC, Finding, Rule

_LEADING = {"Next", "Default", "Choices", "Catch"}
"""The fields by which a state leads to others."""


def check(definition: Definition) -> Iterator[Finding]:
    """States that no way from StartAt comes to."""
    for scope in definition.scopes:
        start = scope.document.get("StartAt")
        if not isinstance(start, str) or start not in scope.states:
            continue
        reached = reachable(scope)
        lost = [name for name in scope.states if name not in reached]
        if lost and any(meant(definition, (*scope.path, "States", name)) & _LEADING for name in scope.states):
            continue  # a misspelt field leads on, and nothing more is known
        for name in lost:
            yield Finding((*scope.path, "States", name), f"nothing leads to {name!r}", on_key=True)


RULE = Rule(
    code="KF813",
    title="No transition leads to a state",
    why="A state that is never entered is a mistake in what should lead to it, or left over.",
    bad={"A": {"Type": "Pass", "End": True}, "B": {"Type": "Pass", "End": True}},
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#transition",
    check=check,
)
