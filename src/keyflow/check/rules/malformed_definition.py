"""A definition has StartAt and States, and every state a Type."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import STATE_TYPES
from keyflow.check.definition import Definition
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean


def check(definition: Definition) -> Iterator[Finding]:
    """What is no object, and a Type that is none."""
    if not isinstance(definition.document, dict):
        yield Finding((), "a definition is an object with StartAt and States")
        return
    for scope in definition.scopes:
        states = scope.document.get("States")
        for name, state in states.items() if isinstance(states, dict) else ():
            if not isinstance(state, dict):
                yield Finding((*scope.path, "States", name), "a state is an object")
            elif str(state.get("Type")) not in STATE_TYPES:
                found = state.get("Type")
                message = "the state has no Type" if found is None else f"there is no Type {found!r}"
                hint = did_you_mean(found, STATE_TYPES) or f"one of {', '.join(STATE_TYPES)}"
                yield Finding((*scope.path, "States", name, *(("Type",) if found is not None else ())), message, hint)


RULE = Rule(
    code="KF803",
    title="A definition has StartAt and States, and every state a Type",
    why="Without them there is nothing to run.",
    bad={"A": {"Type": "Pas", "End": True}},
    good={"A": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#toplevelfields",
    check=check,
)
