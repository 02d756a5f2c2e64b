"""A state turns back to JSONPath."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import JSONATA, JSONPATH, Definition
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """States that say JSONPath where the whole definition says JSONata."""
    document = definition.document
    if not isinstance(document, dict) or document.get("QueryLanguage") != JSONATA:
        return
    for state in definition.states:
        if state.document.get("QueryLanguage") == JSONPATH:
            hint = "leave the definition in JSONPath and let the other states say JSONata"
            yield Finding(state.at("QueryLanguage"), f"{state.name!r} turns back to JSONPath", hint)


RULE = Rule(
    code="KF848",
    title="A state turns back to JSONPath",
    why=(
        "A state of a JSONPath definition may be in JSONata; Step Functions takes no JSONPath in a JSONata definition."
        " A warning, for other interpreters do take it."
    ),
    bad={
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}},
    },
    good={"StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONata", "End": True}}},
    source=f"{GUIDE}/statemachine-structure.html",
    check=check,
    severity=Severity.WARNING,
)
