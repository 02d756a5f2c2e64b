"""The rules for APIs, one file each: a new file is a new rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from keyflow.check.api import Operation
from keyflow.check.registry import rules_in
from keyflow.check.rule import Rule


@cache
def api_rules() -> Mapping[str, Rule[Operation]]:
    """Every rule for APIs, by its code."""
    return rules_in(__name__, __path__)
