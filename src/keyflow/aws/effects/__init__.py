"""What the operations of AWS do to things: read, make, change, delete, send, start."""

from keyflow.aws.effects.effect import Effect, OperationEffect
from keyflow.aws.effects.operations import effect_of

__all__ = ["Effect", "OperationEffect", "effect_of"]
