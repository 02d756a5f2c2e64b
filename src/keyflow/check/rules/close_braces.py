"""A JSONata expression stands close to its braces."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_expression
from keyflow.check.jsonata_expressions import texts_of
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity


def check(definition: Definition) -> Iterator[Finding]:
    """Expressions without a blank behind {% or in front of %}."""
    for each in texts_of(definition):
        inner = each.text[2:-2]
        if is_expression(each.text) and inner.strip() and not (inner[0].isspace() and inner[-1].isspace()):
            message = f"{each.text!r} stands close to its braces, which not every tool takes for an expression"
            yield Finding(each.path, message, f"write {'{% ' + inner.strip() + ' %}'!r}")


RULE = Rule(
    code="KF849",
    title="A JSONata expression stands close to its braces",
    why=(
        "The guide writes a blank behind {% and one in front of %}. Step Functions takes expressions without; "
        "other tools of the language take them for a mistake."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%$states.input.n%}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
    severity=Severity.WARNING,
)
