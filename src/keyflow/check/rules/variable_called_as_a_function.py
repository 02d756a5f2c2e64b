"""A variable that a state assigns is called as a function."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.flow import assigned_in
from keyflow.check.jsonata_expressions import called, texts_of
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Calls of `$name(...)` whose name an Assign gives a value to."""
    texts = [text for text in texts_of(definition) if text.expression is not None and "(" in text.expression]
    if not texts:
        return
    assigned = {name for state in definition.states for name in assigned_in(state.document)}
    for text in texts if assigned else ():
        for name in sorted(called(str(text.expression)) & assigned):
            hint = "an expression can bind a function to a name, and call it: ($f := function($x) { $x }; $f(1))"
            yield Finding(text.path, f"${name} is a variable that holds data, and no function", hint)


RULE = Rule(
    code="KF860",
    title="A variable that a state assigns is called as a function",
    why="A variable holds JSON. A function cannot be assigned, so that the call fails wherever it is evaluated.",
    bad={
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"double": 2}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $double(1) %}", "End": True},
    },
    good={
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"factor": 2}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $factor * 1 %}", "End": True},
    },
    source=f"{GUIDE}/workflow-variables.html",
    check=check,
)
