"""Paths of routes as API Gateway keeps them: a tree of resources, with one variable below each of them at most.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keyflow.lazy import lazy_pattern

_IN_BRACES = lazy_pattern(r"\{([^}+]+)\+?\}")


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


def conflicts(paths: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """The paths that have another variable than an earlier path at one place: that path, and what to write instead."""
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    found: dict[str, tuple[str, str]] = {}
    for path in paths:
        parts = _parts(path)
        for place, part in enumerate(parts):
            if not part.startswith("{"):
                continue
            variable, other = first.setdefault(tuple(parts[:place]), (part, path))
            if variable != part:
                found[path] = other, "/" + "/".join((*parts[:place], variable, *parts[place + 1 :]))
                break
    return found


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")
