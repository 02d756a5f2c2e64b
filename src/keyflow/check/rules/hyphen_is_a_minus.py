"""A hyphen in a JSONata path is a minus."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.jsonata_expressions import reads, texts_of
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Names that stand behind a minus, where they can be no field of anything."""
    for each in texts_of(definition):
        if each.expression is not None:
            for name in sorted(reads(each.expression)):
                if name.startswith("-"):
                    message = f"{name!r} subtracts {name[1:]!r}, which is nothing here"
                    yield Finding(each.path, message, "a member with a hyphen stands in backticks: $x.`a-b`")


RULE = Rule(
    code="KF845",
    title="A hyphen in a JSONata path is a minus",
    why="Outside of backticks, a name ends at a hyphen: what follows it is subtracted, and is not there.",
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.user-id %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.`user-id` %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
    severity=Severity.WARNING,
)
