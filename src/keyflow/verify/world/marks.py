"""What a world that executions share has otherwise than before, in words, so that two worlds can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import TaskCall
from keyflow.verify.world.shared import SharedWorld
from keyflow.verify.world.shared_tables import spelt


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What the world has otherwise than before, in words: whose doing it is, in which state.

    A mark that is not known stands for a call whose effect no model describes.
    """

    words: str
    who: str | None = field(default=None, compare=False)
    state: str | None = field(default=None, compare=False)
    is_known: bool = field(default=True, compare=False)


def marks_of(world: SharedWorld) -> Mapping[Mark, JSON]:
    """What is otherwise than before, each with what is there now."""
    found = (_items, _made, _deleted, _changes, _deeds)
    return {mark: value for each in found for mark, value in each(world)}


Marked = Iterator[tuple[Mark, JSON]]


def _items(world: SharedWorld) -> Marked:
    for place, item in world.tables.rows.changed():
        table, key = place
        who, state = world.tables.writers[place]
        yield Mark(words=f"item {_shown(key)} of {table}", who=who, state=state), spelt(item)


def _made(world: SharedWorld) -> Marked:
    for each in world.made:
        call = each.thing.call
        words = f"{each.thing.label} of {each.who}{_index(call)}"
        if each.thing.overwrites:  # whoever wrote it last, it is the same thing
            words = f"{each.thing.effect.noun} {' '.join(sorted(each.thing.names))}"
        yield Mark(words=words, who=each.who, state=call.state), spelt(call.parameters)


def _deleted(world: SharedWorld) -> Marked:
    return ((Mark(words=words), True) for _service, words in sorted(world.deleted))


def _changes(world: SharedWorld) -> Marked:
    for (_service, about), changes in world.changes.items():
        last = {change.operation: change for change in changes}
        for operation, change in last.items():
            words = f"{operation} of {' '.join(sorted(about))}"
            yield Mark(words=words, who=change.who, state=change.state), change.parameters


def _deeds(world: SharedWorld) -> Marked:
    done: dict[Mark, list[str]] = {}
    for deed in world.deeds:
        words = f"{'message' if deed.is_known else 'work'} of {deed.call.state!r} of {deed.who}"
        mark = Mark(words=words, who=deed.who, state=deed.call.state, is_known=deed.is_known)
        done.setdefault(mark, []).append(spelt(deed.call.parameters))
    return ((mark, sorted(each)) for mark, each in done.items())


def _shown(key: str) -> str:
    """A key's values, without their types."""
    values = (
        next(iter(value.values()), "") if isinstance(value, dict) else value for value in json.loads(key).values()
    )
    return " ".join(map(str, values))


def _index(call: TaskCall) -> str:
    return "".join(f" [{index}]" for index in call.iteration)
