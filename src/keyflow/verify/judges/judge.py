"""What a search asks of whoever judges executions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from keyflow.asl import JSON
from keyflow.engine import Execution
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.findings import Finding
from keyflow.verify.judges.malformed import Malformed
from keyflow.verify.world.runner import Entry
from keyflow.verify.world.things import Things


class Judge(Protocol):
    """Says what an execution violates."""

    @property
    def knows_more(self) -> bool:
        """Whether a definition says of calls, beside what models do, what undoes them."""

    @property
    def may_loop(self) -> bool:
        """Whether a loop is the author's own wish: keyflow itself compiles no state that leads back to itself."""

    @property
    def declared(self) -> Declared:
        """What a definition says of its states."""

    def error_lists(self, state: str) -> Sequence[Sequence[str]]:
        """The names of errors by which it judges how a state's call ended.

        They are those of handlers and retries, those that leave open what was done, and those that say "gone".
        """

    def findings(
        self, data: JSON, malformed: Sequence[Malformed], execution: Execution, log: Sequence[Entry], things: Things
    ) -> Iterator[Finding]:
        """What an execution on an input violates, which has done this to the world."""

    def left(self, execution: Execution, log: Sequence[Entry], things: Things) -> Iterator[str]:
        """What an execution leaves that has done this to the world, in words, but for what is said to stay."""
