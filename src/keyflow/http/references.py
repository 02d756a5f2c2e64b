"""References to what a deployment makes, in two spellings: concrete values, or CloudFormation's `Fn::Sub`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


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
