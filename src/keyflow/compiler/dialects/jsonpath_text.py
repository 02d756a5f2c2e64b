"""JSONPath as text: paths, literals of intrinsic functions, and selectors of results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.dialects.dialect import read_paths
from keyflow.lazy import lazy_pattern

_IDENTIFIER = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")


def path(keys: Iterable[str | int], root: str = "$") -> str:
    """A reference path: `("results", "key", 0, "x-y")` -> `$.results.key[0]['x-y']`."""
    return root + "".join(map(_step, keys))


@lru_cache(maxsize=4096)
def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if _IDENTIFIER.fullmatch(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def quoted(text: str) -> str:
    """A string literal of an intrinsic function. A `${Parameter}` in it is escaped when it is replaced."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def quoted_template(template: str) -> str:
    """The first argument of States.Format: braces that are no placeholder are escaped."""
    return f"'{'{}'.join(map(escaped, template.split('{}')))}'"


def escaped(text: str) -> str:
    """A text that stands in the first argument of States.Format as it is.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#amazon-states-language-intrinsic-functions-escapes
    """
    return re.sub(r"(['\\{}])", r"\\\1", text)


def selected(reads: Reads) -> dict[str, Any]:
    """A template that keeps of a result what is read of it, in its own shape."""
    selector: dict[str, Any] = {}
    for keys in read_paths(reads) or ():
        inner = selector
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[f"{keys[-1]}.$"] = path(keys)
    return selector
