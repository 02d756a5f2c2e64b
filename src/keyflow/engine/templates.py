"""Payload templates of the JSONPath language: `.$` on a key says that its value is a path or an intrinsic function."""

from __future__ import annotations

from keyflow.asl import JSON
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.intrinsics import Randomness, evaluate
from keyflow.engine.paths import Frame, parsed


def expression(text: str, frame: Frame, randomness: Randomness) -> JSON:
    """The value of a path or an intrinsic function."""
    if text.startswith("States."):
        return evaluate(text, frame, randomness)
    return parsed(text).find(frame)


def filled(template: JSON, frame: Frame, randomness: Randomness) -> JSON:
    """The template with its expressions replaced by what they lead to."""
    if isinstance(template, dict):
        return dict(_entry(key, value, frame, randomness) for key, value in template.items())
    if isinstance(template, list):
        return [filled(element, frame, randomness) for element in template]
    return template


def _entry(key: str, value: JSON, frame: Frame, randomness: Randomness) -> tuple[str, JSON]:
    if not key.endswith(".$"):
        return key, filled(value, frame, randomness)
    if not isinstance(value, str):
        raise StatesError(RUNTIME, f"The value of the field '{key}' must be a path or an intrinsic function")
    if value.startswith("States."):
        return key[:-2], evaluate(value, frame, randomness)
    return key[:-2], parsed(value).value(frame)
