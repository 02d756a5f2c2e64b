"""Edits as lines for people: whatever differs is in the line, and is not cut away."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator

from keyflow.asl.fields import JSON
from keyflow.differences.edit import Edit, Kind

_SHORT = 60
"""Characters up to which both texts are shown whole."""
_CONTEXT = 16
"""Characters that are shown of what two long texts share, on both sides of what they do not."""
_LONGEST = 240
"""Characters of what differs, or of what was added, that are shown."""


def lines(edits: Iterable[Edit]) -> Iterator[str]:
    """A line for each edit: `+` for what is new, `-` for what is gone, `~` for what is otherwise than it was.

    Texts are written as JSON, and long ones from where they differ. Control characters that JSON does not escape, and
    those in names of states, stay as they are: `cli.terminal.line` makes them harmless where they are printed.
    """
    return (_line(edit) for edit in edits)


def _line(edit: Edit) -> str:
    match edit.kind:
        case Kind.ADDED:
            return f"+ {_with_value(edit, edit.after)}"
        case Kind.REMOVED:
            return f"- {_with_value(edit, edit.before)}"
        case Kind.RENAMED:
            return f"~ {edit.where} is now {edit.after}"
        case Kind.CHANGED | Kind.REORDERED:
            before, after = shown(edit.before, edit.after)
            order = "in another order: " if edit.kind is Kind.REORDERED else ""
            return f"~ {edit.where or 'the document'}: {order}{before} → {after}"


def _with_value(edit: Edit, value: JSON) -> str:
    """Where something was added or removed, and what; states, routes and grants are not shown whole."""
    return f"{edit.where}: {_cut(_text(value))}" if edit.member else edit.where


def shown(before: JSON, after: JSON) -> tuple[str, str]:
    """Two values that differ, as texts that differ, too."""
    old, new = _text(before), _text(after)
    if unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new):
        old, new = json.dumps(before, sort_keys=True), json.dumps(after, sort_keys=True)
    if max(len(old), len(new)) <= _SHORT:
        return old, new
    start = _shared(old, new)
    end = min(_shared(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    return _folded(old, start, len(old) - end), _folded(new, start, len(new) - end)


def _shared(old: str, new: str) -> int:
    """How many characters two texts begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (first, second) in pairs if first != second), min(len(old), len(new)))


def _folded(text: str, start: int, end: int) -> str:
    """A text from a little before what is its own to a little after that."""
    before = text[:start] if start <= _CONTEXT + 1 else f"…{text[start - _CONTEXT : start]}"
    rest = text[end:] if len(text) - end <= _CONTEXT + 1 else f"{text[end : end + _CONTEXT]}…"
    own = text[start:end]
    return f"{before}{own}{rest}" if len(own) <= _LONGEST else f"{before}{_cut(own)}"


def _cut(text: str) -> str:
    rest = len(text) - _LONGEST
    return text if rest <= 0 else f"{text[:_LONGEST]}… ({rest:,} characters more)"


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
