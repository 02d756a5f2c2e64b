"""An error is named by an earlier retrier or catcher already."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, State
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Names that come too late."""
    for state in definition.having("Retry", "Catch"):
        if len(state.error_names) > 1:
            yield from _named_twice(state)


def _named_twice(state: State) -> Iterator[Finding]:
    first: dict[tuple[str | int, str], str | int] = {}
    for keys, name in state.error_names:
        field, index, *_ = keys
        if first.setdefault((field, name), index) != index:
            yield Finding(state.at(*keys), f"{name} is taken by an earlier entry")


RULE = Rule(
    code="KF825",
    title="An error is named by an earlier retrier or catcher already",
    why="The first that covers an error takes it; the later one is never asked.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Retry": [{"ErrorEquals": ["Mine"]}, {"ErrorEquals": ["Mine", "Other"]}],
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Retry": [{"ErrorEquals": ["Mine"]}, {"ErrorEquals": ["Other"]}],
            "End": True,
        }
    },
    source=f"{SPEC}#errors",
    check=check,
    severity=Severity.WARNING,
)
