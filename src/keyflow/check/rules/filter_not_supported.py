"""A filter asks in a way that Step Functions does not support."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import expressions_of
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.lazy import lazy_pattern

_QUOTED = lazy_pattern(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_HOW: tuple[tuple[re.Pattern[str], str], ...] = (
    (lazy_pattern(r"(=~)"), "a regular expression"),
    (
        lazy_pattern(r"\s(in|nin|subsetof|anyof|noneof|size|sizeof|empty|contains)(?=[\s(\[']|$)"),
        "an operator in letters",
    ),
    (lazy_pattern(r"(\$[.\[\w]*)"), "another value of the data"),
    (lazy_pattern(r"(@)(?![.\[\w])"), "an element that is no object"),
)
"""What the page says of filters: symbols compare a member of an object with a literal, and nothing else is supported.
The operators in letters are those of https://github.com/json-path/JsonPath#filter-operators."""


def check(definition: Definition) -> Iterator[Finding]:
    """Filters with operators in letters, regular expressions, other values, or for elements that are scalars."""
    for each in expressions_of(definition):
        if "?(" not in each.text or is_substitution(each.text):
            continue
        asked = " ".join(_filters(_QUOTED.sub("''", each.text)))
        found = next(((match[1], what) for sign, what in _HOW if (match := sign.search(asked))), None)
        if found is not None:
            message = f"Step Functions does not support {found[1]} in a filter ({found[0]}): {each.text!r}"
            yield Finding(each.path, message, "a state in JSONata filters by any expression: $states.input.a[b in c]")


def _filters(text: str) -> Iterator[str]:
    """What each filter of a path asks, between `?(` and `)]`."""
    return (piece.split(")]")[0] for piece in text.split("?(")[1:])


RULE = Rule(
    code="KF863",
    title="A filter asks in a way that Step Functions does not support",
    why=(
        "The guide says that filters have no operators in letters, such as subsetof, no regular expressions and no "
        "other values of the data, and that @ matches objects only. It says so of reference paths; no execution that "
        "shows what comes of it elsewhere is known."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"x.$": "$.orders[?(@.state in ['new', 'paid'])]"}, "End": True}},
    good={
        "A": {"Type": "Pass", "Parameters": {"x.$": "$.orders[?(@.state == 'new' || @.state == 'paid')]"}, "End": True}
    },
    source=f"{GUIDE}/amazon-states-language-paths.html",
    check=check,
    severity=Severity.WARNING,
)
