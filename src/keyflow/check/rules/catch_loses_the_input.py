"""A Catch loses the input of the state."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.check.definition import JSONPATH, Definition
from keyflow.check.expressions import template_entries
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity

_OF_THE_ERROR = ("$", "$.Error", "$.Cause")


def check(definition: Definition) -> Iterator[Finding]:
    """Catchers without ResultPath whose handler reads more than the error."""
    for state, index, catcher in definition.entries("Catch"):
        if "ResultPath" in catcher or state.language != JSONPATH:
            continue
        handler = state.scope.states.get(str(catcher.get("Next")), {})
        read = sorted(path for path in paths_read(handler) if path not in _OF_THE_ERROR)
        if read:
            message = f"{catcher['Next']!r} reads {read[0]}, and after this catcher there is only the error"
            yield Finding(state.at("Catch", index), message, 'say "ResultPath": "$.error"')


def paths_read(state: JSON) -> Iterator[str]:
    """The paths into the data that a state itself reads."""
    for key, value in state.items():
        if key in ("InputPath", "ItemsPath", "SecondsPath", "TimestampPath") and isinstance(value, str):
            yield value
        elif key == "Parameters":
            for _path, _key, text in template_entries(value, ()):
                if isinstance(text, str) and text.startswith("$") and not text.startswith("$$"):
                    yield text
        elif key == "Choices" and isinstance(value, list):
            yield from (
                rule["Variable"] for rule in value if isinstance(rule, dict) and isinstance(rule.get("Variable"), str)
            )


RULE = Rule(
    code="KF829",
    title="A Catch loses the input of the state",
    why=(
        "Without ResultPath the error's description replaces everything that was known: what a cleanup needs is gone."
    ),
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "InputPath": "$.id", "End": True},
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "InputPath": "$.id", "End": True},
    },
    source=f"{SPEC}#errors",
    check=check,
    severity=Severity.WARNING,
)
