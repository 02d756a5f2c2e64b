"""A field has a value of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems
from keyflow.check.rule import SPEC, Finding, Rule

_TRUTHS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
"""What YAML 1.1 reads as no text: https://yaml.org/type/bool.html"""


def check(definition: Definition) -> Iterator[Finding]:
    """Values that cannot be."""
    for each in field_problems(definition, Problem.KIND):
        word = definition.word(each.path) if each.detail == "must be text" else None
        hint = _TRUTHS.get(word.lower()) if word is not None else None
        advice = hint and f"YAML 1.1 reads {word} as {hint}: quote it"
        yield Finding(each.path, f"{each.key} {each.detail}", advice, fix=word if hint is not None else None)


RULE = Rule(
    code="KF808",
    title="A field has a value of the wrong kind",
    why="A number of seconds is a whole number, an array an array: Step Functions refuses anything else.",
    bad={"A": {"Type": "Wait", "Seconds": "ten", "End": True}},
    good={"A": {"Type": "Wait", "Seconds": 10, "End": True}},
    source=f"{SPEC}#statetypes",
    check=check,
)
