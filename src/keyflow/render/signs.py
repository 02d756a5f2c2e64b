"""The signs by which pictures say what colours say, too."""

from __future__ import annotations

from keyflow.render.graphs import Change

MARKS = {"succeeded": "✓", "failed": "✗", "caught": "↯"}
"""Of marks; others have their class alone."""
CHANGES = {Change.ADDED: "+", Change.REMOVED: "\u2212", Change.CHANGED: "~"}
UNDONE = "↩"
"""That a state has an undoing."""


def change_sign(change: Change | None) -> str:
    """The sign of a change and a blank; nothing where there is none."""
    return f"{CHANGES[change]} " if change is not None else ""
