"""A path ends in a dot."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import expressions_of, without_dot
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Paths with a dot and no name behind it."""
    for each in expressions_of(definition):
        text = each.text.rstrip()
        rest = without_dot(text)
        if text.startswith("$") and rest != text and not is_substitution(text):
            yield Finding(each.path, f"{text!r} ends in a dot", f"write {rest!r}", fix=rest)


RULE = Rule(
    code="KF857",
    title="A path ends in a dot",
    why=(
        "A name follows each dot. A warning, for a definition that AWS publishes has one without, so that Step"
        " Functions seems to take it."
    ),
    bad={"A": {"Type": "Pass", "InputPath": "$.order.", "End": True}},
    good={"A": {"Type": "Pass", "InputPath": "$.order", "End": True}},
    source=f"{SPEC}#path",
    check=check,
    severity=Severity.WARNING,
)
