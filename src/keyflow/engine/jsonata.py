"""JSONata expressions of an execution, evaluated by `jsonata-python`, which is imported when one is met."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.asl.fields import is_expression
from keyflow.engine.errors import QUERY_EVALUATION, FieldError
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.jsonata_functions import chance_functions, fixed_functions, null
from keyflow.engine.patterns import regex
from keyflow.engine.payload import bounded
from keyflow.libraries import library

_MOST_MILLISECONDS, _DEEPEST = 5000, 100
"""An expression that runs for longer, or nests deeper, fails; the depth is Step Functions' own."""


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
        except _Failed as failed:
            cause = f"The JSONata expression '{expression[2:-2].strip()}' specified for the field '{field}' {failed}"
            raise FieldError(QUERY_EVALUATION, cause, field) from failed

    return fill


class _Failed(Exception):
    """Why an expression has no value, as the end of a sentence."""


@lru_cache(maxsize=2048)
def _evaluating(expression: str) -> Fill:
    """The value of an expression; raises `_Failed`.

    A plain path whose way leads through objects to something that is there is walked here; the library, which reads
    and walks anew each time, has the rest: arrays on the way, null, nothing, and all that is no path.
    """
    text = expression[2:-2].strip()
    if _PLAIN_PATH.fullmatch(text) is None or not _WORDS.isdisjoint(text.split(".")):
        return lambda around, states: _evaluate(text, around, states)
    source, *names = text.split(".")[1:]

    def walk(around: Surroundings, states: States) -> JSON:
        found = _walked(source, names, around, states)
        return _evaluate(text, around, states) if found is None else found

    return walk


_PLAIN_PATH = re.compile(r"\$states\.(input|context|result|errorOutput)(\.[A-Za-z_][A-Za-z0-9_]*)*")
_WORDS = frozenset(("and", "or", "in", "true", "false", "null", "function"))


def _walked(source: str, names: list[str], around: Surroundings, states: States) -> JSON:
    """What lies at a plain path, None where the library is to say it."""
    value: Any = states.get(source)
    if source == "input":
        value = around.data
    elif source == "context":
        value = around.context
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    if isinstance(value, list):
        return None
    return _plain(value) if isinstance(value, dict) else value


def _evaluate(text: str, around: Surroundings, states: States) -> JSON:
    """The value of an expression by the library; raises `_Failed` where it has none."""
    bindings = {**around.variables, "states": {"input": around.data, "context": around.context, **states}}
    known = {name: null() if value is None else value for name, value in bindings.items()}
    known |= chance_functions(around.randomness)
    result = _evaluated(text, known)
    if result is None and "value" not in _evaluated(f'{{"value": ({text})}}', known):  # null, or nothing?
        raise _Failed("returned nothing (undefined).")
    return _plain(bounded(result))


def _plain(value: Any) -> JSON:
    """A value without what the library remembers of its arrays, which would count in the next expression."""
    match value:
        case dict():
            return {key: _plain(member) for key, member in value.items()}
        case list():
            return [_plain(element) for element in value]
        case _:
            return value


def _evaluated(text: str, known: Mapping[str, Any]) -> Any:
    parsed = _parsed(text)
    try:
        frame = parsed.create_frame()
        frame.set_runtime_bounds(_MOST_MILLISECONDS, _DEEPEST)
        for name, value in known.items():
            frame.bind(name, value)
        return parsed.evaluate(None, frame)
    except Exception as error:  # the library raises errors of many types
        raise _Failed(f"threw an error during evaluation. {error}") from error


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Any:
    jsonata = library("jsonata")
    if len(text) > bounds.EXPRESSION_CHARACTERS:
        raise _Failed(f"has more than {bounds.EXPRESSION_CHARACTERS:,} characters: {len(text):,}")
    try:
        parsed = jsonata.Jsonata(f"{text}\n", _regex)  # behind a comment, the library reads one sign more
    except Exception as error:
        raise _Failed(f"is no JSONata: {error}") from error
    for name, function in fixed_functions().items():
        parsed.environment.bind(name, function)
    return parsed


def _regex(pattern: str, flags: Any) -> Any:
    """A regular expression as the library wants it."""
    return regex(pattern, ignore_case=flags.case_insensitive, multiline=flags.multiline)
