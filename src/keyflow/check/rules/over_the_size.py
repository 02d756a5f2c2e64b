"""A definition is larger than it may be."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.quotas import DEFINITION_BYTES
from keyflow.check.definition import Definition
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """The size of the whole."""
    if definition.size > DEFINITION_BYTES:
        message = f"the definition has {definition.size} bytes, over the limit of {DEFINITION_BYTES}"
        yield Finding((), message, "split it into nested workflows")


RULE = Rule(
    code="KF840",
    title="A definition is larger than it may be",
    why="Step Functions takes definitions of up to 1 MB.",
    bad={
        "A": {
            "Type": "Pass",
            "Comment": "x" * DEFINITION_BYTES,
            "End": True,
        }
    },
    good={"A": {"Type": "Pass", "End": True}},
    source=f"{GUIDE}/service-quotas.html",
    check=check,
)
