"""Every rule, for definitions and for APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow.check.api_rules import api_rules
from keyflow.check.rule import Rule
from keyflow.check.rules import definition_rules


def all_rules() -> Mapping[str, Rule[Any]]:
    """Every rule, by its code."""
    return {**definition_rules(), **api_rules()}
