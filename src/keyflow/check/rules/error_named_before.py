"""An error is named by an earlier retrier or catcher already."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Names that come too late."""
    for state in definition.having("Retry", "Catch"):
        for key in ("Retry", "Catch"):
            seen: set[str] = set()
            for index, entry in state.entries(key):
                names = entry.get("ErrorEquals")
                own = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
                for place, name in enumerate(own):
                    if name in seen:
                        yield Finding(
                            state.at(key, index, "ErrorEquals", place), f"{name} is taken by an earlier entry"
                        )
                seen.update(own)


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
