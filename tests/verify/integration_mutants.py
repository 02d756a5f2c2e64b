"""Every way to break one line, one setting or one response of an integration."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

Json = Any
Place = tuple[Any, ...]


def mutants(integration: Json) -> Iterator[tuple[str, Json]]:
    """Each mutant with what is changed in it."""
    for place, value in _entries(integration):
        name = "/".join(map(str, place))
        yield f"{name} removed", _without(integration, place)
        if isinstance(value, bool | int):
            yield f"{name} larger", _with(integration, place, value + 1000)
        elif isinstance(value, str) and "Templates" in name:
            yield from ((f"{name}: {what}", _with(integration, place, text)) for what, text in _texts(value))
        elif isinstance(value, str):
            yield f"{name} otherwise", _with(integration, place, _otherwise(value))


def _entries(tree: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (*place, key), value
            yield from _entries(value, (*place, key))


def _otherwise(value: str) -> str:
    """Another value of the same kind: a status, a header between apostrophes, a name."""
    if value.isdigit():
        return "201" if value != "201" else "200"
    return f"'other{value[1:]}" if value.startswith("'") else f"other{value}"


def _texts(template: str) -> Iterator[tuple[str, str]]:
    """A template without one of its lines, with another number, without one escape, with a comparison turned round."""
    lines = template.split("\n")
    for index, line in enumerate(lines if len(lines) > 1 else ()):
        yield f"line {index} ({line.strip()[:50]}) removed", "\n".join([*lines[:index], *lines[index + 1 :]])
    for match in re.finditer(r"(?<= = )[1-5]\d\d", template):
        yield f"{match[0]} at {match.start()} is 200", f"{template[: match.start()]}200{template[match.end() :]}"
    for match in re.finditer(r"""\.replaceAll\("[^)]*\)""", template):
        yield f"no {match[0]} at {match.start()}", template[: match.start()] + template[match.end() :]
    for match in re.finditer(r"\$util\.(escapeJavaScript|urlDecode)\(", template):
        end = _closing(template, match.end())
        inside = template[match.end() : end]
        yield f"no {match[1]} at {match.start()}", template[: match.start()] + inside + template[end + 1 :]
    for match in re.finditer(r" == ", template):
        yield f"== at {match.start()} turned", f"{template[: match.start()]} != {template[match.end() :]}"
    for match in re.finditer(r'(?<=[ "(])([A-Z][A-Za-z]{4,})(?=")', template):
        yield f"{match[1]} misspelt", f"{template[: match.start()]}X{template[match.start() :]}"


def _closing(text: str, start: int) -> int:
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise ValueError(text)


def _with(integration: Json, place: Place, value: Json) -> Json:
    changed = copy.deepcopy(integration)
    inside = changed
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return changed


def _without(integration: Json, place: Place) -> Json:
    changed = copy.deepcopy(integration)
    inside = changed
    for key in place[:-1]:
        inside = inside[key]
    del inside[place[-1]]
    return changed
