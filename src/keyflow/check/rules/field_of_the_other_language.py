"""The field is one of the other query language."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Fields of the other language."""
    for each in field_problems(definition, Problem.OTHER_LANGUAGE):
        hint = f'say "QueryLanguage": "{each.detail}"' if each.detail == "JSONata" else "the state speaks JSONata"
        yield Finding(each.path, f"{each.key} is a field of {each.detail} states", hint, on_key=True)


RULE = Rule(
    code="KF806",
    title="The field is one of the other query language",
    why=(
        "InputPath, Parameters, ResultSelector and their like are JSONPath; Arguments and Output are JSONata."
        " A state speaks one of the two."
    ),
    bad={"A": {"Type": "Pass", "Output": "{% 1 %}", "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": True}},
    source=f"{GUIDE}/transforming-data.html",
    check=check,
)
