"""What a change comes to: a definition by its states, a policy by what it grants, an API by its routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.deploy.resource import Action, Change, Difference
from keyflow.deploy.rest_api import RestApi
from keyflow.differences import (
    ABSENT,
    Edit,
    Kind,
    Thing,
    definition_differences,
    policy_differences,
    value_differences,
)
from keyflow.differences.members import Place

_NOTHING: Mapping[str, Any] = {"Statement": []}


def edits_of(change: Change) -> tuple[Edit, ...]:
    """The edits of an update, in the order in which people read them; none for what is made, kept or removed."""
    if change.action not in (Action.UPDATE, Action.REPLACE):
        return ()
    return tuple(edit for each in change.differences for edit in _edits(change, each))


def _edits(change: Change, difference: Difference) -> Iterable[Edit]:
    before, after = difference.before, difference.after
    match difference.property:
        case "definition":
            return definition_differences(before or {}, after)
        case "policy":
            return policy_differences(before or _NOTHING, after)
        case "beyond" | "attached" | "inline":
            return (_granted(each) for each in before)
        case "document" if isinstance(change.resource, RestApi) and change.found is not None:
            return tuple(_routes(change.found["routes"], change.resource.routes)) or (_whole(difference),)
        case _:
            return value_differences(Place(thing=Thing.DOCUMENT, member=(difference.property,)), before, after)


def _granted(text: str) -> Edit:
    """What a role loses: a grant, or a policy that a hand added."""
    return Edit(kind=Kind.REMOVED, thing=Thing.GRANT, subject=(text,), before=text)


def _whole(difference: Difference) -> Edit:
    return Edit(
        kind=Kind.CHANGED,
        thing=Thing.DOCUMENT,
        member=(difference.property,),
        before=ABSENT if difference.before is None else difference.before,
        after=difference.after,
    )


def _routes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    for name in [*after, *(each for each in before if each not in after)]:
        old, new = before.get(name, ABSENT), after.get(name, ABSENT)
        yield from value_differences(Place(thing=Thing.ROUTE, subject=(name,)), old, new)
