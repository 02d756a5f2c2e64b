"""The paths that stand in a definition."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.json_values import leaves
from keyflow.lazy import lazy_pattern

_PATH = lazy_pattern(r"\$[A-Za-z0-9_.\-]*(?:\[(?:\d+|'[^']*')\][A-Za-z0-9_.\-]*)*")


def paths_in(document: JSON) -> Iterator[str]:
    """Every path of a definition, those among the arguments of intrinsic functions included."""
    for leaf in leaves(document):
        if isinstance(leaf, str) and leaf.startswith(("$", "States.")):
            yield from _PATH.findall(leaf)
