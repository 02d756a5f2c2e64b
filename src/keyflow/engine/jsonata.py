"""JSONata expressions of an execution: what they see, and what their values are to the state that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.engine.errors import QUERY_EVALUATION, FieldError
from keyflow.engine.intrinsics import Randomness
from keyflow.lazy import lazy_pattern


class Surroundings(Protocol):
    """What expressions see beside `$states.result` and `$states.errorOutput`."""

    @property
    def data(self) -> JSON:
        """The state's input."""

    @property
    def context(self) -> Mapping[str, Any]:
        """The context object."""

    @property
    def variables(self) -> Mapping[str, JSON]:
        """The variables by their names."""

    @property
    def randomness(self) -> Randomness:
        """The execution's chance."""


States = Mapping[str, JSON]
"""What `$states` has in some fields alone: `result` and `errorOutput`."""
Fill = Callable[[Any, States], JSON]
"""A template as a function of the `Surroundings` and of what else `$states` has; raises `FieldError`."""


def filled(template: JSON, field: str) -> Fill:
    """The template with its expressions replaced by their values.

    A value within it has the name that AWS gives its place: `Output/items[0]/name`.
    """
    if isinstance(template, dict):
        members = [(key, filled(value, f"{field}/{key}")) for key, value in template.items()]
        return lambda around, states: {key: fill(around, states) for key, fill in members}
    if isinstance(template, list):
        elements = [filled(element, f"{field}[{index}]") for index, element in enumerate(template)]
        return lambda around, states: [fill(around, states) for fill in elements]
    if is_expression(template):
        return evaluating(template, field)
    return lambda _around, _states: template


def evaluating(expression: str, field: str) -> Fill:
    """The value of an expression that a field has; raises `FieldError` with the expression and the field."""
    evaluate = _evaluating(expression)

    def fill(around: Surroundings, states: States) -> JSON:
        try:
            return evaluate(around, states)
        except NoValue as failed:
            cause = f"The JSONata expression '{expression[2:-2].strip()}' specified for the field '{field}' {failed}"
            raise FieldError(QUERY_EVALUATION, cause, field) from failed

    return fill


class NoValue(Exception):
    """Why an expression has no value, as the end of a sentence."""


@lru_cache(maxsize=2048)
def _evaluating(expression: str) -> Fill:
    """The value of an expression; raises `NoValue`.

    A plain path whose way leads through objects to something that is there is walked here; all else is evaluated, by
    modules that are imported when there is an expression.
    """
    from keyflow.engine.jsonata_values import evaluated

    text = expression[2:-2].strip()
    if _PLAIN_PATH.fullmatch(text) is None or not _WORDS.isdisjoint(text.split(".")):
        return lambda around, states: evaluated(text, around, states)
    source, *names = text.split(".")[1:]

    def walk(around: Surroundings, states: States) -> JSON:
        found = _walked(source, names, around, states)
        return evaluated(text, around, states) if found is None else found

    return walk


_PLAIN_PATH = lazy_pattern(r"\$states\.(input|context|result|errorOutput)(\.[A-Za-z_][A-Za-z0-9_]*)*")
_WORDS = frozenset(("and", "or", "in", "true", "false", "null", "function"))


def _walked(source: str, names: list[str], around: Surroundings, states: States) -> JSON:
    """What lies at a plain path, None where it is to be evaluated."""
    value: Any = states.get(source)
    if source == "input":
        value = around.data
    elif source == "context":
        value = around.context
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value
