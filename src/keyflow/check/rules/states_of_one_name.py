"""Two states have one name, or two Maps one label."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Each state whose name, or label, an earlier one has."""
    names: set[str] = set()
    labels: set[str] = set()
    for state in definition.states:
        if state.name in names:
            yield Finding(state.path, f"another scope has a state {state.name!r} already", "rename one", on_key=True)
        names.add(state.name)
    for state in definition.of_type("Map"):
        label = state.document.get("Label")
        if isinstance(label, str) and not is_substitution(label):
            if label in labels:
                yield Finding(state.at("Label"), f"another Map has the label {label!r} already", "rename one")
            labels.add(label)


RULE = Rule(
    code="KF812",
    title="Two states have one name, or two Maps one label",
    why=(
        "Names are unique in the whole definition, across branches and iterations: the console and the "
        "history know a state by its name alone, and the executions of a Map by its label."
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
