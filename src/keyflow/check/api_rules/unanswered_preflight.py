"""Browsers are allowed, but their preflight is not answered."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import Operation
from keyflow.check.api_examples import example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import Severity

_HEADER = "Access-Control-Allow-Origin"


def check(operation: Operation) -> Iterator[Finding]:
    """The header on an answer, and no OPTIONS beside it."""
    is_simple = operation.label.split()[0] in ("GET", "HEAD")
    if _HEADER in str(operation.integration) and not is_simple and "options" not in operation.item:
        hint = "add an options operation with a mock integration"
        yield Finding((), f"allows browsers ({_HEADER}), but no OPTIONS answers their preflight", hint, on_key=True)


RULE = Rule(
    code="KF906",
    title="Browsers are allowed, but their preflight is not answered",
    why=(
        "A browser asks with OPTIONS before it sends JSON to another origin: without an answer the header on "
        "the other methods helps no one."
    ),
    bad=example(cors=True),
    good=example(cors=True, preflight=True),
    source=f"{GATEWAY}/how-to-cors.html",
    check=check,
    severity=Severity.WARNING,
)
