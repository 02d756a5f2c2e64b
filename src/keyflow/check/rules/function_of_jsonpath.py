"""A path calls a function that Step Functions has not."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import expressions_of
from keyflow.check.rule import Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.lazy import lazy_pattern

_FUNCTION = lazy_pattern(r"\.([A-Za-z]+)\(\)")
_QUOTED = lazy_pattern(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_KNOWN = ("length",)
_INTRINSIC = {"size": "length", "count": "length"}


def check(definition: Definition) -> Iterator[Finding]:
    """Functions at the end of a step, outside of quotes."""
    for each in expressions_of(definition):
        if "()" not in each.text or is_substitution(each.text):
            continue
        for name in _FUNCTION.findall(_QUOTED.sub("''", each.text.removeprefix("States."))):
            if name not in _KNOWN and not name[0].isupper():
                near = _INTRINSIC.get(name)
                hint = f"write {near}()" if near is not None else "a state in JSONata has $min, $max, $sum and $average"
                yield Finding(each.path, f"Step Functions finds no function {name}() in {each.text!r}", hint)


RULE = Rule(
    code="KF862",
    title="A path calls a function that Step Functions has not",
    why=(
        "JSONPath's functions differ from library to library. Step Functions takes sum(), min() and their like for a "
        "member's name, and the execution fails, because the path leads nowhere."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"total.$": "$.prices.sum()"}, "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum($states.input.prices) %}", "End": True}},
    source="https://repost.aws/questions/QUYiQKP0XfThWEc_ahsMnLOA/aws-stepfunctions-sum-function-returns-error-about-not-finding-path",
    check=check,
    severity=Severity.WARNING,
)
