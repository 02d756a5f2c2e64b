"""References to what a deployment makes, in two spellings: concrete values, or CloudFormation's `Fn::Sub`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from keyflow.placeholders import PLACEHOLDER


class Substitutable(str):
    """Text with `${...}` placeholders: pseudo parameters, parameters, and `<LogicalId>` or `<LogicalId>.Arn`."""

    __slots__ = ()


def as_template(tree: Any) -> Any:
    """The document for a SAM or CloudFormation template: each `Substitutable` becomes an `Fn::Sub`."""
    return _rendered(tree, lambda text: {"Fn::Sub": str(text)} if PLACEHOLDER.search(text) else str(text))


def as_concrete(tree: Any, values: Mapping[str, str]) -> Any:
    """The document with each placeholder replaced; `values` are by the placeholder's name.

    A value that stands in a template's JSON is escaped for it.
    """

    def replaced(text: str) -> str:
        is_json = text.lstrip().startswith("{")
        return PLACEHOLDER.sub(lambda match: _value(values[match[1]], is_json), text)

    return _rendered(tree, replaced)


def _value(value: str, is_json: bool) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1] if is_json else value


def placeholders(tree: Any) -> set[str]:
    """The names of all placeholders in the document."""
    names: set[str] = set()

    def note(text: str) -> str:
        names.update(PLACEHOLDER.findall(text))
        return text

    _rendered(tree, note)
    return names


def _rendered(tree: Any, render: Callable[[Substitutable], Any]) -> Any:
    match tree:
        case Substitutable():
            return render(tree)
        case Mapping():
            return {key: _rendered(value, render) for key, value in tree.items()}
        case list() | tuple():
            return [_rendered(element, render) for element in tree]
        case _:
            return tree


def without_functions(document: Any) -> Any:
    """A template's document as plain JSON: text for each `Fn::Sub`, with names where a deployment puts in values.

    `{"Fn::Sub": "${Api}/${stage}"}` is `Api/stage`. A value that the function itself has for a name counts.
    """
    match document:
        case {"Fn::Sub": [str(text), dict(values)]}:
            return _named(text, {name: _plain(value) for name, value in values.items()})
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            return _named(text, {})
        case dict():
            return {key: without_functions(value) for key, value in document.items()}
        case list():
            return [without_functions(element) for element in document]
        case _:
            return document


def _named(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[1]), text)


def _plain(value: Any) -> str:
    """A value as text; of a function, what it is about: `{"Ref": "Table"}` is `Table`."""
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)
