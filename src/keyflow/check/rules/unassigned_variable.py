"""A variable is read that nothing has assigned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keyflow.check.definition import Definition, State
from keyflow.check.expressions import expressions_of
from keyflow.check.flow import assigned_before
from keyflow.check.jsonata_expressions import texts_of, variables
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import Severity, did_you_mean
from keyflow.lazy import lazy_pattern

_VARIABLE = lazy_pattern(r"(?<![\w$.\])'])\$([A-Za-z_]\w*)")


def check(definition: Definition) -> Iterator[Finding]:
    """Variables, against what can have been assigned before."""
    for state, path, names in _used(definition):
        for name in names:
            known = definition.once("assigned", assigned_before).get(state.path, ())
            if name not in known:
                hint = did_you_mean(name, known)
                yield Finding(path, f"nothing has assigned ${name} before {state.name!r}", hint)


def _used(definition: Definition) -> Iterator[tuple[State, Path, Iterable[str]]]:
    """The variables that each expression takes, in both languages."""
    for each in expressions_of(definition):
        yield each.state, each.path, _VARIABLE.findall(each.text)
    for text in texts_of(definition):
        if text.expression is not None:
            yield text.state, text.path, sorted(variables(text.expression))


RULE = Rule(
    code="KF832",
    title="A variable is read that nothing has assigned",
    why="Only Assign of a state before it, in its own scope or one around it, gives a variable a value.",
    bad={"A": {"Type": "Pass", "InputPath": "$count", "End": True}},
    good={
        "Z": {"Type": "Pass", "Assign": {"count": 1}, "Next": "A"},
        "A": {"Type": "Pass", "InputPath": "$count", "End": True},
    },
    source=f"{GUIDE}/workflow-variables.html",
    check=check,
    severity=Severity.WARNING,
)
