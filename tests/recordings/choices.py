"""Choices evaluated: the way that each one went, against the one that it goes here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow import asl
from keyflow.engine import Stubs, run

_MOMENT = "date"
"""The recorder's word for a moment."""


def is_equal(recording: Mapping[str, Any]) -> bool:
    """Whether a recorded Choice goes the way that it went in AWS; one of two moments that were replaced can go any."""
    if recording["input"].get("Variable") == _MOMENT:
        return True
    found = run(asl.parse(_definition(recording)), recording["input"], Stubs({}))
    return bool(found.output == recording["output"])


def _definition(recording: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that was run: the recorder wrote the input's `Value` into the rule that it kept as a template."""
    definition, value = recording["definition"], recording["input"].get("Value")
    choice = definition["States"][definition["StartAt"]]
    rules = [
        {key: value if _is_literal(key) and value not in (None, _MOMENT) else each for key, each in rule.items()}
        for rule in choice["Choices"]
    ]
    states = {**definition["States"], definition["StartAt"]: {**choice, "Choices": rules}}
    return {**definition, "States": states}


def _is_literal(key: str) -> bool:
    return key not in ("Variable", "Next", "And", "Or", "Not") and not key.endswith("Path")
