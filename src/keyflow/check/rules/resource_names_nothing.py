"""A Resource names nothing that can be called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.asl.fields import is_expression
from keyflow.check.definition import Definition, has_placeholder, is_substitution
from keyflow.check.rule import SPEC, Finding, Rule
from keyflow.lazy import lazy_pattern

_FUNCTION = lazy_pattern(r"arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:(?P<rest>.*)")


def check(definition: Definition) -> Iterator[Finding]:
    """Resources that are no ARN, and functions with no name or a qualifier that is none."""
    for state, resource in definition.tasks:
        if is_substitution(resource) or is_expression(resource) or has_placeholder(resource):
            continue
        if "${" in resource:
            yield Finding(state.at("Resource"), f"the placeholder in {resource!r} is not closed")
        elif not resource.startswith("arn:"):
            yield Finding(state.at("Resource"), f"{resource!r} is no ARN")
        function = _FUNCTION.fullmatch(resource)
        if function is not None and not re.fullmatch(r"[A-Za-z0-9-_]+(:(\$LATEST|[A-Za-z0-9-_]+))?", function["rest"]):
            yield Finding(state.at("Resource"), f"{function['rest']!r} is no function with a version or an alias")


RULE = Rule(
    code="KF835",
    title="A Resource names nothing that can be called",
    why="It is an ARN: of an integration, a function with its version or alias, an activity.",
    bad={"A": {"Type": "Task", "Resource": "${Function", "End": True}},
    good={"A": {"Type": "Task", "Resource": "${Function}", "End": True}},
    source=f"{SPEC}#task-state",
    check=check,
)
