"""What the rules have against a definition that no file holds: a build asks, and imports nothing that reads files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.asl import JSON
from keyflow.check.definition import Definition
from keyflow.check.fields import take_for_valid
from keyflow.check.rule import Finding, Rule
from keyflow.check.rules import definition_rules
from keyflow.diagnostics import few_hints


def findings_in(document: JSON, machine_type: str) -> Iterator[tuple[Rule[Any], Finding]]:
    """What the rules have against a definition that no file holds, each with its rule; the schema has taken it."""
    definition = Definition(
        document=document, locate=lambda _path, _key: (1, 1), type=machine_type, size=0, duplicates=()
    )
    take_for_valid(definition)
    with few_hints():
        for rule in definition_rules().values():
            for finding in rule.check(definition):
                yield rule, finding
