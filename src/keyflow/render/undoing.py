"""Which states undo which, as far as a definition alone shows it: its comments, and what AWS's operations undo."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from keyflow.aws.effects import effect_of, undoes
from keyflow.aws.resources import resource_of
from keyflow.lazy import lazy_pattern

_Path = tuple[str | int, ...]
_TOLD = lazy_pattern(r"\beffect:\s*undone by\s+([^;.\n]+)", re.IGNORECASE)
"""What `keyflow verify` reads of a state's comment, too."""


def undoing_of(states: Mapping[_Path, Mapping[str, Any]], undoing: Collection[_Path]) -> dict[_Path, tuple[str, ...]]:
    """By each state's path the names of the states that undo it.

    Args:
        states: All states by their paths.
        undoing: The paths of those that only errors lead to.
    """
    found = {
        path: tuple(name.strip() for name in told[1].split(","))
        for path, state in states.items()
        if isinstance(comment := state.get("Comment"), str) and (told := _TOLD.search(comment))
    }
    operations = {path: model for path in undoing if (model := _operation(states.get(path, {}))) is not None}
    if not operations:
        return found
    for path, state in states.items():
        if path in found or path in undoing or (made := _operation(state)) is None:
            continue
        undone_by = effect_of(made).undone_by
        names = dict.fromkeys(
            str(other[-1])
            for other, model in operations.items()
            if model.service.name == made.service.name and undoes(model.python_name, undone_by)
        )
        if names:
            found[path] = tuple(names)
    return found


def _operation(state: Mapping[str, Any]) -> Any:
    """The model of the operation that a Task calls; None where there is none."""
    resource = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(resource, str):
        return None
    integration = resource_of(resource).integration
    return None if integration is None else integration.model
