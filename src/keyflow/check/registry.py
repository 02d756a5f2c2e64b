"""Finds rules: every module of a package is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from keyflow.check.rule import Rule


def rules_in(package: str, path: Iterable[str]) -> Mapping[str, Rule[Any]]:
    """The rules of a package's modules, by their codes."""
    rules: list[Rule[Any]] = [
        import_module(f"{package}.{file.stem}").RULE for folder in path for file in Path(folder).glob("[!_]*.py")
    ]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}
