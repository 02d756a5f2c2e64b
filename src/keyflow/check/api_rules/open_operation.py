"""Anybody may call the operation."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import Operation
from keyflow.check.api_examples import example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import Severity


def check(operation: Operation) -> Iterator[Finding]:
    """Operations without security, where the document has none for all, and that do not say that they are public."""
    said = operation.document.get("security", operation.api.get("security") or None)
    if said is None and "x-amazon-apigateway-auth" not in operation.document:
        hint = "write security: [] where everybody may call"
        yield Finding((), "may be called by anybody: it has no security", hint, on_key=True)


RULE = Rule(
    code="KF905",
    title="Anybody may call the operation",
    why="An operation without security is open to the world, and each call costs.",
    bad=example(secured=False),
    good=example(),
    source=f"{GATEWAY}/apigateway-control-access-to-api.html",
    check=check,
    severity=Severity.WARNING,
)
