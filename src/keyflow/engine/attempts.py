"""What Retry says of the next attempt.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Sequence

from keyflow import asl
from keyflow.engine.errors import FieldError, StatesError, matches
from keyflow.engine.intrinsics import Randomness

_MILLION = 1_000_000
"""A bound of the backoff, which would else overflow."""


def retries(retrier: asl.Retrier) -> int:
    """The attempts that a retrier allows behind the first one; three where it does not say."""
    return 3 if retrier.max_attempts is None else retrier.max_attempts


def next_delay(
    retriers: Sequence[asl.Retrier], used: dict[int, int], error: StatesError, randomness: Randomness
) -> float | None:
    """Seconds to the next attempt, None where there is none; `used` counts the retries of each retrier."""
    for index, retrier in enumerate(retriers):
        if not matches(retrier.error_equals, error.error, of_task=not isinstance(error, FieldError)):
            continue
        count = used.get(index, 0)
        if count >= retries(retrier):
            return None
        used[index] = count + 1
        interval = 1 if retrier.interval_seconds is None else retrier.interval_seconds
        rate = 2.0 if retrier.backoff_rate is None else retrier.backoff_rate
        delay = interval * min(rate**count, _MILLION)
        if retrier.max_delay_seconds is not None:
            delay = min(delay, retrier.max_delay_seconds)
        return delay * randomness.fraction() if retrier.jitter_strategy == "FULL" else delay
    return None
