"""What a search asks of whoever judges executions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from keyflow.asl import JSON
from keyflow.engine import Execution
from keyflow.verify.judges.findings import Finding
from keyflow.verify.world.runner import Entry


class Judge(Protocol):
    """Says what an execution violates."""

    @property
    def undoing(self) -> frozenset[str]:
        """The resources that only undo."""

    def error_lists(self, state: str) -> Sequence[Sequence[str]]:
        """The names of errors by which it judges how a state's call ended: of handlers, retries, and what is gone."""

    def findings(
        self, data: JSON, malformed: Sequence[str], execution: Execution, log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """What an execution on an input violates."""
