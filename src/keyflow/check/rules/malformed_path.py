"""A path cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition
from keyflow.check.expressions import expressions_of, path_problem
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Paths with a mistake in them."""
    for each in expressions_of(definition):
        if each.is_intrinsic or (
            each.path[-1:] and str(each.path[-1]).endswith(".$") and not each.text.startswith("$")
        ):
            continue
        problem = path_problem(each.text)
        if problem is not None:
            yield Finding(each.path, f"{each.text!r} is no path: {problem}")


RULE = Rule(
    code="KF817",
    title="A path cannot be read",
    why="A path that is none ends an execution where it is met, if Step Functions takes the definition at all.",
    bad={"A": {"Type": "Pass", "InputPath": "$.a[", "End": True}},
    good={"A": {"Type": "Pass", "InputPath": "$.a[0]", "End": True}},
    source=f"{SPEC}#path",
    check=check,
)
