"""A state goes on with Next or ends with End, one of the two."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.fields import meant
from keyflow.check.rule import SPEC, Finding, Rule

_FLOWING = ("Task", "Pass", "Wait", "Parallel", "Map")
_WAYS_OUT = {"Next", "End"}


def check(definition: Definition) -> Iterator[Finding]:
    """Both, neither, or `End: false` alone; and rules of a Choice that end."""
    for state in definition.states:
        if state.type in _FLOWING:
            goes_on, ends = "Next" in state.document, state.document.get("End")
            if goes_on and ends is True:
                yield Finding(state.at("End"), "Next and End exclude each other", "keep one", on_key=True)
            elif not goes_on and (ends is None or ends is False) and not meant(definition, state.path) & _WAYS_OUT:
                yield Finding(state.path, f"{state.name!r} has neither Next nor End: true", on_key=True)
    for state in definition.of_type("Choice"):
        for index, rule in state.entries("Choices"):
            if "End" in rule or "Next" not in rule:
                message = "a rule leads to a state with Next; it cannot end the execution"
                yield Finding(state.at("Choices", index), message, "lead it to a Succeed state")


RULE = Rule(
    code="KF810",
    title="A state goes on with Next or ends with End, one of the two",
    why="With both its way is ambiguous, with neither it goes nowhere.",
    bad={"A": {"Type": "Pass", "Next": "B", "End": True}, "B": {"Type": "Pass", "End": True}},
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#transition",
    check=check,
)
