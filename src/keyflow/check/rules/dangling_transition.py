"""A transition leads to a state that its scope does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from keyflow.asl import JSON
from keyflow.check.definition import Definition, has_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.diagnostics import did_you_mean


def check(definition: Definition) -> Iterator[Finding]:
    """StartAt, Next, Default, and what rules and catchers lead to."""
    for scope in definition.scopes:
        known = scope.document.get("States")
        names = known if isinstance(known, dict) else {}
        if _is_lost(start := scope.document.get("StartAt"), names):
            yield _finding((*scope.path, "StartAt"), start, names)
        for name, targets in scope.targets.items():
            for keys, target in targets:
                if _is_lost(target, names):
                    yield _finding((*scope.path, "States", name, *keys), target, names)


def _is_lost(target: JSON, names: Collection[str]) -> bool:
    """Whether a transition names what is no state of its scope; what is no text, other rules have."""
    return isinstance(target, str) and target not in names and not has_substitution(target)


def _finding(path: Path, target: JSON, names: Collection[str]) -> Finding:
    message = f"{path[-1]} leads to {target!r}, and there is no such state here"
    return Finding(path, message, did_you_mean(target, names))


RULE = Rule(
    code="KF811",
    title="A transition leads to a state that its scope does not have",
    why="Transitions stay within their own States: a branch cannot lead out of itself.",
    bad={"A": {"Type": "Pass", "Next": "Bee"}, "B": {"Type": "Pass", "End": True}},
    good={"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    source=f"{SPEC}#transition",
    check=check,
)
