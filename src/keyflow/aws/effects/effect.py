"""What a call does, as data."""

from __future__ import annotations

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


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationEffect:
    """What one operation does.

    Operations are named as in boto3, members as in the service's model, errors as in its model.

    `noun` is what it is about, in words (`api key`). `undone_by` are the operations of the same service that undo it,
    `found_by` those that look for what it has made. `identity` are the members by which the caller names what is made;
    empty where the service does. A call that makes what is there already then fails with one of `exists_errors`, or,
    where there are none, overwrites it. `token` is the member that makes a repeated call one and the same. `marks` are
    the members that may hold who has made it: tags, a description.
    """

    effect: Effect
    noun: str
    undone_by: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    exists_errors: tuple[str, ...] = ()
    token: str | None = None
    marks: tuple[str, ...] = ()

    @property
    def makes(self) -> bool:
        """Whether it makes something that stays until it is undone."""
        return self.effect in (Effect.CREATES, Effect.STARTS)
