"""JSONPath over an execution's data: paths that lead to a place, and those that select many.

The first kind, which is nearly all that definitions have, is evaluated here; for the second `python-jsonpath` is
imported when one is met.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.engine.errors import RESULT_PATH_MATCH, RUNTIME, StatesError
from keyflow.libraries import library

_STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]'\"*?@(),:$]+)"
    r"|\.?\[(?:(?P<index>\d{1,9})|'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\")\]"
)
_ROOT = re.compile(r"\$\$|\$(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|\$")
_DOT_BEFORE_BRACKET = re.compile(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?<!\.)\.(?=\[)")
"""Step Functions takes `$.[*].['a']` for `$[*]['a']`; what stands in quotes is left alone."""
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Frame:
    """What paths can lead into: the state's data, the context object, and the variables."""

    data: JSON
    context: Mapping[str, Any]
    variables: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that has been read. `steps` is None for one that selects many."""

    text: str
    root: str
    steps: tuple[str | int, ...] | None
    selector: str

    def find(self, frame: Frame) -> JSON:
        """What lies at the path; raises `StatesError` where nothing does."""
        found = self.find_or(frame, _MISSING)
        if found is _MISSING:
            raise StatesError(RUNTIME, f"The JSONPath '{self.text}' could not be found in the input")
        return found

    def value(self, frame: Frame) -> JSON:
        """What a payload template takes: what lies at the path, and null just behind the end of an array.

        Raises `StatesError` where nothing lies there.
        """
        last = self.steps[-1] if self.steps else None
        if isinstance(last, int):
            holder = replace(self, steps=(self.steps or ())[:-1]).find_or(frame, None)
            if isinstance(holder, list) and last >= len(holder):
                return None
        return self.find(frame)

    def exists(self, frame: Frame) -> bool:
        """Whether anything lies at the path."""
        found = self.find_or(frame, _MISSING)
        return found is not _MISSING and (self.steps is not None or found != [])

    def find_or(self, frame: Frame, default: JSON) -> JSON:
        """What lies at the path, else `default`."""
        value: Any = self._root(frame)
        if value is _MISSING:
            return default
        if self.steps is None:
            return _select(self.selector, value)
        for step in self.steps:
            if isinstance(step, str):
                if not isinstance(value, dict) or step not in value:
                    return default
                value = value[step]
            elif isinstance(value, list) and step < len(value):
                value = value[step]
            else:
                return default
        return value

    def _root(self, frame: Frame) -> JSON:
        if self.root == "$":
            return frame.data
        if self.root == "$$":
            return frame.context
        return frame.variables.get(self.root[1:], _MISSING)


@lru_cache(maxsize=4096)
def parsed(text: str) -> JsonPath:
    """The path that a text writes, blanks behind it left out; raises `StatesError` where it is none."""
    text = text.rstrip()
    match = _ROOT.match(text)
    if match is None:
        raise StatesError(RUNTIME, f"'{text}' is no JSONPath")
    position = match.end()
    steps: list[str | int] = []
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return JsonPath(text, match[0], None, f"${text[match.end() :]}")
        if step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            name = next(part for part in (step["name"], step["single"], step["double"]) if part is not None)
            steps.append(re.sub(r"\\(.)", r"\1", name) if step["name"] is None else name)
        position = step.end()
    return JsonPath(text, match[0], tuple(steps), "$")


def _select(selector: str, value: JSON) -> JSON:
    found: JSON = _query(selector).findall(value)
    return found


@lru_cache(maxsize=1024)
def _query(selector: str) -> Any:
    from keyflow.engine.filters import environment

    if len(selector) > bounds.EXPRESSION_CHARACTERS:
        raise StatesError(RUNTIME, f"a path has at most {bounds.EXPRESSION_CHARACTERS:,} characters")
    jsonpath = library("jsonpath")
    try:
        return environment().compile(_DOT_BEFORE_BRACKET.sub(lambda match: match[1] or "", selector))
    except (jsonpath.JSONPathError, ValueError, RecursionError) as error:
        raise StatesError(RUNTIME, f"'{selector}' is no JSONPath: {error}") from error


def placed(data: JSON, path: str, value: JSON) -> JSON:
    """The data with a value at a reference path; objects on the way are made where there are none."""
    found = parsed(path)
    if found.root != "$" or found.steps is None:
        raise StatesError(RUNTIME, f"'{path}' is no reference path")
    return _placed(data, found.steps, value, path)


def _placed(data: JSON, steps: tuple[str | int, ...], value: JSON, path: str) -> JSON:
    if not steps:
        return value
    first, *rest = steps
    if isinstance(first, int):
        if not isinstance(data, list) or first >= len(data):
            raise StatesError(RESULT_PATH_MATCH, f"Unable to apply ResultPath '{path}' to the input")
        return [*data[:first], _placed(data[first], tuple(rest), value, path), *data[first + 1 :]]
    if not isinstance(data, dict):
        raise StatesError(RESULT_PATH_MATCH, f"Unable to apply ResultPath '{path}' to the input")
    inner = data.get(first, {}) if rest else None
    return {**data, first: _placed(inner, tuple(rest), value, path)}
