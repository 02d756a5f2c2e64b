"""Functions of any value: whether it is there, whether it is true, of which type it is, and what fails without it.

Source: https://docs.jsonata.org/boolean-functions, https://docs.jsonata.org/object-functions#error
"""

from __future__ import annotations

from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.comparison import is_true
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, is_number, symbol_of


def _boolean(value: Any) -> Any:
    return NOTHING if value is NOTHING else is_true(value)


def _not(value: Any) -> Any:
    return NOTHING if value is NOTHING else not is_true(value)


_TYPES = {"s": "string", "b": "boolean", "l": "null", "o": "object", "a": "array", "f": "function"}


def _type(value: Any) -> Any:
    if value is NOTHING:
        return NOTHING
    symbol = symbol_of(value)
    if symbol == "n":
        return "number" if is_number(value) else "object"
    return _TYPES[symbol]


def _error(message: Any) -> Any:
    raise JsonataError("D3137", message or "$error() was called")


def _assert(condition: Any, message: Any) -> Any:
    if condition is NOTHING or not condition:
        raise JsonataError("D3141", message or "what $assert() was given is not true")
    return NOTHING


FUNCTIONS = {
    "boolean": Native(_boolean, 1, "<x-:b>"),
    "not": Native(_not, 1, "<x-:b>"),
    "exists": Native(lambda value: value is not NOTHING, 1, "<x:b>"),
    "type": Native(_type, 1, "<x:s>"),
    "error": Native(_error, 1, "<s?:x>"),
    "assert": Native(_assert, 2, "<bs?:x>"),
}
