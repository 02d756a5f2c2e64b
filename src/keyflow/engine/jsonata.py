"""JSONata expressions of an execution, evaluated by `jsonata-python`, which is imported when one is met."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.engine.errors import QUERY_EVALUATION, StatesError
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.jsonata_functions import chance_functions, fixed_functions, null
from keyflow.engine.patterns import regex
from keyflow.engine.payload import bounded
from keyflow.libraries import library

_MOST_MILLISECONDS, _DEEPEST = 5000, 100
"""An expression that runs for longer, or nests deeper, fails; the depth is Step Functions' own."""


def is_expression(value: JSON) -> bool:
    """Whether a text is an expression: it stands between {% and %}."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def filled(template: JSON, bindings: Mapping[str, JSON], randomness: Randomness) -> JSON:
    """The template with its expressions replaced by their values; `bindings` are `states` and the variables."""
    if isinstance(template, dict):
        return {key: filled(value, bindings, randomness) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(element, bindings, randomness) for element in template]
    return evaluate(template, bindings, randomness) if is_expression(template) else template


def evaluate(expression: str, bindings: Mapping[str, JSON], randomness: Randomness) -> JSON:
    """The value of an expression; raises `StatesError` where it has none."""
    text = expression[2:-2].strip()
    known = {name: null() if value is None else value for name, value in bindings.items()}
    known |= chance_functions(randomness)
    result = _evaluated(text, text, known)
    if result is None and "value" not in _evaluated(f'{{"value": ({text})}}', text, known):  # null, or nothing?
        raise StatesError(QUERY_EVALUATION, f"The JSONata expression '{text}' returned nothing (undefined)")
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


def _evaluated(text: str, shown: str, known: Mapping[str, Any]) -> Any:
    parsed = _parsed(text)
    try:
        frame = parsed.create_frame()
        frame.set_runtime_bounds(_MOST_MILLISECONDS, _DEEPEST)
        for name, value in known.items():
            frame.bind(name, value)
        return parsed.evaluate(None, frame)
    except Exception as error:  # the library raises errors of many types
        raise StatesError(QUERY_EVALUATION, f"The JSONata expression '{shown}' failed: {error}") from error


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Any:
    jsonata = library("jsonata")
    if len(text) > bounds.EXPRESSION_CHARACTERS:
        message = f"a JSONata expression has at most {bounds.EXPRESSION_CHARACTERS:,} characters, not {len(text):,}"
        raise StatesError(QUERY_EVALUATION, message)
    try:
        parsed = jsonata.Jsonata(f"{text}\n", _regex)  # behind a comment, the library reads one sign more
    except Exception as error:
        raise StatesError(QUERY_EVALUATION, f"'{text}' is no JSONata: {error}") from error
    for name, function in fixed_functions().items():
        parsed.environment.bind(name, function)
    return parsed


def _regex(pattern: str, flags: Any) -> Any:
    """A regular expression as the library wants it."""
    return regex(pattern, ignore_case=flags.case_insensitive, multiline=flags.multiline)
