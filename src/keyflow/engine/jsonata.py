"""JSONata expressions of an execution, evaluated by `jsonata-python`, which is imported when one is met."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from keyflow.asl import JSON
from keyflow.engine.errors import QUERY_EVALUATION, StatesError
from keyflow.engine.intrinsics import Randomness, apply
from keyflow.libraries import library


def is_expression(value: JSON) -> bool:
    """Whether a text is an expression: it stands between {% and %}."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def filled(template: JSON, bindings: Mapping[str, JSON]) -> JSON:
    """The template with its expressions replaced by their values; `bindings` are `states` and the variables."""
    if isinstance(template, dict):
        return {key: filled(value, bindings) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(element, bindings) for element in template]
    return evaluate(template, bindings) if is_expression(template) else template


def evaluate(expression: str, bindings: Mapping[str, JSON]) -> JSON:
    """The value of an expression; raises `StatesError` where it has none."""
    text = expression[2:-2].strip()
    result = _evaluated(text, text, bindings)
    if result is None and "value" not in _evaluated(f'{{"value": ({text})}}', text, bindings):  # null, or nothing?
        raise StatesError(QUERY_EVALUATION, f"The JSONata expression '{text}' returned nothing (undefined)")
    return result


def _evaluated(text: str, shown: str, bindings: Mapping[str, JSON]) -> Any:
    parsed = _parsed(text)
    try:
        frame = parsed.create_frame()
        for name, value in (*_functions().items(), *bindings.items()):
            frame.bind(name, value)
        return parsed.evaluate(None, frame)
    except Exception as error:  # the library raises errors of many types
        raise StatesError(QUERY_EVALUATION, f"The JSONata expression '{shown}' failed: {error}") from error


@cache
def _functions() -> Mapping[str, Any]:
    """What Step Functions adds to JSONata.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
    """
    function = library("jsonata").Jsonata.JLambda
    chance = Randomness(0)

    def intrinsic(name: str) -> Any:
        return function(lambda *arguments: apply(name, list(arguments), chance))

    return {
        "partition": intrinsic("States.ArrayPartition"),
        "range": intrinsic("States.ArrayRange"),
        "hash": intrinsic("States.Hash"),
        "uuid": intrinsic("States.UUID"),
        "parse": intrinsic("States.StringToJson"),
        "random": function(lambda seed=None: (chance if seed is None else Randomness(hash(seed))).fraction()),
    }


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Any:
    jsonata = library("jsonata")
    try:
        return jsonata.Jsonata(text)
    except Exception as error:
        raise StatesError(QUERY_EVALUATION, f"'{text}' is no JSONata: {error}") from error
