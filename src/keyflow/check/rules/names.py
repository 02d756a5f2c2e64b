"""A name is longer than it may be, or has a sign that it may not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.check.definition import Definition, is_substitution
from keyflow.check.rule import GUIDE, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Names that AWS refuses."""
    for state in definition.states:
        if not state.name:
            yield Finding(state.path, "a state's name is not empty", on_key=True)
        elif len(state.name) > 80:
            message = f"the name of a state has at most 80 characters, this has {len(state.name)}"
            yield Finding(state.path, message, on_key=True)
        label = state.document.get("Label")
        odd = isinstance(label, str) and re.search(r'[\s?*<>{}\[\]:;,\\|^~$#%&`"]', label) is not None
        if state.type == "Map" and odd and not is_substitution(label):
            yield Finding(state.at("Label"), f"the label {label!r} has a sign that Amazon S3 would not take")


RULE = Rule(
    code="KF815",
    title="A name is longer than it may be, or has a sign that it may not have",
    why="Step Functions refuses names of states over 80 characters, and labels of Maps over 40.",
    bad={
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": {
            "Type": "Pass",
            "End": True,
        }
    },
    good={
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": {
            "Type": "Pass",
            "End": True,
        }
    },
    source=f"{GUIDE}/service-quotas.html",
    check=check,
)
