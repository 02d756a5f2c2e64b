"""Payload templates of the JSONPath language: `.$` on a key says that its value is a path or an intrinsic function.

A template is made a function once: of the data at the root of its paths, and of what is around it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from keyflow.asl import JSON
from keyflow.engine.errors import RUNTIME, FieldError
from keyflow.engine.intrinsics import evaluating
from keyflow.engine.paths import Find, filling, finding, raising


@lru_cache(maxsize=4096)
def expression(text: str, field: str) -> Find:
    """The value of a path or an intrinsic function that a field has."""
    return evaluating(text) if text.startswith("States.") else finding(text, field)


def filled(template: JSON) -> Find:
    """The template with its expressions replaced by what they lead to."""
    if isinstance(template, dict):
        return _object(template)
    if isinstance(template, list):
        elements = [filled(element) for element in template]
        return lambda data, around: [fill(data, around) for fill in elements]
    return lambda _data, _around: template


def _object(template: dict[str, Any]) -> Find:
    """An object's function: what does not change is copied whole, so that nobody can change it for others."""
    fixed: dict[str, JSON] = {}
    changing: dict[str, Find] = {}
    for key, value in template.items():
        computed = key.endswith(".$")
        name = key[:-2] if computed else key
        fixed[name] = None if computed or isinstance(value, dict | list) else value
        changing.pop(name, None)
        if computed or isinstance(value, dict | list):
            changing[name] = _entry(key, value) if computed else filled(value)
    if len(fixed) == len(changing) == 1:  # `{"S.$": "$.id"}`, as items of DynamoDB are full of
        ((only, make),) = changing.items()
        return lambda data, around: {only: make(data, around)}
    if not changing:
        return lambda _data, _around: fixed.copy()
    entries = list(changing.items())

    def fill(data: JSON, around: Any) -> JSON:
        made = fixed.copy()
        for name, compute in entries:
            made[name] = compute(data, around)
        return made

    return fill


def _entry(key: str, value: JSON) -> Find:
    if not isinstance(value, str):
        return raising(FieldError(RUNTIME, f"The value of the field '{key}' must be a path or an intrinsic function"))
    return evaluating(value) if value.startswith("States.") else filling(value, key)
