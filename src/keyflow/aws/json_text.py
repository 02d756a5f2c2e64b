"""JSON documents where a service wants text: a policy, an event's detail, a queue's attribute."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from keyflow import json_values
from keyflow.aws.models import Shape
from keyflow.aws.runtime_values import RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_NAMES_SOMETHING = lazy_pattern(r"(Arn|ARN|Name|Id|ID|Url|URL|Uri|URI|Token|Email|Region)$")
"""How members end that name one thing: no service takes JSON there."""
_NUMBER = "NumberAttributeValue"
"""DynamoDB's numbers, which are text."""
_SAMPLE = '{"a": ["b c", 1]}'


@dataclass(frozen=True, eq=False, slots=True)
class JsonText(RuntimeValue):
    """The JSON text of a tree with values in it that only an execution, or a deployment, will know."""

    tree: Any

    @property
    def kind(self) -> str:
        return "string"

    def deployed_text(self) -> None:
        """Nothing: what a deployment fills in has quotes of its own, which stand in two strings here."""
        return

    @property
    def chosen_by_caller(self) -> bool:
        return any(value.chosen_by_caller for value in self.values())

    def values(self) -> Iterator[RuntimeValue]:
        """The values in it, in the order written."""
        return (leaf for leaf in json_values.leaves(self.tree) if isinstance(leaf, RuntimeValue))

    def pieces(self) -> Iterator[str | RuntimeValue]:
        """The text, piece by piece; each value stands where its own JSON belongs."""
        yield from _pieces(self.tree)

    def problem(self) -> str | None:
        """Why it is no JSON, as a whole sentence; None where it is."""
        literals = json_values.with_leaves(self.tree, lambda leaf: None if isinstance(leaf, RuntimeValue) else leaf)
        return json_values.problem(literals)

    def __repr__(self) -> str:
        return f"the JSON text of {self.tree!r}"


def with_texts(shape: Shape, arguments: Mapping[str, Any], json_members: frozenset[str]) -> dict[str, Any]:
    """A call's arguments with text for each document that stands where the service wants text.

    Args:
        shape: What the service's model says of them.
        arguments: The arguments, as they were written.
        json_members: The paths of what Step Functions itself takes as JSON (`Entries[].Detail`), which stay.
    """
    return {
        name: _with_texts(shape.members[name], value, name, json_members) if name in shape.members else value
        for name, value in arguments.items()
    }


def _with_texts(shape: Shape, value: Any, path: str, json_members: frozenset[str]) -> Any:
    if shape.is_document or path in json_members:
        return value
    match shape.type, value:
        case "structure", Mapping():
            return {
                name: _with_texts(shape.members[name], each, f"{path}.{name}", json_members)
                if name in shape.members
                else each
                for name, each in value.items()
            }
        case "map", Mapping():
            return {key: _with_texts(shape.element, each, f"{path}.{key}", json_members) for key, each in value.items()}
        case "list", list() | tuple():
            return [_with_texts(shape.element, each, f"{path}[]", json_members) for each in value]
        case "string", _ if _is_document(value) and takes_json(shape, path.rpartition(".")[2]):
            return _text(value)
        case _:
            return value


def takes_json(shape: Shape, name: str) -> bool:
    """Whether a text that a service wants can be JSON: it is no name, and no enum or pattern excludes it."""
    if shape.type != "string" or shape.enum or shape.name == _NUMBER or _NAMES_SOMETHING.search(name):
        return False
    return shape.pattern is None or _admits_json(shape.pattern)


@lru_cache(maxsize=1024)
def _admits_json(pattern: str) -> bool:
    """Whether a pattern admits a document; one that Python cannot read says nothing."""
    try:
        return re.fullmatch(pattern, _SAMPLE) is not None
    except re.error:
        return True


def _is_document(value: Any) -> bool:
    """Whether a value is an object, or a list with one in it: a list of texts stands for another mistake."""
    match value:
        case Mapping():
            return True
        case list() | tuple():
            return any(map(_is_document, value))
        case _:
            return False


def _text(tree: Any) -> str | JsonText:
    text = JsonText(json_values.with_leaves(tree, _plain))
    if text.problem() is not None or any(True for _value in text.values()):
        return text
    return "".join(map(str, text.pieces()))


def _plain(leaf: Any) -> Any:
    """A decimal number as JSON has it; everything else is left as it is."""
    if not json_values.is_decimal(leaf):
        return leaf
    return int(leaf) if leaf == leaf.to_integral_value() else float(leaf)


def _pieces(tree: Any) -> Iterator[str | RuntimeValue]:
    match tree:
        case Mapping():
            for index, (key, value) in enumerate(tree.items()):
                yield f"{',' if index else '{'}{_encoded(key)}:"
                yield from _pieces(value)
            yield "}" if tree else "{}"
        case list() | tuple():
            for index, element in enumerate(tree):
                yield "," if index else "["
                yield from _pieces(element)
            yield "]" if tree else "[]"
        case RuntimeValue():
            yield tree
        case _:
            yield _encoded(tree)


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
