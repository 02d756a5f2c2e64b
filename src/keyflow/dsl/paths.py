"""Paths of routes as API Gateway keeps them: a tree of resources, with one variable below each of them at most.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_IN_BRACES = re.compile(r"\{([^}+]+)\+?\}")


def names_in_path(path: str) -> tuple[str, ...]:
    """The names in a path's braces: `id` and `rest` of `/orders/{id}/{rest+}`."""
    return tuple(_IN_BRACES.findall(path))


def misplaced(path: str) -> str | None:
    """What is wrong with the variables of a path; None where nothing is."""
    for part in _parts(path)[:-1]:
        if part.endswith("+}"):
            return f"{part} of {path} takes the whole rest of a path, and is not its end"
    names = names_in_path(path)
    twice = next((name for name in names if names.count(name) > 1), None)
    return None if twice is None else f"{path} names two parts {{{twice}}}"


def conflict(path: str, others: Iterable[str]) -> tuple[str, str] | None:
    """The first other path that has another variable at the same place as this one, and what to write instead."""
    parts = _parts(path)
    for other in others:
        for place, (own, its) in enumerate(zip(parts, _parts(other), strict=False)):
            if own != its:
                if own.startswith("{") and its.startswith("{"):
                    return other, "/" + "/".join((*parts[:place], its, *parts[place + 1 :]))
                break
    return None


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")
