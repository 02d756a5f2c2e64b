"""A definition has no state that ends it."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule

ENDLESS = "none of these states ends: End: true, Succeed or Fail"


def check(definition: Definition) -> Iterator[Finding]:
    """The outermost states, without an end."""
    for scope in definition.scopes[:1]:
        if scope.is_endless:
            yield Finding(("States",), ENDLESS, on_key=True)


RULE = Rule(
    code="KF814",
    title="A definition has no state that ends it",
    why="Without a state with End: true, a Succeed or a Fail, an execution never ends: Step Functions refuses it.",
    bad={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#toplevelfields",
    check=check,
)
