"""A state of a child execution turns back to JSONPath."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, execution_config, states_turned_back
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """States in the processors of distributed Maps that say JSONPath where the definition says JSONata."""
    for state in states_turned_back(definition):
        if execution_config(state.scope) is not None:
            hint = "leave the definition in JSONPath and let the other states say JSONata"
            yield Finding(state.at("QueryLanguage"), f"{state.name!r} turns back to JSONPath in an execution", hint)


def _distributed(language: str) -> dict[str, object]:
    state = {"Type": "Pass", "QueryLanguage": language, "End": True}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "A", "States": {"A": state}}
    return {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}


RULE = Rule(
    code="KF855",
    title="A state of a child execution turns back to JSONPath",
    why=(
        "A definition in JSONata has no states in JSONPath (KF848). A warning where the executions of a distributed Map"
        " run the state: there, other checkers take it."
    ),
    bad={"QueryLanguage": "JSONata", "StartAt": "M", "States": _distributed("JSONPath")},
    good={"StartAt": "M", "States": _distributed("JSONata")},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
    severity=Severity.WARNING,
)
