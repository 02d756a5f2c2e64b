"""The names of errors as a Catch meets them, and the names that no error of a call can have."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.resources import Integration
from keyflow.dataclass import dataclass

_NEARLY = 0.92
"""How alike two names are of which one is taken for a slip of the other: 1 for the same."""


@dataclass(frozen=True, slots=True)
class ServiceError:
    """An error of a service's model (`dynamodb.errors.ConditionalCheckFailedException`)."""

    service: str
    name: str


def impossible_name(integration: Integration, error: str, *, waits: bool = False) -> str | None:
    """What to write in place of an error's name that nothing would ever match; None where a call can have it.

    A call of a function has errors of any name, and so has one that `waits` for a job or a token. Services have errors
    that their models do not have: what has the right prefix and is no slip of a known name is taken.
    """
    if error.startswith("States.") or integration.runs_code or waits or error in integration.errors:
        return None
    known = [*integration.errors, *map(integration.error_name, integration.model.service.errors)]
    if error in known:
        return None  # an operation may raise what its model says of others alone
    prefix = integration.unmodelled_error.partition(".")[0]
    near = next(_near(error, prefix, known), None)
    if near is not None:
        return f"did you mean {near!r}?"
    return None if error.startswith(f"{prefix}.") else f"its errors begin with {prefix}."


def _near(error: str, prefix: str, known: list[str]) -> Iterator[str]:
    from difflib import get_close_matches

    yield from (
        each for each in (f"{prefix}.{error}", f"{error}Exception", f"{prefix}.{error}Exception") if each in known
    )
    yield from get_close_matches(error, known, n=1, cutoff=_NEARLY)
