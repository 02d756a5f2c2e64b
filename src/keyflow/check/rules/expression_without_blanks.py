"""A JSONata expression has no blanks within its braces."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.fields import braced, unbraced
from keyflow.check.definition import Definition
from keyflow.check.jsonata_expressions import blanks, texts_of
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Expressions with a blank neither behind {% nor in front of %}."""
    for each in texts_of(definition):
        if blanks(each.text) == (False, False):
            right = braced(unbraced(each.text))
            yield Finding(each.path, f"{each.text!r} has no blanks within its braces", f"write {right!r}", fix=right)


RULE = Rule(
    code="KF858",
    title="A JSONata expression has no blanks within its braces",
    why=(
        "The guide writes a blank after {% and one in front of %}. Definitions in use leave out one at most (KF849);"
        " without both, other checkers of the language refuse an expression."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%$states.input.n%}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
)
