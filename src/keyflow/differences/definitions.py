"""Two definitions of workflows, state by state and field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.asl.fields import ABSENT, JSON
from keyflow.differences.edit import Edit, Kind, Thing
from keyflow.differences.members import Alike, Place, key, list_differences, member, names, same, value_differences


def definition_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Edit, ...]:
    """How two documents of the States Language differ; no edits where they say the same.

    The order of states says nothing. A state that has another name and is otherwise the same is one edit, as is one
    that is new or gone. Transitions that follow a state to its new name are none.
    """
    return tuple(_scope(Place(Thing.STATE), before, after))


def _scope(place: Place, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    """A definition, a branch or a processor: its states, and its own fields."""
    old, new = before.get("States", ABSENT), after.get("States", ABSENT)
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield from value_differences(place, before, after)
        return
    renames = _renames(old, new)
    for name in names(before, after):
        if name != "States":
            found = value_differences(place / name, before.get(name, ABSENT), after.get(name, ABSENT))
            yield from (edit for edit in found if name != "StartAt" or not _follows(edit, renames))
    yield from _states(place, old, new, renames)


def _states(place: Place, old: Mapping[str, Any], new: Mapping[str, Any], renames: Mapping[str, str]) -> Iterator[Edit]:
    def state(name: str) -> Place:
        return Place(Thing.STATE, (*place.subject, name))

    for name, now in new.items():
        if name in old:
            yield from _state(state(name), old[name], now, renames)
        elif name not in renames.values():
            yield state(name).edit(Kind.ADDED, ABSENT, now)
    for name in old:
        if name in renames:
            yield state(name).edit(Kind.RENAMED, name, renames[name])
        elif name not in new:
            yield state(name).edit(Kind.REMOVED, old[name], ABSENT)


def _state(place: Place, before: JSON, after: JSON, renames: Mapping[str, str]) -> Iterator[Edit]:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield from value_differences(place, before, after)
        return
    for field in names(before, after):
        old, new, here = before.get(field, ABSENT), after.get(field, ABSENT), place / field
        match field, old, new:
            case ("Branches", list(), list()):
                yield from list_differences(here, old, new, _BRANCHES, _branch)
            case ("ItemProcessor" | "Iterator", Mapping(), Mapping()):
                yield from _scope(here, old, new)
            case _:
                found: Iterable[Edit] = value_differences(here, old, new)
                if field in _TRANSITIONS:
                    found = (edit for edit in found if not _follows(edit, renames))
                yield from found


def _branch(place: Place, before: JSON, after: JSON) -> Iterator[Edit]:
    both = isinstance(before, Mapping) and isinstance(after, Mapping)
    return _scope(place, before, after) if both else value_differences(place, before, after)


def _start(branch: JSON) -> str | None:
    found = member(branch, "StartAt")
    return found if isinstance(found, str) else None


def _state_names(branch: JSON) -> tuple[str, ...]:
    found = member(branch, "States")
    return tuple(found) if isinstance(found, Mapping) else ()


_BRANCHES = Alike((_state_names,), _start)

# States that have another name.

_TRANSITIONS = ("Next", "Default", "Catch", "Choices")
"""The fields of a state that name others of its scope."""


def _follows(edit: Edit, renames: Mapping[str, str]) -> bool:
    """Whether an edit does no more than name a state by its new name."""
    at_a_transition = edit.member[-1] in ("Next", "Default", "StartAt")
    if edit.kind is not Kind.CHANGED or not at_a_transition or not isinstance(edit.before, str):
        return False
    return edit.before in renames and same(renames[edit.before], edit.after)


def _renames(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The names that states of a scope had, each with the one that it has now.

    A renamed state is found by its content, once the states that it leads to are found. What it says of itself does not
    count.
    """
    gone = {name: state for name, state in before.items() if name not in after}
    fresh = {name: state for name, state in after.items() if name not in before}
    old, new, found = _Index(), _Index(), dict[str, str]()
    for name, state in fresh.items() if gone else ():
        new.add(name, key(_with_transitions(state, {name: ""})))
    leading_to: dict[str, list[str]] = {}
    for name in gone:
        for target in _targets(gone[name]):
            leading_to.setdefault(target, []).append(name)
    changed = set(gone) if fresh else set()
    while changed:
        looked_at = {each for name in changed if (each := old.discard(name)) is not None}
        for name in changed:
            looked_at.add(old.add(name, key(_with_transitions(gone[name], found | {name: ""}))))
        more = {old.only(each): new.only(each) for each in looked_at if old.only(each) and new.only(each)}
        for name, other in more.items():
            old.discard(name)
            new.discard(other)
        found |= more
        changed = {name for target in more for name in leading_to.get(target, ()) if name not in found}
    return {name: found[name] for name in before if name in found}


class _Index:
    """Names by keys."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}

    def add(self, name: str, key: str) -> str:
        """Notes a name, and gives back its key."""
        self._keys[name] = key
        self._names.setdefault(key, set()).add(name)
        return key

    def discard(self, name: str) -> str | None:
        """Forgets a name, and gives back the key that it had, if it had one."""
        known = self._keys.pop(name, None)
        if known is not None:
            self._names[known].discard(name)
        return known

    def only(self, key: str) -> str:
        """The name of a key that no other has; none otherwise."""
        names = self._names.get(key, ())
        return next(iter(names)) if len(names) == 1 else ""


def _targets(state: JSON) -> Iterator[str]:
    """The states that a state leads to."""
    if isinstance(state, Mapping):
        listed = (each for name in ("Catch", "Choices") if isinstance(state.get(name), list) for each in state[name])
        found = (state.get("Next"), state.get("Default"), *(member(each, "Next") for each in listed))
        yield from (each for each in found if isinstance(each, str))


def _with_transitions(state: JSON, new: Mapping[str, str]) -> JSON:
    """A state that names others by their new names."""
    if not isinstance(state, Mapping):
        return state
    fields = {name: _transition(value, new) if name in ("Next", "Default") else value for name, value in state.items()}
    for name in ("Catch", "Choices"):
        if isinstance(fields.get(name), list):
            fields[name] = [_with_next(element, new) for element in fields[name]]
    return fields


def _with_next(element: JSON, new: Mapping[str, str]) -> JSON:
    if not isinstance(element, Mapping) or "Next" not in element:
        return element
    return {**element, "Next": _transition(element["Next"], new)}


def _transition(name: JSON, new: Mapping[str, str]) -> JSON:
    return new.get(name, name) if isinstance(name, str) else name
