"""One difference of two documents."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from keyflow.asl.fields import ABSENT, JSON
from keyflow.dataclass import dataclass


class Kind(StrEnum):
    """What happened to what an edit is about."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    REORDERED = "reordered"
    """A list has its elements in another order; `before` and `after` name them, or are them where names are not unique.
    It says nothing of elements that were added, removed or changed, too: they have edits of their own."""


class Thing(StrEnum):
    """What the subject of an edit is."""

    DOCUMENT = "document"
    STATE = "state"
    ROUTE = "route"
    GRANT = "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One difference: `Edit(kind=Kind.CHANGED, thing=Thing.STATE, subject=("Rows",), member=("MaxConcurrency",), ...)`.

    Attributes:
        subject: What it is about, from the outside in: the names of a state and of those that it is in; a route
            (`POST /keys`); what a policy grants (`dynamodb:PutItem on arn:...`); nothing, for the document itself.
        member: Where in it the difference is: names of members, and `[...]` for an element of a list, which holds the
            errors of a retrier or catcher, a parameter's name, else the index: in `after`, or in `before` where the
            element was removed. Empty: the whole subject was added, removed or renamed.
        before: What stood there, `ABSENT` where nothing did; null is a value.
        after: What stands there now, `ABSENT` where nothing does.
    """

    kind: Kind
    thing: Thing
    subject: tuple[str, ...] = ()
    member: tuple[str, ...] = ()
    before: JSON = ABSENT
    after: JSON = ABSENT

    @property
    def path(self) -> tuple[str, ...]:
        """The subject and the member in it: `("Save", "Parameters", "Item", "name", "S")`."""
        return self.subject + self.member

    @property
    def where(self) -> str:
        """The path as people write it: `Save.Catch[States.ALL].Next`, `POST /keys requestBody.required`."""
        subject, member = _joined(self.subject), _joined(self.member)
        if not (subject and member):
            return subject or member
        return f"{subject}.{member}" if self.thing is Thing.STATE else f"{subject} {member}"


def _joined(parts: Iterable[str]) -> str:
    text = ""
    for part in parts:
        text += part if not text or part.startswith("[") else f".{part}"
    return text


def as_json(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """The edits for programs; `before` and `after` are left out where nothing stood or stands."""
    return [_edit_as_json(edit) for edit in edits]


def _edit_as_json(edit: Edit) -> dict[str, Any]:
    values = {"before": edit.before, "after": edit.after}
    return {
        "kind": edit.kind.value,
        "thing": edit.thing.value,
        "subject": list(edit.subject),
        "member": list(edit.member),
        **{key: value for key, value in values.items() if value is not ABSENT},
    }
