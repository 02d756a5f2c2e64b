"""How a call is repeated and where its errors lead, as the States Language has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws import Call, ServiceError
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.retries import ALL_ERRORS, Retry


def retrier(error_name: Callable[[str | ServiceError], str], retry: Retry) -> asl.Retrier:
    """A retry; `error_name` gives the name under which the call's errors are met."""
    return asl.Retrier(
        error_equals=tuple(error_name(error) for error in retry.errors),
        interval_seconds=_written(retry.interval),
        max_attempts=_written(retry.max_attempts),
        backoff_rate=_written(retry.backoff),
        max_delay_seconds=_written(retry.max_delay),
        jitter_strategy=retry.jitter_strategy,
        comment=retry.comment,
    )


def _written(number: Any) -> Any:
    return number.deployed_text() if isinstance(number, Parameter) else number


def lets_errors_out(state: asl.State) -> bool:
    """Whether a state can end with an error that no catcher of its own takes."""
    match state:
        case asl.Task() | asl.Parallel() | asl.Map():
            return not any(ALL_ERRORS in catcher.error_equals for catcher in state.catch or ())
        case _:
            return False


def undoing_retry(call: Call, gone: tuple[str, ...], retry: Retry) -> tuple[asl.Retrier, ...]:
    """How a call of the undoing is repeated: never for what is gone already (S6)."""
    never = (asl.Retrier(error_equals=gone, max_attempts=0),) if gone else ()
    return (*never, retrier(call.error_name, retry))


def undoing_catch(
    gone: tuple[str, ...], *, when_gone: str, into: Mapping[str, Any], failed: str, discard: Mapping[str, Any]
) -> tuple[asl.Catcher, ...]:
    """Where an error of such a call leads: what is gone counts as done, all else is a failure (S6).

    `into` and `discard` are the dialect's fields for what becomes of the one error and of the others.
    """
    already = (asl.Catcher(error_equals=gone, **into, next=when_gone),) if gone else ()
    return (*already, asl.Catcher(error_equals=(ALL_ERRORS,), **discard, next=failed))
