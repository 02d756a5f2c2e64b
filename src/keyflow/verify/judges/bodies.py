"""The body of an answer, as judges read it."""

from __future__ import annotations

from typing import Any

from keyflow.http.gateway import Answer

NO_JSON: Any = object()
"""What stands for a body that is no JSON."""


def body_of(answer: Answer) -> Any:
    """The JSON of the body, or `NO_JSON`."""
    try:
        return answer.json()
    except ValueError:
        return NO_JSON


def has_none(answer: Answer) -> bool:
    """Whether there is no body, as the status says."""
    return answer.status == 204 and not answer.body.strip()


def shown(answer: Answer) -> str:
    """The body on one line of a message."""
    return " ".join(answer.body.split()) or "nothing"
