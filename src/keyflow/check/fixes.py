"""What fixes a finding, as data: a range of a file's text, and what is to stand there instead.

Only findings with one possible answer have an edit. Comments and layout stay, for nothing but the range is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from keyflow.diagnostics import Edit
from keyflow.lazy import lazy_pattern

_PLAIN = lazy_pattern(r"[A-Za-z][\w.$-]*")
"""A word that YAML and JSON5 read as the same text without quotes."""


def edit_of(text: str, offset: int, old: str, new: str, *, is_yaml: bool = False) -> Edit | None:
    """What writes `new` where the text `old` stands at an offset, in the quotes that it has.

    None where it is written in a way that cannot be kept: with escapes, folded, or with quotes inside.
    """
    for written in (json.dumps(old), json.dumps(old, ensure_ascii=False)):
        if text.startswith(written, offset):
            return Edit(offset, written, json.dumps(new, ensure_ascii=written.isascii()))
    quoted = f"'{old}'"
    if text.startswith(quoted, offset) and not re.search(r"['\\\n]", old + new):
        return Edit(offset, quoted, f"'{new}'")
    end = offset + len(old)
    if text.startswith(old, offset) and _PLAIN.fullmatch(old) and not re.match(r"[\w.$-]", text[end : end + 1]):
        is_text = old.lower() in _TRUTHS and is_yaml
        return Edit(offset, old, new if _PLAIN.fullmatch(new) and not is_text else json.dumps(new))
    return None


_TRUTHS = ("yes", "no", "on", "off", "true", "false", "null")


def edited(text: str, edits: Iterable[Edit]) -> tuple[str, Sequence[Edit]]:
    """The text after the edits, and those that were made: of two that overlap the first, and none of another text."""
    made: list[Edit] = []
    pieces: list[str] = []
    position = 0
    for edit in sorted(set(edits), key=lambda each: (each.start, each.end)):
        if edit.start < position or not text.startswith(edit.old, edit.start):
            continue
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
        made.append(edit)
    return "".join((*pieces, text[position:])), made
