"""The functions that Step Functions adds to JSONata: what they make of arguments that are missing, odd, or too many.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from keyflow import json_values
from keyflow.engine.intrinsics import Randomness, digest
from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation.operators import LONGEST_RANGE
from keyflow.jsonata_language.library import LIBRARY
from keyflow.jsonata_language.values import NOTHING, Array, Items

_LARGEST_WHOLE = 2**63 - 1


@lru_cache(maxsize=1)
def functions(randomness: Randomness) -> Mapping[str, Any]:
    """All functions by their names, those of JSONata with them."""
    return {
        **LIBRARY,
        **_FIXED,
        "random": Native(_random(randomness), 1),
        "uuid": Native(_uuid(randomness), 0),
        "shuffle": Native(_shuffle(randomness), 1, "<a:a>"),
    }


def _arguments(name: str, given: Sequence[Any], fewest: int, most: int) -> list[Any]:
    """The arguments, with `NOTHING` for those that are left out."""
    if not fewest <= len(given) <= most:
        raise JsonataError("T0410", token=name, index=min(len(given), most) + 1)
    return [*given, *[NOTHING] * (most - len(given))]


def _must_be(name: str, value: Any, kind: type | tuple[type, ...], index: int) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise JsonataError("T0410", token=name, index=index)


def _parse(*given: Any) -> Any:
    (text,) = _arguments("parse", given, 0, 1)
    if text is NOTHING:
        return NOTHING
    _must_be("parse", text, str, 1)
    try:
        return json.loads(
            text, object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=_number
        )
    except (ValueError, RecursionError):
        raise JsonataError("D3137", "Invalid JSON") from None


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


def _partition(*given: Any) -> Any:
    values, size = _arguments("partition", given, 1, 2)
    if values is None:
        raise JsonataError("T0412", "argument 1 of $partition must be an array")
    if values is NOTHING:
        return NOTHING
    found = values if isinstance(values, list) else [values]
    if size is NOTHING:
        return Array([Array(found)])
    _must_be("partition", size, (int, float), 2)
    length = math.trunc(size)
    if length < 0:
        raise JsonataError("D3137", "Second argument must be zero or greater")
    if not length or not found:
        return NOTHING
    return Array(Array(found[start : start + length]) for start in range(0, len(found), length))


def _range(*given: Any) -> Any:
    start, end, step = _arguments("range", given, 2, 3)
    for index, bound in enumerate((start, end, step), 1):
        if bound is NOTHING:
            return NOTHING
        _must_be("range", bound, (int, float), index)
    first, last, by = (math.trunc(each) for each in (start, end, step))
    if not by:
        return NOTHING
    numbers = range(first, last + (1 if by > 0 else -1), by)
    if len(numbers) > LONGEST_RANGE:
        raise JsonataError("U1003")
    return Items(numbers)


def _hash(*given: Any) -> Any:
    text, algorithm = _arguments("hash", given, 1, 2)
    if text is NOTHING or algorithm is NOTHING:
        return NOTHING
    _must_be("hash", text, str, 1)
    _must_be("hash", algorithm, str, 2)
    try:
        return digest(text, algorithm)
    except KeyError:
        raise JsonataError("D3137", f"{algorithm!r} is no algorithm of $hash") from None


def _random(randomness: Randomness) -> Callable[..., float]:
    def random(*given: Any) -> float:
        (seed,) = _arguments("random", given, 0, 1)
        if seed is NOTHING:
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


def _shuffle(randomness: Randomness) -> Callable[[Any], Any]:
    def shuffle(values: Any) -> Any:
        if values is NOTHING:
            return NOTHING
        shuffled = Array(values)
        for place in range(len(shuffled) - 1, 0, -1):
            other = randomness.integer(0, place + 1)
            shuffled[place], shuffled[other] = shuffled[other], shuffled[place]
        return shuffled

    return shuffle


_FIXED: Mapping[str, Native] = {
    "parse": Native(_parse, 1),
    "partition": Native(_partition, 2),
    "range": Native(_range, 3),
    "hash": Native(_hash, 2),
}
"""The functions that do the same in every execution, by their names."""
