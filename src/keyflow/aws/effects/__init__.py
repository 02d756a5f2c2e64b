"""What the operations of AWS do to things: read, make, change, delete, send, start."""

from keyflow.aws.effects.effect import Basis, Effect, OperationEffect
from keyflow.aws.effects.identity import identified_by, names_a_thing, undoes
from keyflow.aws.effects.member import Member, Root
from keyflow.aws.effects.operations import effect_of, provenance

__all__ = [
    "Basis",
    "Effect",
    "Member",
    "OperationEffect",
    "Root",
    "effect_of",
    "identified_by",
    "names_a_thing",
    "provenance",
    "undoes",
]
