"""What the rules have against a definition that no file holds: a build asks, and imports nothing that reads files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.asl import JSON
from keyflow.check.definition import JSONPATH, Definition
from keyflow.check.rule import Finding, Rule
from keyflow.check.rules import definition_rules
from keyflow.diagnostics import few_hints


def findings_in(document: JSON, machine_type: str) -> Iterator[tuple[Rule[Any], Finding]]:
    """What the rules have against a definition that no file holds, and that is valid by the schema, each with its rule.

    Schema and rules have their fields from one table: of a definition in JSONPath, what the schema takes has no field
    that is wrong. In JSONata, only the rules know what a constant expression gives.
    """
    definition = Definition(
        document=document, locate=lambda _path, _key: (1, 1), type=machine_type, size=0, duplicates=()
    )
    languages = {*(scope.language for scope in definition.scopes), *(state.language for state in definition.states)}
    if languages == {JSONPATH}:
        definition.once("fields", lambda _definition: [])
    with few_hints():
        for rule in definition_rules().values():
            for finding in rule.check(definition):
                yield rule, finding
