"""Functions of objects.

Source: https://docs.jsonata.org/object-functions
"""

from __future__ import annotations

from typing import Any

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.texts import rounded_to_digits
from keyflow.jsonata_language.values import (
    NOTHING,
    Array,
    Function,
    Items,
    Object,
    is_number,
    member,
    members,
    number,
    opened,
)


def _keys(value: Any) -> Items:
    return Items(key for key, _value in members(dict.fromkeys(_names(value))))


def _names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for each in value for name in _keys(each)]
    return list(value) if isinstance(value, dict) else []


def _spread(value: Any) -> Any:
    """An object for each member; an array gives those of all its elements."""
    if isinstance(value, dict):
        return Items(Object({key: each}) for key, each in members(value))
    if not isinstance(value, list):
        return value
    found = Array()
    for each in map(_spread, value):
        if isinstance(each, list):
            found += each
        elif each is not NOTHING:
            found.append(each)
    return found if value else Items()


def _merge(objects: Any) -> Any:
    if objects is NOTHING:
        return NOTHING
    merged = Object()
    for each in objects:
        merged.update(each)
    return merged


def clone(value: Any) -> Any:
    """A copy, whose numbers have 15 digits."""
    value = opened(value)
    if isinstance(value, list):
        return Array(None if each is NOTHING else clone(each) for each in value)
    if isinstance(value, dict):
        return Object((key, clone(each)) for key, each in value.items() if each is not NOTHING)
    if isinstance(value, Function):
        return ""
    if type(value) is not int and type(value) is not float:
        return value
    return number(rounded_to_digits(value)) if is_number(value) else None


FUNCTIONS = {
    "keys": Native(_keys, 1, "<x-:a<s>>"),
    "lookup": Native(member, 2, "<x-s:x>"),
    "spread": Native(_spread, 1, "<x-:a<o>>"),
    "merge": Native(_merge, 1, "<a<o>:o>"),
    "clone": Native(clone, 1, "<(oa)-:o>"),
}
