"""A Resource still waits for its value."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.fields import is_expression
from keyflow.check.definition import Definition, has_placeholder
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Resources with a placeholder that no deployment puts a value in for."""
    for state, resource in definition.tasks:
        if has_placeholder(resource) and not is_expression(resource):
            hint = "write ${Name}, and give its value in DefinitionSubstitutions"
            yield Finding(state.at("Resource"), f"{resource!r} still waits for its value", hint)


RULE = Rule(
    code="KF854",
    title="A Resource still waits for its value",
    why=(
        "A template has it before it is filled in; Step Functions refuses it. A warning, for the file may well be"
        " such a template."
    ),
    bad={"A": {"Type": "Task", "Resource": "<FUNCTION_ARN>", "TimeoutSeconds": 9, "End": True}},
    good={"A": {"Type": "Task", "Resource": "${FunctionArn}", "TimeoutSeconds": 9, "End": True}},
    source=f"{SPEC}#task-state",
    check=check,
    severity=Severity.WARNING,
)
