"""The values of JSONata expressions, as JSON: what cannot be said in it is an error, or a text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite, isnan
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.engine.jsonata import NoValue, States, Surroundings
from keyflow.engine.jsonata_functions import functions
from keyflow.engine.patterns import NoRegex, regex
from keyflow.engine.payload import bounded
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.expression import Expression
from keyflow.jsonata_language.values import NOTHING, Function, Object


def evaluated(text: str, around: Surroundings, states: States) -> JSON:
    """The value of an expression; raises `NoValue` where it has none."""
    names = {**around.variables, "states": {"input": around.data, "context": around.context, **states}}
    try:
        value = _read(text).evaluate(
            NOTHING, names, matches=_matches, now=lambda: _now(around.context), functions=functions(around.randomness)
        )
    except (JsonataError, NoRegex) as error:
        raise NoValue(f"threw an error during evaluation. {error}") from error
    if value is NOTHING:
        raise NoValue("returned nothing (undefined).")
    try:
        return bounded(_plain(value, {}))
    except RecursionError:
        raise NoValue("threw an error during evaluation. Its value is nested too deep") from None


@lru_cache(maxsize=2048)
def _read(text: str) -> Expression:
    if len(text) > bounds.EXPRESSION_CHARACTERS:
        raise NoValue(f"has more than {bounds.EXPRESSION_CHARACTERS:,} characters: {len(text):,}")
    try:
        return Expression(text)
    except JsonataError as error:
        raise NoValue(f"is no JSONata: {error}") from error


def _matches(pattern: str, ignores_case: bool, is_multiline: bool) -> Any:
    return regex(pattern, ignore_case=ignores_case, multiline=is_multiline)


def _now(context: Mapping[str, Any]) -> int:
    """The milliseconds of the moment at which the state was entered, or else the execution began."""
    entered = context.get("State", {}).get("EnteredTime") or context["Execution"]["StartTime"]
    return int(datetime.fromisoformat(entered).timestamp() * 1000)


def _plain(value: Any, known: dict[int, JSON]) -> JSON:
    """A value as JSON alone, without what the language remembers of its arrays; parts that are shared stay shared.

    What an expression was given is plain, and goes on as it is. A number that JSON has not is a text, as people report
    of Step Functions, whose language is Java: `"Infinity"`.
    """
    kind = type(value)
    if kind is str or kind is dict or kind is int or kind is list or kind is bool or value is None:
        return value
    if kind is float:
        return _plain_number(value)
    if value is NOTHING:
        return None
    if isinstance(value, Function):
        raise NoValue("returned a function, which is no JSON.")
    found = known.get(id(value))
    if found is None:
        if kind is Object:
            found = known[id(value)] = {}
            for key, member in value.items():
                found[key] = _plain(member, known)
        else:
            found = known[id(value)] = []
            for element in value:
                found.append(_plain(element, known))
    return found


def _plain_number(value: float) -> JSON:
    if not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value or 0  # JSON of JavaScript has no -0
