"""Findings that say that compiled states do not do what the definition says: keyflow itself would be at fault."""

from __future__ import annotations

from keyflow.verify.judges.findings import Finding, Property

REPORT = "the states do not do what the definition says: build it again; if it stays so, keyflow is at fault"


def deviation(violated: Property, state: str, mark: str, message: str, left_over: tuple[str, ...] = ()) -> Finding:
    """What a state does, or does not, against the definition."""
    return Finding(property=violated, state=state, mark=mark, message=message, fix=REPORT, left_over=left_over)
