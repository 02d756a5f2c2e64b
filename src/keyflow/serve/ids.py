"""Names that no other has: of requests and of executions. Nothing here is a secret."""

from __future__ import annotations

import random
from uuid import UUID

_RANDOM = random.Random()  # noqa: S311  the operating system's takes longer than most of a request


def new_id() -> str:
    """A UUID."""
    return str(UUID(int=_RANDOM.getrandbits(128), version=4))


def new_seed() -> int:
    """A seed of what is random in an execution."""
    return _RANDOM.getrandbits(64)
