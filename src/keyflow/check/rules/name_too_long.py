"""A name is longer than it may be, or has a sign that it may not have."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.quotas import STATE_NAME_CHARACTERS
from keyflow.check.definition import Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.lazy import lazy_pattern

_ODD = lazy_pattern(r'[\s\x00-\x1f\x7f-\x9f?*<>{}\[\]:;,\\|^~$#%&`"]')
"""Blanks, control characters, and the signs that the guide lists for a Map's Label."""


def check(definition: Definition) -> Iterator[Finding]:
    """Names that AWS refuses."""
    for state in definition.states:
        if not state.name:
            yield Finding(state.path, "a state's name is not empty", on_key=True)
        elif len(state.name) > STATE_NAME_CHARACTERS:
            message = f"the name of a state has at most {STATE_NAME_CHARACTERS} characters, this has {len(state.name)}"
            yield Finding(state.path, message, on_key=True)
        label = state.document.get("Label")
        if state.type == "Map" and isinstance(label, str) and not is_substitution(label):
            yield from _label(label, state.at("Label"))


def _label(label: str, path: Path) -> Iterator[Finding]:
    if not label:
        yield Finding(path, "a label is not empty")
    elif _ODD.search(label) is not None:
        yield Finding(path, f"the label {label!r} has a sign that Step Functions does not take")


RULE = Rule(
    code="KF815",
    title="A name is longer than it may be, or has a sign that it may not have",
    why="Step Functions refuses names of states over 80 characters, and labels of Maps that are empty or over 40.",
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
