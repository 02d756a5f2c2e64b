"""A state turns back to JSONPath."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, execution_config, states_turned_back
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """States of the execution itself that say JSONPath where the definition says JSONata."""
    for state in states_turned_back(definition):
        if execution_config(state.scope) is None:
            hint = "leave the definition in JSONPath and let the other states say JSONata"
            yield Finding(state.at("QueryLanguage"), f"{state.name!r} turns back to JSONPath", hint)


RULE = Rule(
    code="KF848",
    title="A state turns back to JSONPath",
    why="A state of a JSONPath definition may be in JSONata; Step Functions takes no JSONPath in a JSONata definition.",
    bad={
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}},
    },
    good={"StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONata", "End": True}}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
)
