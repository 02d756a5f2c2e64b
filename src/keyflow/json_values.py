"""What JSON has, as strict as AWS reads it: Python's own reader and writer take NaN and Infinity, too."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn


def parse(text: str) -> Any:
    """What a text of RFC 8259 says.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(text, parse_float=number, parse_constant=refuse)


def number(text: str) -> float:
    """The fraction that a text writes; raises `ValueError` where it is too large for one."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


def refuse(constant: str) -> NoReturn:
    """Raises `ValueError` for a word that Python's reader takes for a number: `NaN`, `Infinity`."""
    raise ValueError(f"JSON has no {constant}")


def problem(tree: Any) -> str | None:
    """Why a tree of Python values is no JSON, as a whole sentence; None where it is."""
    match tree:
        case Mapping():
            for key, value in tree.items():
                found = problem(value) if isinstance(key, str) else f"a key is text in JSON, not {key!r}"
                if found is not None:
                    return found
        case list() | tuple():
            return next((found for found in map(problem, tree) if found is not None), None)
        case str() | int() | None:
            return None
        case float():
            return None if math.isfinite(tree) else f"JSON has no {tree}"
        case _:
            return f"JSON has no {type(tree).__name__}: {tree!r}"
    return None


_TEXT = json.JSONEncoder(ensure_ascii=False).encode


def indented(tree: Any) -> str:
    """A tree as JSON with two spaces for each level, as `json.dumps` writes it; that one takes three times as long."""
    pieces: list[str] = []
    _write(tree, "\n", pieces.append)
    return "".join(pieces)


def _write(tree: Any, line: str, write: Callable[[str], None]) -> None:
    """Writes a tree whose lines begin with `line`."""
    if isinstance(tree, dict) and tree:
        inner = f"{line}  "
        before = f"{{{inner}"
        for key, value in tree.items():
            write(f"{before}{_key(key)}: ")
            _write(value, inner, write)
            before = f",{inner}"
        write(f"{line}}}")
    elif isinstance(tree, list | tuple) and tree:
        inner = f"{line}  "
        before = f"[{inner}"
        for value in tree:
            write(before)
            _write(value, inner, write)
            before = f",{inner}"
        write(f"{line}]")
    else:
        write(_TEXT(tree))


def _key(key: Any) -> str:
    return _TEXT(key) if isinstance(key, str) else _TEXT({key: 0})[1:-4]
