"""A payload template cannot be filled."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.expressions import template_values
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Values that are no expressions, and keys that stand twice."""
    for each in template_values(definition):
        key, value = str(each.path[-1]), each.value
        if each.is_twice:
            message = f"{key[:-2]!r} and {key!r} make one member"
            yield Finding((*each.path[:-1], key[:-2]), message, "keep one", on_key=True)
        if each.is_computed and not (
            isinstance(value, str) and (value.startswith(("$", "States.")) or is_substitution(value))
        ):
            message = f"the value of {key!r} must be a path or an intrinsic function, not {value!r}"
            yield Finding(each.path, message, f"write {key[:-2]!r} without .$ for a fixed value")


RULE = Rule(
    code="KF818",
    title="A payload template cannot be filled",
    why=(
        "A key that ends in .$ has a path or an intrinsic function for its value, and the same key without .$"
        " cannot stand beside it."
    ),
    bad={"A": {"Type": "Pass", "Parameters": {"x.$": "plain text"}, "End": True}},
    good={"A": {"Type": "Pass", "Parameters": {"x.$": "$.text", "y": "plain text"}, "End": True}},
    source=f"{SPEC}#payload-template",
    check=check,
)
