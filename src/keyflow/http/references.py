"""References to what a deployment makes, in two spellings: concrete values, or CloudFormation's `Fn::Sub`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from keyflow.json_values import leaves, with_leaves
from keyflow.placeholders import PLACEHOLDER


class Substitutable(str):
    """Text with `${...}` placeholders: pseudo parameters, parameters, and `<LogicalId>` or `<LogicalId>.Arn`."""

    __slots__ = ()


def as_template(tree: Any) -> Any:
    """The document for a SAM or CloudFormation template: each `Substitutable` becomes an `Fn::Sub`."""

    def rendered(leaf: Any) -> Any:
        if not isinstance(leaf, Substitutable):
            return leaf
        return {"Fn::Sub": str(leaf)} if PLACEHOLDER.search(leaf) else str(leaf)

    return with_leaves(tree, rendered)


def as_concrete(tree: Any, values: Mapping[str, str]) -> Any:
    """The document with each placeholder replaced; `values` are by the placeholder's name.

    A value that stands in a template's JSON is escaped for it.
    """

    def replaced(leaf: Any) -> Any:
        if not isinstance(leaf, Substitutable):
            return leaf
        is_json = leaf.lstrip().startswith("{")
        return PLACEHOLDER.sub(lambda match: _value(values[match[1]], is_json), leaf)

    return with_leaves(tree, replaced)


def _value(value: str, is_json: bool) -> str:
    """A value for its place; in a template Velocity finds nothing to evaluate in it."""
    if not is_json:
        return value
    return re.sub(r"[$#]", lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False)[1:-1])


def placeholders(tree: Any) -> set[str]:
    """The names of all placeholders in the document."""
    texts = (leaf for leaf in leaves(tree) if isinstance(leaf, Substitutable))
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


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
