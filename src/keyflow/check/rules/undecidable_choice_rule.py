"""A rule of a Choice cannot be decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.asl.conditions import OPERATORS
from keyflow.asl.constants import with_constants
from keyflow.asl.fields import is_expression
from keyflow.asl.kinds import mismatch
from keyflow.check.definition import JSONATA, Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean

_CONNECTIVES = ("And", "Or", "Not")
_OF_A_RULE = ("Next", "Comment", "Assign", "Output", "Condition", "End")


def check(definition: Definition) -> Iterator[Finding]:
    """Operators, connectives, and what they compare with."""
    for state in definition.of_type("Choice"):
        for index, rule in state.entries("Choices"):
            path = state.at("Choices", index)
            if "Next" in rule and not isinstance(rule["Next"], str):
                yield Finding((*path, "Next"), "a rule's Next is the name of a state")
            if state.language == JSONATA:
                yield from _jsonata(rule, path)
            else:
                yield from _jsonpath(rule, path, outermost=True)


def _jsonata(rule: dict[str, Any], path: Path) -> Iterator[Finding]:
    if "Condition" not in rule:
        yield Finding(path, "a rule in JSONata has a Condition", "{% $states.input.x = 1 %}")
    elif not _is_condition(rule["Condition"]):
        yield Finding((*path, "Condition"), "a Condition is an expression between {% and %}, or true or false")
    for key in rule:
        if key in OPERATORS or key in ("Variable", *_CONNECTIVES):
            yield Finding((*path, key), f"{key} is JSONPath; in JSONata the Condition says it all", on_key=True)


def _is_condition(value: Any) -> bool:
    known = with_constants(value)
    return isinstance(known, bool) or is_expression(known) or is_substitution(known)


def _jsonpath(rule: Any, path: Path, *, outermost: bool) -> Iterator[Finding]:
    if not isinstance(rule, dict):
        yield Finding(path, "a condition is an object")
        return
    operators = [key for key in rule if key in OPERATORS]
    connectives = [key for key in rule if key in _CONNECTIVES]
    if "Condition" in rule:
        yield Finding((*path, "Condition"), "Condition is JSONata, and the state speaks JSONPath", on_key=True)
        return
    for key in rule:
        if key not in (*operators, *connectives, "Variable", "Comment", *(_OF_A_RULE if outermost else ())):
            hint = did_you_mean(key, [*OPERATORS, *_CONNECTIVES])
            yield Finding((*path, key), f"a condition has no {key!r}", hint, on_key=True)
    if len(operators) + len(connectives) != 1:
        found = ", ".join((*operators, *connectives)) or "none"
        yield Finding(path, f"a condition has one operator, And, Or or Not; this has {found}")
        return
    if operators:
        yield from _comparison(rule, operators[0], path)
    elif connectives[0] == "Not":
        yield from _jsonpath(rule["Not"], (*path, "Not"), outermost=False)
    else:
        key = connectives[0]
        inner = rule[key]
        if not isinstance(inner, list) or not inner:
            yield Finding((*path, key), f"{key} holds an array of conditions that is not empty")
        for index, each in enumerate(inner if isinstance(inner, list) else ()):
            yield from _jsonpath(each, (*path, key, index), outermost=False)


def _comparison(rule: dict[str, Any], operator: str, path: Path) -> Iterator[Finding]:
    if "Variable" not in rule:
        yield Finding(path, f"{operator} needs a Variable")
    elif not isinstance(rule["Variable"], str):
        yield Finding((*path, "Variable"), "a Variable is a path")
    if not is_substitution(rule[operator]):
        reason = mismatch(OPERATORS[operator], rule[operator])
        if reason is not None:
            yield Finding((*path, operator), f"{operator} {reason}")


RULE = Rule(
    code="KF822",
    title="A rule of a Choice cannot be decided",
    why="A rule has one Variable with one operator, or one of And, Or and Not; only the outermost has a Next.",
    bad={
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEqual": 1, "Next": "B"}], "Default": "B"},
        "B": {"Type": "Pass", "End": True},
    },
    good={
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "B"}], "Default": "B"},
        "B": {"Type": "Pass", "End": True},
    },
    source=f"{SPEC}#choice-state",
    check=check,
)
