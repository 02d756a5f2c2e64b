"""JSONPath over an execution's data: paths that lead to a place, and those that select many.

The first kind, which is nearly all that definitions have, is evaluated here, and what selects by names alone in
`keyflow.engine.selections`; for the rest `python-jsonpath` is imported when it is met.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Protocol

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine.errors import RESULT_PATH_MATCH, RUNTIME, FieldError, StatesError
from keyflow.engine.payload import measure
from keyflow.engine.selections import selecting
from keyflow.lazy import lazy_pattern
from keyflow.libraries import library

_STEP = lazy_pattern(
    r"\.(?P<name>[^\s.\[\]'\"*?@(),:$]+)"
    r"|\.?\[(?:(?P<index>\d{1,9})|'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\")\]"
)
_ROOT = lazy_pattern(r"\$\$|\$(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|\$")
_DOT_BEFORE_BRACKET = lazy_pattern(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?<!\.)\.(?=\[)")
"""Step Functions takes `$.[*].['a']` for `$[*]['a']`; what stands in quotes is left alone."""
_MISSING: Any = object()


class Surroundings(Protocol):
    """What paths can lead into beside the data: the context object, and the variables."""

    @property
    def context(self) -> Mapping[str, Any]:
        """The context object."""

    @property
    def variables(self) -> Mapping[str, JSON]:
        """The variables by their names."""


Find = Callable[[JSON, Any], JSON]
"""What a path leads to: is given the data at its root, and the `Surroundings`."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that has been read. `steps` is None for one that selects many."""

    text: str
    root: str
    steps: tuple[str | int, ...] | None
    selector: str


@lru_cache(maxsize=4096)
def parsed(text: str) -> JsonPath:
    """The path that a text writes, blanks behind it left out; raises `StatesError` where it is none."""
    text = text.rstrip()
    match = _ROOT.match(text)
    if match is None:
        raise FieldError(RUNTIME, f"'{text}' is no JSONPath")
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


# Paths as functions. They are made once; a text that is no path makes one that raises.


NOT_FOUND = "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
NO_RESULTS = "Invalid path '{path}' : No results for path: {steps}"
"""What Step Functions says of a path that leads nowhere: in templates and most fields, and in a few others."""


@lru_cache(maxsize=4096)
def finding(text: str, field: str, says: str = NOT_FOUND) -> Find:
    """What lies at the path; raises `FieldError` where nothing does.

    Args:
        text: The path.
        field: The field that it stands in, as AWS names it.
        says: The cause where nothing lies there, with places for the path, its steps, the field and the input.
    """
    try:
        path = parsed(text)
    except StatesError as error:
        return raising(error)
    missing = partial(_missing, says, path, field)
    if path.root == "$" and path.steps is not None and not any(isinstance(step, int) for step in path.steps):
        return _finding_by_names(path.steps, missing)
    look = _looking(path)

    def find(data: JSON, around: Surroundings) -> JSON:
        found = look(data, around)
        if found is _MISSING:
            raise missing(data)
        return found

    return find


def _missing(says: str, path: JsonPath, field: str, data: JSON) -> FieldError:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in path.steps or ())
    return FieldError(RUNTIME, says.format(path=path.text, field=field, input=written(data), steps=f"${steps}"))


def written(data: JSON) -> str:
    """Data as causes show it: at most as long as Step Functions takes a cause."""
    size, _depth, _looked_at = measure(data) if isinstance(data, dict | list) else (0, 0, 0)
    if size > _CAUSE_CHARACTERS:
        return "..."
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


_CAUSE_CHARACTERS = 32_768
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html"""


def _finding_by_names(names: Sequence[Any], missing: Callable[[JSON], FieldError]) -> Find:
    """As `finding`, for what nearly all paths are: names from the data on."""

    def find(data: Any, _around: Surroundings) -> JSON:
        found = data
        try:
            for name in names:
                found = found[name]
        except (KeyError, TypeError):  # nothing is there, or what is there has no members
            raise missing(data) from None
        return found

    return find


@lru_cache(maxsize=4096)
def filling(text: str, field: str) -> Find:
    """What a payload template takes: what lies at the path, and null just behind the end of an array."""
    find = finding(text, field)
    try:
        path = parsed(text)
    except StatesError:
        return find
    last = path.steps[-1] if path.steps else None
    if not isinstance(last, int):
        return find
    index, look = last, _looking(replace(path, steps=(path.steps or ())[:-1]))

    def fill(data: JSON, around: Surroundings) -> JSON:
        holder = look(data, around)
        return None if isinstance(holder, list) and index >= len(holder) else find(data, around)

    return fill


@lru_cache(maxsize=4096)
def asking(text: str) -> Callable[[JSON, Any], bool]:
    """Whether anything lies at the path."""
    try:
        path = parsed(text)
    except StatesError as error:
        return raising(error)
    look, selects = _looking(path), path.steps is None

    def exists(data: JSON, around: Surroundings) -> bool:
        found = look(data, around)
        return found is not _MISSING and not (selects and found == [])

    return exists


def raising(error: StatesError) -> Callable[..., Any]:
    """A function that raises the error, each time anew."""
    kind, name, cause = type(error), error.error, error.cause

    def fail(*_given: Any) -> Any:
        raise kind(name, cause)

    return fail


def _looking(path: JsonPath) -> Find:
    """What lies at the path, or `_MISSING`."""
    if path.root == "$$":
        walk = _walking(path)
        return lambda _data, around: walk(around.context)
    if path.root != "$":
        walk, name = _walking(path), path.root[1:]
        return lambda _data, around: walk(around.variables[name]) if name in around.variables else _MISSING
    if path.steps == ():
        return lambda data, _around: data
    walk = _walking(path)
    return lambda data, _around: walk(data)


def _walking(path: JsonPath) -> Callable[[JSON], JSON]:
    """The walk from a path's root to its end."""
    if path.steps is None:
        selector = path.selector
        return selecting(selector) or (lambda value: _select(selector, value))
    steps = path.steps
    if all(isinstance(step, str) for step in steps):
        return _by_names(steps)
    return lambda value: _by_steps(value, steps)


def _by_names(names: Sequence[Any]) -> Callable[[JSON], JSON]:
    """The walk of nearly all paths: from object to object."""

    def walk(value: Any) -> JSON:
        for name in names:
            if type(value) is not dict:
                return _MISSING
            value = value.get(name, _MISSING)
        return value

    return walk


def _by_steps(value: Any, steps: tuple[Any, ...]) -> JSON:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return _MISSING
            value = value[step]
        elif isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


def _select(selector: str, value: JSON) -> JSON:
    try:
        found: JSON = _query(selector).findall(value)
    except library("jsonpath").JSONPathError as error:  # it goes no deeper than 100 levels
        raise FieldError(RUNTIME, f"'{selector}' cannot be evaluated: {error.args[0]}") from error
    return found


@lru_cache(maxsize=1024)
def _query(selector: str) -> Any:
    from keyflow.engine.filters import environment

    if len(selector) > bounds.EXPRESSION_CHARACTERS:
        raise FieldError(RUNTIME, f"a path has at most {bounds.EXPRESSION_CHARACTERS:,} characters")
    jsonpath = library("jsonpath")
    try:
        return environment().compile(_DOT_BEFORE_BRACKET.sub(lambda match: match[1] or "", selector))
    except (jsonpath.JSONPathError, ValueError, RecursionError) as error:
        raise FieldError(RUNTIME, f"'{selector}' is no JSONPath: {error}") from error


def placing(text: str) -> Callable[[JSON, JSON], JSON]:
    """The data with a value at a reference path; objects on the way are made where there are none."""
    try:
        path = parsed(text)
    except StatesError as error:
        return raising(error)
    if path.root != "$" or path.steps is None:
        return raising(FieldError(RUNTIME, f"'{text}' is no reference path"))
    steps = path.steps
    return lambda data, value: _placed(data, steps, value, text)


def _placed(data: JSON, steps: tuple[str | int, ...], value: JSON, path: str) -> JSON:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        if not isinstance(data, list) or first >= len(data):
            raise FieldError(RESULT_PATH_MATCH, f"Unable to apply ResultPath '{path}' to the input")
        return [*data[:first], _placed(data[first], rest, value, path), *data[first + 1 :]]
    if not isinstance(data, dict):
        raise FieldError(RESULT_PATH_MATCH, f"Unable to apply ResultPath '{path}' to the input")
    inner = data.get(first, {}) if rest else None
    return {**data, first: _placed(inner, rest, value, path)}
