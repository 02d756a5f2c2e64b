"""What edits look like from the other side."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

from keyflow.differences import ABSENT, Edit, Kind

_OTHER = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


def seen(edits: Iterable[Edit]) -> Counter[str]:
    """The edits, whose elements of lists may have other labels from the other side."""
    return Counter(_text(edit.kind, edit.path, edit.before, edit.after) for edit in edits)


def mirrored(edits: Iterable[Edit]) -> Counter[str]:
    """The edits that lead back."""
    return Counter(_text(_OTHER.get(edit.kind, edit.kind), _path_back(edit), edit.after, edit.before) for edit in edits)


def _path_back(edit: Edit) -> tuple[str, ...]:
    return (*edit.path[:-1], str(edit.after)) if edit.kind is Kind.RENAMED else edit.path


def _text(kind: Kind, path: tuple[str, ...], before: object, after: object) -> str:
    values = [None if each is ABSENT else [each] for each in (before, after)]
    return json.dumps([kind.value, [re.sub(r"^\[.*\]$", "[]", part) for part in path], values], sort_keys=True)
