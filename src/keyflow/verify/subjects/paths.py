"""The paths that stand in a definition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyflow.asl import JSON

_PATH = re.compile(r"\$[A-Za-z0-9_.\-]*(?:\[(?:\d+|'[^']*')\][A-Za-z0-9_.\-]*)*")


def paths_in(document: JSON) -> Iterator[str]:
    """Every path of a definition, those among the arguments of intrinsic functions included."""
    match document:
        case dict():
            for value in document.values():
                yield from paths_in(value)
        case list():
            for value in document:
                yield from paths_in(value)
        case str() if document.startswith(("$", "States.")):
            yield from _PATH.findall(document)
