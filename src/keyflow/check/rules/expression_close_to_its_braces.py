"""A JSONata expression stands close to one of its braces."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.fields import braced, unbraced
from keyflow.check.definition import Definition
from keyflow.check.jsonata_expressions import blanks, texts_of
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Expressions with a blank after {% only, or in front of %} only."""
    for each in texts_of(definition):
        if blanks(each.text) in ((True, False), (False, True)):
            message = f"{each.text!r} stands close to a brace, which not every tool takes for an expression"
            right = braced(unbraced(each.text))
            yield Finding(each.path, message, f"write {right!r}", fix=right)


RULE = Rule(
    code="KF849",
    title="A JSONata expression stands close to one of its braces",
    why=(
        "The guide writes a blank after {% and one in front of %}. Step Functions takes expressions with one of them;"
        " other tools of the language take them for a mistake."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%$states.input.n %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
    severity=Severity.WARNING,
)
