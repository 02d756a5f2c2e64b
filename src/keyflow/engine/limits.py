"""How long an attempt may take, and which of its limits strikes first."""

from __future__ import annotations

from typing import Any

from keyflow.dataclass import dataclass
from keyflow.engine.errors import HEARTBEAT_TIMEOUT, TIMEOUT


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that an attempt may take, and those between two heartbeats; None where there is no such limit."""

    timeout: Any
    heartbeat: Any

    def first(self) -> tuple[float | None, str]:
        """The limit that strikes first, and its error."""
        if self.heartbeat is not None and (self.timeout is None or self.heartbeat < self.timeout):
            return self.heartbeat, HEARTBEAT_TIMEOUT
        return self.timeout, TIMEOUT
