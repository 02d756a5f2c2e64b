"""The intrinsic functions of Step Functions, as Python functions over values.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from typing import Any

from keyflow.diagnostics import calling_location, definition_error
from keyflow.dsl.values import Intrinsic
from keyflow.lazy import lazy_pattern

_OTHER_PLACES = lazy_pattern(r"\{[A-Za-z0-9_]*(?:![rsa])?(?::[^{}]*)?\}(?<!\{\})")
"""What Python's own templates have for places beside `{}`."""


def _call(name: str, kind: str | None, *arguments: Any) -> Intrinsic:
    return Intrinsic(f"States.{name}", arguments, calling_location(), kind)


def format(template: str, *values: Any) -> Intrinsic:  # noqa: A001  the field's name for it
    """The template with each `{}` replaced by the next value.

    Raises:
        DefinitionError: KF216, the template has more or fewer `{}` than there are values.
    """
    places = template.count("{}")
    if places != len(values):
        others = _OTHER_PLACES.findall(template)
        hint = f"write {{}} in place of {others[0]}: Step Functions knows no other" if others else None
        raise definition_error("KF216", f"format: {template!r} has {places} places for {len(values)} values", hint=hint)
    return _call("Format", "string", template, *values)


def array(*values: Any) -> Intrinsic:
    """An array of the values."""
    return _call("Array", "array", *values)


def array_partition(values: Any, size: int) -> Intrinsic:
    """The array cut into arrays of at most `size` elements."""
    return _call("ArrayPartition", "array", values, size)


def array_contains(values: Any, element: Any) -> Intrinsic:
    """Whether the array has the element."""
    return _call("ArrayContains", "boolean", values, element)


def array_range(first: Any, last: Any, step: Any) -> Intrinsic:
    """The numbers from first to last, both included; at most 1000."""
    return _call("ArrayRange", "array", first, last, step)


def array_get_item(values: Any, index: Any) -> Intrinsic:
    """The element at the index, from 0."""
    return _call("ArrayGetItem", None, values, index)


def array_length(values: Any) -> Intrinsic:
    """How many elements the array has."""
    return _call("ArrayLength", "number", values)


def array_unique(values: Any) -> Intrinsic:
    """The array without repetitions."""
    return _call("ArrayUnique", "array", values)


def base64_encode(text: Any) -> Intrinsic:
    """The text in base64; at most 10,000 characters."""
    return _call("Base64Encode", "string", text)


def base64_decode(text: Any) -> Intrinsic:
    """The text that the base64 stands for; at most 10,000 characters."""
    return _call("Base64Decode", "string", text)


def hash(value: Any, algorithm: str = "SHA-256") -> Intrinsic:  # noqa: A001  the field's name for it
    """The hexadecimal hash of the value; MD5, SHA-1, SHA-256, SHA-384 or SHA-512."""
    return _call("Hash", "string", value, algorithm)


def json_merge(first: Any, second: Any) -> Intrinsic:
    """Both objects in one, the second's members winning; Step Functions merges at the first level only."""
    return _call("JsonMerge", "object", first, second, False)


def json_to_string(value: Any) -> Intrinsic:
    """The value as JSON text."""
    return _call("JsonToString", "string", value)


def string_to_json(text: Any) -> Intrinsic:
    """The value that the JSON text stands for."""
    return _call("StringToJson", None, text)


def math_random(first: Any, last: Any) -> Intrinsic:
    """A random whole number from first (included) to last (excluded)."""
    return _call("MathRandom", "number", first, last)


def math_add(first: Any, second: Any) -> Intrinsic:
    """The sum of two whole numbers."""
    return _call("MathAdd", "number", first, second)


def string_split(text: Any, separator: str) -> Intrinsic:
    """The text cut at every character of the separator."""
    return _call("StringSplit", "array", text, separator)


def uuid() -> Intrinsic:
    """A new random UUID (version 4)."""
    return _call("UUID", "string")
