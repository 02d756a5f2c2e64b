"""What an error says of what is there: the account of the world learns that of a call that did nothing.

A service that refuses a call may say that a condition does not hold, that something is gone, or that a name is taken;
where no answer came, somebody else may have written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache

from keyflow.aws import Integration, resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.verify.world.identity import paths_of_names

CONDITION_FAILED = "ConditionalCheckFailedException"
CANCELED = "TransactionCanceledException"
"""What DynamoDB answers where a condition does not hold: of one write, and of a transaction."""


class Lesson(Enum):
    """What an error says."""

    UNMET = "the condition of a write does not hold"
    UNSEEN = "what there is to write to has not been seen"
    VANISHED = "what there was to write to is gone"
    GONE = "what a call deletes, reads or changes is gone"
    TAKEN = "something may be there under the name that a call gave to what it makes"


@cache
def lessons_of(resource: str, error: str) -> frozenset[Lesson]:
    """What an error of a call says of what is there; nothing where no model says what the call does."""
    integration = resource_of(resource).integration
    return frozenset() if integration is None else frozenset(_lessons(integration, error))


def _lessons(integration: Integration, error: str) -> Iterator[Lesson]:
    effect = effect_of(integration.model)
    is_gone, is_unknown = error in integration.gone_errors, error in integration.ambiguous_errors
    if integration.model.service.name == "dynamodb":
        if error in (integration.error_name(CONDITION_FAILED), integration.error_name(CANCELED)):
            yield Lesson.UNMET
        elif is_unknown:
            yield Lesson.UNSEEN
        elif is_gone:
            yield Lesson.VANISHED
    if is_gone and effect.effect in (Effect.DELETES, Effect.READS, Effect.CHANGES):
        yield Lesson.GONE
    exists = is_unknown or error in map(integration.error_name, effect.exists_errors)
    if exists and effect.makes and paths_of_names(integration, effect):
        yield Lesson.TAKEN
