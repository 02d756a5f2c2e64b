"""The functions that Step Functions adds to JSONata: what they make of arguments that are missing, odd, or too many.

None is a value that is not there, as the library has it; null is a value of its own.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from keyflow import json_values
from keyflow.engine.intrinsics import Randomness, digest
from keyflow.libraries import library

_LONGEST_RANGE = 360_145
"""Elements; one more is refused for its memory."""
_LARGEST_WHOLE = 2**63 - 1


@cache
def fixed_functions() -> Mapping[str, Any]:
    """The functions by their names that do the same in every execution; `$eval` is none."""
    function = library("jsonata").Jsonata.JLambda
    return {"eval": None, **{each.__name__[1:]: function(each) for each in (_parse, _partition, _range, _hash)}}


@lru_cache(maxsize=1)
def chance_functions(randomness: Randomness) -> Mapping[str, Any]:
    """Those that depend on an execution's chance."""
    function = library("jsonata").Jsonata.JLambda
    return {"random": function(_random(randomness)), "uuid": function(_uuid(randomness))}


def null() -> Any:
    """The library's null."""
    return library("jsonata.utils").Utils.NULL_VALUE


def _arguments(name: str, given: Sequence[Any], fewest: int, most: int) -> list[Any]:
    """The arguments, with None for those that are left out."""
    if not fewest <= len(given) <= most:
        raise ValueError(
            f'T0410: Argument {min(len(given), most) + 1} of function "{name}" does not match its signature'
        )
    return [*given, *[None] * (most - len(given))]


def _must_be(name: str, value: Any, kind: type | tuple[type, ...], index: int) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f'T0410: Argument {index} of function "{name}" does not match its signature')


def _parse(*given: Any) -> Any:
    (text,) = _arguments("parse", given, 0, 1)
    if text is None:
        return None
    _must_be("parse", text, str, 1)
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=_number
        )
    except (ValueError, RecursionError):
        raise ValueError("D3137: Invalid JSON") from None
    return null() if value is None else value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key stands twice")
    return members


def _number(text: str) -> int | float:
    """Whole numbers as such, up to 64 bits."""
    if text.lstrip("-").isdigit() and abs(int(text)) <= _LARGEST_WHOLE:
        return int(text)
    value = json_values.number(text)
    return int(value) if value.is_integer() and abs(value) <= _LARGEST_WHOLE else value


def _partition(*given: Any) -> list[Any] | None:
    values, size = _arguments("partition", given, 1, 2)
    if values is null():
        raise ValueError('T0412: Argument 1 of function "partition" must be an array')
    if values is None:
        return None
    found = values if isinstance(values, list) else [values]
    if size is None:
        return [list(found)]
    _must_be("partition", size, (int, float), 2)
    length = math.trunc(size)
    if length < 0:
        raise ValueError("D3137: Second argument must be zero or greater")
    if not length or not found:
        return None
    return [list(found[start : start + length]) for start in range(0, len(found), length)]


def _range(*given: Any) -> list[int] | int | None:
    """An array, but for a single number, which JSONata does not keep in one."""
    start, end, step = _arguments("range", given, 2, 3)
    for index, bound in enumerate((start, end, step), 1):
        if bound is None:
            return None
        _must_be("range", bound, (int, float), index)
    first, last, by = (math.trunc(each) for each in (start, end, step))
    if not by:
        return None
    numbers = range(first, last + (1 if by > 0 else -1), by)
    if len(numbers) > _LONGEST_RANGE:
        raise ValueError("Expression evaluation memory limit exceeded")
    found = list(numbers)
    return found[0] if len(found) == 1 else found or None


def _hash(*given: Any) -> str | None:
    text, algorithm = _arguments("hash", given, 1, 2)
    if text is None or algorithm is None:
        return None
    _must_be("hash", text, str, 1)
    _must_be("hash", algorithm, str, 2)
    try:
        return digest(text, algorithm)
    except KeyError:
        raise ValueError(f"D3137: {algorithm!r} is no algorithm of $hash") from None


def _random(randomness: Randomness) -> Callable[..., float]:
    def random(*given: Any) -> float:
        (seed,) = _arguments("random", given, 0, 1)
        if seed is None:
            return randomness.fraction()
        _must_be("random", seed, (int, float), 1)
        return _seeded(math.trunc(seed))

    return random


def _seeded(seed: int) -> float:
    """The first fraction that Java's generator draws for a seed, which is Step Functions'.

    Source: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html
    """
    first = _drawn((seed ^ 0x5DEECE66D) & _48_BITS)
    second = _drawn(first)
    return ((first >> 22 << 27) + (second >> 21)) / (1 << 53)


_48_BITS = (1 << 48) - 1


def _drawn(state: int) -> int:
    return (state * 0x5DEECE66D + 0xB) & _48_BITS


def _uuid(randomness: Randomness) -> Callable[..., str]:
    def uuid(*given: Any) -> str:
        _arguments("uuid", given, 0, 0)
        return randomness.uuid()

    return uuid
