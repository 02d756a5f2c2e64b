"""Fields that exclude each other stand together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.check.definition import Definition
from keyflow.check.fields import meant
from keyflow.check.paths import Path
from keyflow.check.rule import SPEC, Finding, Rule


def check(definition: Definition) -> Iterator[Finding]:
    """Two of one group; for a Wait and a Map, also none."""
    for name, groups in _GROUPS.items():
        for state in definition.of_type(name):
            if not _LATER[name].isdisjoint(state.document):
                for group in groups:
                    yield from _together(state.document, state.path, group)
    for state in definition.having(*dict(_NESTED)):
        for key, group in _NESTED:
            inner = state.document.get(key)
            if isinstance(inner, dict):
                yield from _together(inner, state.at(key), group)
                config = inner.get("ReaderConfig")
                if isinstance(config, dict):
                    yield from _together(config, state.at(key, "ReaderConfig"), ("MaxItems", "MaxItemsPath"))
    for name, group in _ONE_OF.items():
        for state in definition.of_type(name):
            if not any(key in state.document or key in meant(definition, state.path) for key in group):
                yield Finding(state.path, f"a {name} state needs one of {', '.join(group)}", on_key=True)


def _together(document: dict[str, Any], path: Path, group: tuple[str, ...]) -> Iterator[Finding]:
    present = [key for key in group if key in document]
    for key in present[1:]:
        yield Finding((*path, key), f"{key} and {present[0]} exclude each other", "keep one", on_key=True)


_TIMING = (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath"))
_GROUPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Wait": (("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),),
    "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
    "Task": _TIMING,
    "Map": (
        ("ItemProcessor", "Iterator"),
        ("ItemSelector", "Parameters"),
        ("Items", "ItemsPath"),
        ("MaxConcurrency", "MaxConcurrencyPath"),
        ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ),
}
_LATER = {name: frozenset(key for group in groups for key in group[1:]) for name, groups in _GROUPS.items()}
"""By the type of a state, the fields of which it has one if it has two of a group."""
_NESTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ItemBatcher", ("MaxItemsPerBatch", "MaxItemsPerBatchPath")),
    ("ItemBatcher", ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")),
    ("ItemReader", ("Parameters", "Arguments")),
)
_ONE_OF: dict[str, tuple[str, ...]] = {
    "Wait": ("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),
    "Map": ("ItemProcessor", "Iterator"),
}


RULE = Rule(
    code="KF809",
    title="Fields that exclude each other stand together",
    why="Of a value and its path, or of two ways to say one thing, only one can count.",
    bad={"A": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True}},
    good={"A": {"Type": "Wait", "SecondsPath": "$.s", "End": True}},
    source=f"{SPEC}#wait-state",
    check=check,
)
