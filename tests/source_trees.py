"""The syntax trees of Python files: several tests ask about all of the package, whose parsing takes as long as a proof."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, its module first."""
    return tuple(ast.walk(ast.parse(file.read_text())))
