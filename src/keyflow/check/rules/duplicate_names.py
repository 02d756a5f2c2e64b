"""Two states have one name."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Each state whose name an earlier one has."""
    seen: set[str] = set()
    for state in definition.states:
        if state.name in seen:
            yield Finding(state.path, f"another scope has a state {state.name!r} already", "rename one", on_key=True)
        seen.add(state.name)


RULE = Rule(
    code="KF812",
    title="Two states have one name",
    why=(
        "Names are unique in the whole definition, across branches and iterations: the console and the "
        "history know a state by its name alone."
    ),
    bad={
        "A": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}],
            "End": True,
        }
    },
    good={
        "A": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}],
            "End": True,
        }
    },
    source=f"{SPEC}#states-fields",
    check=check,
)
