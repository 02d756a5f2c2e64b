"""A JSONata expression cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.fields import is_expression, unbraced
from keyflow.check.definition import Definition, is_substitution
from keyflow.check.jsonata_expressions import syntax_problem, texts_of
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Expressions that are not closed, and those that are no JSONata."""
    for each in texts_of(definition):
        problem = None if is_substitution(each.text) else _problem(each.text)
        if problem is not None:
            yield Finding(each.path, problem)


def _problem(text: str) -> str | None:
    opens, closes = text.startswith("{%"), text.endswith("%}")
    if opens != closes:
        return f"{text!r} is no expression: it {'does not end with %}' if opens else 'does not begin with {%'}"
    return syntax_problem(unbraced(text)) if is_expression(text) else None


RULE = Rule(
    code="KF820",
    title="A JSONata expression cannot be read",
    why=(
        "An expression stands between {% and %}, and is JSONata. Anything else is "
        "text, or a mistake that shows only in an execution."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum($states.input.n %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum($states.input.n) %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
)
