"""Rules over definitions and APIs, whoever wrote them: JSON, JSON5 or YAML, alone or inside a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.check.api_rules import api_rules
from keyflow.check.checker import UNREADABLE, Settings, check_file, check_text, definitions_of
from keyflow.check.rule import Finding, Rule, document_of, text_of
from keyflow.check.rules import definition_rules

__all__ = [
    "UNREADABLE",
    "Finding",
    "Rule",
    "Settings",
    "all_rules",
    "check_file",
    "check_text",
    "definitions_of",
    "document_of",
    "text_of",
]


def all_rules() -> Mapping[str, Rule[Any]]:
    """Every rule, by its code."""
    return {**definition_rules(), **api_rules()}
