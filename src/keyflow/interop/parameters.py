"""The types of the parameters that stand without quotes in a definition, by the fields in which they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keyflow.asl import JSON
from keyflow.json_values import Unquoted
from keyflow.placeholders import PARAMETER

_FRACTIONS = ("BackoffRate", "ToleratedFailurePercentage")
_COUNTS = ("Seconds", "Attempts", "Concurrency", "Count", "MaxItems", "MaxItemsPerBatch", "MaxInputBytesPerBatch")


def types_of(document: JSON) -> Mapping[str, type]:
    """The type of each parameter that stands without quotes; `object`, any JSON, where no field says more."""
    found: dict[str, set[type]] = {}
    for name, kind in _uses(document, ""):
        found.setdefault(name, set()).add(kind)
    return {name: _one(types) for name, types in found.items()}


def _one(types: set[type]) -> type:
    """The type that fits every place: a whole number is a number, and a place for any JSON takes either."""
    wanted = types - {object}
    if wanted == {int, float}:
        return int
    return wanted.pop() if len(wanted) == 1 else object


def _uses(value: JSON, key: str) -> Iterator[tuple[str, type]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _uses(inner, name)
        case list():
            for each in value:
                yield from _uses(each, "")
        case Unquoted():
            named = PARAMETER.fullmatch(value)
            if named is not None:
                yield named[1], _type_in(key)


def _type_in(key: str) -> type:
    if key in _FRACTIONS or key.startswith("Numeric"):
        return float
    if key.startswith(("Boolean", "Is")):
        return bool
    return int if key.endswith(_COUNTS) else object
