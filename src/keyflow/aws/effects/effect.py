"""What a call does, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from keyflow.dataclass import dataclass


class Effect(Enum):
    """What a call does to the things of AWS."""

    READS = "reads"
    CREATES = "creates"
    CHANGES = "changes"
    DELETES = "deletes"
    SENDS = "sends"
    STARTS = "starts"
    UNKNOWN = "unknown"


class Basis(Enum):
    """What an effect rests on.

    `AGREED`: the operation's name and its access level in IAM say the same. `NAME`: the name alone, because IAM's
    reference does not know the operation. `DECIDED`: a decision by hand, with its reason.
    """

    AGREED = "agreed"
    NAME = "name"
    DECIDED = "decided"


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationEffect:
    """What one operation does.

    Operations are named as in boto3, members as in the service's model, errors as in its model.

    `noun` is what it is about, in words (`api key`). `undone_by` are the operations of the same service that undo it.
    `found_by` are those that look it up afterwards. `identity` are the members by which the caller names what is made;
    empty where the service does. Where the name is taken, the call fails with one of `exists_errors`; where there are
    none, it overwrites the thing. `token` is the member that makes a repeated call one and the same. `marks` are the
    members that may hold who has made it: tags, a description.

    `undoing` says of each operation of `undone_by` where its members come from (see `Member`), `found_in` of each of
    `found_by` in which list of its result the thing lies: `items`, or empty where the result is the thing itself.
    `upsert` says that it writes over, or gives back, what is there under the name; where it is false and there are no
    `exists_errors`, the service's model has no name for its refusal. Where the thing exists already, whoever made it,
    some calls give it back: `gives_back` are the members that name it then. `basis` is what `effect` rests on, and
    `reason` why it was decided.
    """

    effect: Effect
    noun: str
    undone_by: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    exists_errors: tuple[str, ...] = ()
    token: str | None = None
    marks: tuple[str, ...] = ()
    undoing: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    found_in: Mapping[str, str] = field(default_factory=dict, hash=False)
    upsert: bool = False
    gives_back: tuple[str, ...] = ()
    basis: Basis = Basis.NAME
    reason: str | None = None

    @property
    def makes(self) -> bool:
        """Whether it makes something that stays until it is undone."""
        return self.effect in (Effect.CREATES, Effect.STARTS)


def with_article(noun: str) -> str:
    """A noun as a sentence has it: `an item`, `items`."""
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is")):
        return noun
    return f"an {noun}" if noun[:1] in "aeio" else f"a {noun}"
