"""A key stands twice in one object."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Each second key."""
    for path in definition.duplicates:
        yield Finding(path, f"the key {path[-1]!r} stands twice", "remove one", on_key=True)


RULE = Rule(
    code="KF802",
    title="A key stands twice in one object",
    why=(
        "Readers of JSON keep the last of two equal keys and lose the first without a word: of two states "
        "with one name, one is gone."
    ),
    bad='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "A": {"Type": "Fail"}}}',
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#toplevelfields",
    check=check,
)
