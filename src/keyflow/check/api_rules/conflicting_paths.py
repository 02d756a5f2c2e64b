"""Two paths have different variables at one place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from keyflow.check.api import Operation
from keyflow.check.api_examples import example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.dsl.paths import conflicts, misplaced


def check(operation: Operation) -> Iterator[Finding]:
    """Variables beside others, and those that take the rest of a path before its end."""
    path = str(operation.path[1])
    problem = misplaced(path)
    if problem is not None:
        yield Finding((), problem, on_key=True)
    found = _conflicts(tuple(map(str, operation.api["paths"]))).get(path)
    if found is not None:
        other, instead = found
        message = f"{path} and {other} have two variables at one place, and API Gateway takes one"
        yield Finding((), message, f"write {instead}", on_key=True)


_conflicts = lru_cache(maxsize=1)(conflicts)
"""Of the document whose operations are looked at, one after the other."""
_OPERATIONS = example()

RULE = Rule(
    code="KF920",
    title="Two paths have different variables at one place",
    why=(
        "API Gateway keeps paths as a tree, with one variable below each part at most, and a greedy one only at the "
        "end: it refuses the whole document."
    ),
    bad={"openapi": "3.0.1", "paths": {"/things/{id}": _OPERATIONS, "/things/{name}/parts": _OPERATIONS}},
    good={"openapi": "3.0.1", "paths": {"/things/{id}": _OPERATIONS, "/things/{id}/parts": _OPERATIONS}},
    source=f"{GATEWAY}/api-gateway-known-issues.html",
    check=check,
)
