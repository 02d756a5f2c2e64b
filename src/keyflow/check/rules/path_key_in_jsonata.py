"""A key ends in .$ in a JSONata state."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import JSONATA, Definition
from keyflow.check.expressions import template_entries
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Left-overs of JSONPath."""
    for state in definition.states:
        if state.language == JSONATA:
            for field in ("Arguments", "Output", "Assign", "ItemSelector", "Items"):
                for path, key, value in template_entries(state.document.get(field), state.at(field)):
                    if isinstance(value, str) and value.startswith(("$", "States.")):
                        hint = f"write {key[:-2]!r} with an expression: {{% $states.input... %}}"
                        yield Finding(path, f"{key!r} is a plain key here, and {value!r} plain text", hint, on_key=True)


RULE = Rule(
    code="KF821",
    title="A key ends in .$ in a JSONata state",
    why="JSONata states have no payload templates: the key is taken as it stands, with its .$, and the path is text.",
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"x.$": "$.y"}, "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"x": "{% $states.input.y %}"}, "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
    severity=Severity.WARNING,
)
