"""Files of JSON lines, a line for each service, sorted by boto3's names: only what is asked for is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from os import SEEK_END
from pathlib import Path
from typing import Any

_BEGINNING = b'{"service":"'
"""How the line of a service begins, in front of boto3's name of it. The first line of a file has no service."""


def line_of(file: Path, service: str) -> Mapping[str, Any] | None:
    """The line of a service; None where the file has none. Each step halves what is left of the file."""
    wanted = service.encode()
    with file.open("rb") as stream:
        low, high = 0, stream.seek(0, SEEK_END)
        while low < high:  # the line sought begins behind `low`, and not behind `high`
            middle = (low + high) // 2
            stream.seek(middle)
            stream.readline()
            begins = stream.tell()
            line = stream.readline()
            name = _service(line)
            if name == wanted:
                found: Mapping[str, Any] = json.loads(line)
                return found
            if not line or name > wanted:
                high = middle
            else:
                low = begins
    return None


def services_of(file: Path) -> Iterator[str]:
    """The services that have a line, in the order of the file."""
    with file.open("rb") as stream:
        next(stream)
        for line in stream:
            yield _service(line).decode()


def first_line(file: Path) -> Mapping[str, Any]:
    """What the file says of itself."""
    with file.open("rb") as stream:
        found: Mapping[str, Any] = json.loads(stream.readline())
    return found


def _service(line: bytes) -> bytes:
    return line[len(_BEGINNING) : line.find(b'"', len(_BEGINNING))]
