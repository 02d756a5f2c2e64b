"""Functions that call functions, each with as many arguments as it asks for, one at least.

Source: https://docs.jsonata.org/higher-order-functions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.comparison import is_true
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, Items, Object, members

_Call = Callable[..., Any]


def _answers(call: _Call, function: Any, pairs: Iterable[tuple[Any, Any]], whole: Any) -> Iterator[Any]:
    """What a function says of each value: it is given the value, the place or the key, and the whole."""
    asked = 1 if function is NOTHING else max(1, function.arity)
    for place, value in pairs:
        yield call(function, *(value, place, whole)[:asked])


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(members(value)) if isinstance(value, dict) else []


def _there(values: Iterable[Any]) -> Items:
    return Items(each for each in values if each is not NOTHING)


def _map(call: _Call, values: Any, function: Any) -> Any:
    return NOTHING if values is NOTHING else _there(_answers(call, function, enumerate(values), values))


def _filter(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    answers = _answers(call, function, enumerate(values), values)
    return Items(value for value, answer in zip(values, answers, strict=False) if is_true(answer))


def _single(call: _Call, values: Any, function: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    if function is NOTHING:
        matching = iter(values)
    else:
        answers = _answers(call, function, enumerate(values), values)
        matching = (value for value, answer in zip(values, answers, strict=False) if is_true(answer))
    for found in matching:
        for _other in matching:
            raise JsonataError("D3138")
        return found
    raise JsonataError("D3139")


def _reduce(call: _Call, values: Any, function: Any, initial: Any) -> Any:
    if values is NOTHING:
        return NOTHING
    if function.arity < 2:
        raise JsonataError("D3050")
    rest = iter(enumerate(values))
    result = next(rest)[1] if initial is NOTHING and values else initial
    for place, value in rest:
        result = call(function, *(result, value, place, values)[: function.arity])
    return result


def _each(call: _Call, value: Any, function: Any) -> Items:
    return _there(_answers(call, function, _members(value), value))


def _sift(call: _Call, value: Any, function: Any) -> Any:
    found = _members(value)
    answers = _answers(call, function, found, value)
    return Object(pair for pair, answer in zip(found, answers, strict=False) if is_true(answer)) or NOTHING


FUNCTIONS = {
    "map": Native(_map, 2, "<af>", calls=True),
    "filter": Native(_filter, 2, "<af>", calls=True),
    "single": Native(_single, 2, "<af?>", calls=True),
    "reduce": Native(_reduce, 3, "<afj?:j>", calls=True),
    "each": Native(_each, 2, "<o-f:a>", calls=True),
    "sift": Native(_sift, 2, "<o-f?:o>", calls=True),
}
