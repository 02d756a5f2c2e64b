"""A scope has no state that ends it."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Scopes without an end."""
    for scope in definition.scopes:
        states = scope.states.values()
        if states and not any(state.get("End") is True or state.get("Type") in ("Succeed", "Fail") for state in states):
            yield Finding((*scope.path, "States"), "none of these states ends: End: true, Succeed or Fail", on_key=True)


RULE = Rule(
    code="KF814",
    title="A scope has no state that ends it",
    why="Without a state with End: true, a Succeed or a Fail, an execution that enters the scope can never leave it.",
    bad={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#toplevelfields",
    check=check,
)
