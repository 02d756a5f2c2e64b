"""Retries: how a call is repeated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from keyflow.asl.quotas import LARGEST_COUNT, LONGEST_DELAY_SECONDS
from keyflow.aws import ServiceError
from keyflow.dataclass import dataclass
from keyflow.diagnostics import definition_error
from keyflow.dsl.checks import (
    check_count,
)
from keyflow.dsl.deployed import Parameter
from keyflow.json_values import Unquoted

T = TypeVar("T")
ALL_ERRORS = "States.ALL"


def several(wanted: type[T], given: T | Sequence[T]) -> tuple[T, ...]:
    """What an option is given, one or several; raises KF219 where it is something else."""
    found = given if isinstance(given, list | tuple) else (given,)
    for each in found:
        if not isinstance(each, wanted):
            hint = None
            if wanted is Retry:
                number = each if isinstance(each, int) and not isinstance(each, bool) else 3
                hint = f"write retry=Retry(max_attempts={number})"
            elif isinstance(each, str):
                hint = "give the task itself, as workflow.task(...) returned it"
            problem = f"here stands a {wanted.__name__} or several, not {each!r}"
            raise definition_error("KF219", problem, hint=hint)
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How a call is repeated. `max_attempts` is the States Language's: the retries after the first attempt.

    Intervals are whole seconds; each is `backoff` times the one before it, up to `max_delay`; with `jitter` a wait
    is drawn between nothing and the interval. What is None is not written: Step Functions then takes 3 attempts, an
    interval of 1 and a backoff of 2. `jitter="NONE"` is False, written out. In a `StateMachine` a number may be a
    parameter of the deployment, `Parameter("Tries", type=int)`.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
    """

    errors: tuple[str | ServiceError, ...] = (ALL_ERRORS,)
    max_attempts: int | Parameter | None = 2
    interval: int | Parameter | None = 1
    backoff: float | Parameter | None = 2.0
    max_delay: int | Parameter | None = None
    jitter: bool | Literal["NONE"] = True
    comment: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.errors, list | tuple):
            problem = f"the errors of a retry are several, not {self.errors!r}"
            raise definition_error("KF217", problem, hint=f"write errors=({self.errors!r},)")
        if ALL_ERRORS in self.errors and len(self.errors) > 1:
            raise definition_error("KF217", f"{ALL_ERRORS} stands alone: it covers the other errors")
        if not self.errors:
            raise definition_error("KF217", "a retry names at least one error")
        for label, number, least, most in (
            ("max_attempts", self.attempts, 0, LARGEST_COUNT),
            ("interval", self.first_wait, 1, LARGEST_COUNT),
            ("max_delay", _number(self.max_delay, 1), 1, LONGEST_DELAY_SECONDS),
        ):
            check_count("KF217", label, number, least, most)
        self._check_backoff_and_delay()

    def _check_backoff_and_delay(self) -> None:
        if self.jitter not in (True, False, "NONE"):
            hint = 'True spreads the waits (FULL); "NONE" says that they are not spread'
            raise definition_error("KF217", f"jitter is True, False or 'NONE', not {self.jitter!r}", hint=hint)
        is_number = isinstance(self.factor, int | float) and not isinstance(self.factor, bool)
        if not is_number or not math.isfinite(self.factor) or self.factor < 1:
            raise definition_error("KF217", f"backoff is a number from 1, not {self.backoff!r}")
        both_known = not any(isinstance(each, Parameter) for each in (self.max_delay, self.interval))
        if self.max_delay is not None and both_known and self.max_delay <= self.first_wait:
            raise definition_error(
                "KF217", f"max_delay ({self.max_delay} s) must be greater than interval ({self.first_wait} s)"
            )

    @property
    def jitter_strategy(self) -> str | None:
        """The field of the States Language; None where it is not written."""
        if isinstance(self.jitter, str):
            return self.jitter
        return "FULL" if self.jitter else None

    @property
    def attempts(self) -> int:
        """The retries after the first attempt, Step Functions' own number where none is written."""
        number: int = _number(self.max_attempts, 3)
        return number

    @property
    def first_wait(self) -> int:
        """The seconds before the first retry."""
        number: int = _number(self.interval, 1)
        return number

    @property
    def factor(self) -> float:
        """What each wait is multiplied by."""
        number: float = _number(self.backoff, 2.0)
        return number

    def worst_wait(self) -> float:
        """The longest that all waits between attempts take together, in seconds."""
        waits = (self.first_wait * self.factor**attempt for attempt in range(self.attempts))
        longest: float = _number(self.max_delay, math.inf)
        return sum(min(wait, longest) for wait in waits)

    def parameters(self) -> Iterator[Parameter]:
        """The parameters of a deployment among its numbers."""
        numbers = (self.max_attempts, self.interval, self.backoff, self.max_delay)
        return (each for each in numbers if isinstance(each, Parameter))


def check_known(retries: Iterable[Retry]) -> None:
    """Raises KF217 where only a deployment gives a number of a retry: a worst path could not be told."""
    for retry in retries:
        for parameter in retry.parameters():
            hint = "write the number; a StateMachine's retry may have a parameter"
            raise definition_error("KF217", f"the retry has {parameter!r}, and its worst time is unknown", hint=hint)


def _number(written: Any, otherwise: Any) -> Any:
    """The number of a field; of a parameter, what stands for it until a deployment gives its value."""
    if written is None:
        return otherwise
    if isinstance(written, Parameter):
        text = written.deployed_text()
        return text.stand_in if isinstance(text, Unquoted) and not isinstance(text.stand_in, bool) else text
    return written


COMPENSATION_RETRY = Retry(max_attempts=2)
"""Three attempts in all, one and two seconds apart at most, with full jitter (S6)."""
