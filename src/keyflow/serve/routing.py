"""Which operation of a document answers a request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from keyflow.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """An operation: its path as the document has it, its content, and the path's parameters as they came."""

    path: str
    operation: Mapping[str, Any]
    parameters: Mapping[str, str]


def operation_of(document: Mapping[str, Any], method: str, path: str) -> Match | None:
    """The operation for a method and a path, which is encoded as in a URL; None where there is none.

    A literal segment comes before a parameter, and a parameter before a greedy one (`{proxy+}`).
    """
    segments = path.split("/")[1:]
    found = sorted(_matches(document["paths"], segments), key=lambda each: each[0])
    if not found:
        return None
    _rank, template, parameters = found[0]
    operations = document["paths"][template]
    operation = operations.get(method.lower()) or operations.get("x-amazon-apigateway-any-method")
    return None if operation is None else Match(template, operation, parameters)


_Rank = tuple[int, ...]
_WRITTEN, _PARAMETER, _GREEDY = 0, 1, 2


def _matches(paths: Mapping[str, Any], segments: list[str]) -> Iterator[tuple[_Rank, str, Mapping[str, str]]]:
    for template in paths:
        wanted = template.split("/")[1:]
        if wanted[-1].endswith("+}") and len(segments) >= len(wanted):
            given = [*segments[: len(wanted) - 1], "/".join(segments[len(wanted) - 1 :])]
        elif len(wanted) == len(segments):
            given = segments
        else:
            continue
        if all(_fits(part, segment) for part, segment in zip(wanted, given, strict=True)):
            names = {
                part.strip("{}+"): segment for part, segment in zip(wanted, given, strict=True) if part.startswith("{")
            }
            yield tuple(map(_rank, wanted)), template, names


def _fits(wanted: str, segment: str) -> bool:
    return bool(segment) if wanted.startswith("{") else unquote(segment) == wanted


def _rank(part: str) -> int:
    if part.endswith("+}"):
        return _GREEDY
    return _PARAMETER if part.startswith("{") else _WRITTEN
