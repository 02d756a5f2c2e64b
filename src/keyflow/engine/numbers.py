"""Fields of numbers: what a literal, a path or an expression must give, and what is said of anything else.

A path may lead to a text of digits, as AWS recorded it; an expression gives a number.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html and the pages of the other states
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.asl.quotas import LARGEST_COUNT
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME, FieldError
from keyflow.engine.fields import Read, scalar, unfit
from keyflow.engine.paths import written
from keyflow.lazy import lazy_pattern

_WRITTEN = lazy_pattern(r"-?\d{1,20}(\.\d{1,20})?")
_NO_NUMBER: Mapping[str, str] = {
    "Seconds": "The SecondsPath parameter cannot be parsed as a long value: {path} == {value}",
}
_TOO_SMALL: Mapping[str, str] = {
    "Seconds": "The SecondsPath parameter references a negative value: {path} == {value}",
    "MaxConcurrency": "Expected non-negative integer for MaxConcurrency, got '{value}' instead.",
    "ToleratedFailureCount": "ToleratedFailureCount cannot be negative.",
}
"""What Step Functions says of some fields; of the others, what it says of most."""


def number(
    value: JSON,
    field: str,
    *,
    uses_jsonata: bool,
    least: int = 0,
    most: int = LARGEST_COUNT,
    is_whole: bool = True,
) -> Read:
    """A field's number, or None where it has none.

    Args:
        value: What the definition has there: None, a number, a path or an expression.
        field: The field's name, without `Path`.
        uses_jsonata: Whether the state may have expressions.
        least: The smallest number.
        most: The largest one.
        is_whole: Whether it has no fraction.

    Returns:
        A function of the visit; raises `FieldError` where there is no such number.
    """
    if is_number(value):
        return lambda _visit: value
    read = scalar(value, field, uses_jsonata=uses_jsonata)
    of_path = isinstance(value, asl.Path)

    def count(visit: Any) -> JSON:
        found = read(visit)
        taken = _number(found) if of_path else found
        if isinstance(taken, bool) or not isinstance(taken, int | float):
            raise _no_number(value, field, found, is_whole) if of_path else unfit(value, field, "number", found)
        if is_whole and isinstance(taken, float) and not taken.is_integer():
            raise _no_number(value, field, found, is_whole)
        if not least <= taken <= most:
            raise _out_of_range(value, field, taken, least, most)
        return int(taken) if is_whole else taken

    return count


def is_number(value: JSON) -> bool:
    """Whether a value is None or a number from 0 on that is not too large to count or to wait for."""
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def _number(value: JSON) -> JSON:
    """A number that a text writes; anything else as it is."""
    if not isinstance(value, str) or _WRITTEN.fullmatch(value) is None:
        return value
    return float(value) if "." in value else int(value)


def _no_number(value: Any, field: str, found: JSON, is_whole: bool) -> FieldError:
    shown = found if isinstance(found, str) else written(found)
    if not isinstance(value, asl.Path):
        return FieldError(QUERY_EVALUATION, f"The {field} field cannot be parsed as an integer: {shown}", field)
    kind = "integer" if is_whole else "float"
    says = _NO_NUMBER.get(field, 'The {field}Path field refers to value "{value}" which is not a valid {kind}: {path}')
    return FieldError(RUNTIME, says.format(field=field, value=shown, kind=kind, path=str(value)))


def _out_of_range(value: Any, field: str, found: float, least: int, most: int) -> FieldError:
    if not isinstance(value, asl.Path):
        cause = f"{field} must be between {least} and {most} but was: {found}"
        return FieldError(QUERY_EVALUATION, cause, field)
    says = _TOO_SMALL.get(field, "") if found < least else ""
    says = says or "{field} must be between {least} and {most}."
    return FieldError(RUNTIME, says.format(field=field, value=found, path=str(value), least=least, most=most))
