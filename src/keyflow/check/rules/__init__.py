"""The rules for definitions, one file each: a new file is a new rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from keyflow.check.definition import Definition
from keyflow.check.registry import rules_in
from keyflow.check.rule import Rule


@cache
def definition_rules() -> Mapping[str, Rule[Definition]]:
    """Every rule for definitions, by its code."""
    return rules_in(__name__, __path__)
