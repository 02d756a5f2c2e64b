"""Results that services could give, made from their models: each text in them is unlike any other.

A result is full: every member is there. What a definition asks for the presence of, or compares, is varied by
`variants`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.models import Shape

_DEPTH = 4
_MOMENT = "2026-01-01T00:00:00.000Z"

Keys = tuple[str | int, ...]

LAST_INDEX = 1_000
"""Items of samples at most: a definition and a schema may name any number."""
SAMPLE_ITEMS = 2
"""Items in an array where nothing tells how many: enough for one to fail where another does not."""


def sample_result(resource: str, label: str, read: Iterable[Keys] = ()) -> JSON:
    """A result of a call.

    Args:
        resource: What is called.
        label: What every text in the result begins with.
        read: Paths that something reads, and that the model does not know (a function's own payload).
    """
    integration = resource_of(resource).integration
    result: JSON = {}
    if integration is not None and integration.model.output is not None:
        result = _sample(integration.model.output, integration.spelling, label, 0)
    for keys in sorted(read, key=len):
        result = with_default(result, keys, f"{label}.{'.'.join(map(str, keys))}")
    return result


def _sample(shape: Shape, spelling: Any, label: str, depth: int) -> JSON:
    match shape.type:
        case "structure" if depth < _DEPTH:
            members = ((spelling(name), member) for name, member in shape.members.items())
            return {name: _sample(member, spelling, f"{label}.{name}", depth + 1) for name, member in members}
        case "list" if depth < _DEPTH:
            return [_sample(shape.element, spelling, f"{label}[0]", depth + 1)]
        case "map" if depth < _DEPTH:
            return {"key": _sample(shape.element, spelling, f"{label}.key", depth + 1)}
        case "structure" | "map":
            return {}
        case "list":
            return []
        case "boolean":
            return True
        case "timestamp":
            return _MOMENT
        case _ if shape.kind == "number":
            return 1
        case _:
            return shape.enum[0] if shape.enum else label


def value_at(tree: JSON, keys: Keys) -> JSON:
    """What lies at a path; None where nothing does."""
    for key in keys:
        if isinstance(tree, dict) and isinstance(key, str):
            tree = tree.get(key)
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            return None
    return tree


def with_default(tree: JSON, keys: Keys, value: JSON) -> JSON:
    """The tree with a value at a path where nothing is yet."""
    return _placed(tree, keys, value, replace=False)


def with_value(tree: JSON, keys: Keys, value: JSON) -> JSON:
    """The tree with a value at a path, whatever was there."""
    return _placed(tree, keys, value, replace=True)


def without(tree: JSON, keys: Keys) -> JSON:
    """The tree without the member at a path."""
    if not keys or not isinstance(tree, dict) or keys[0] not in tree:
        return tree
    key = str(keys[0])
    if len(keys) == 1:
        return {name: value for name, value in tree.items() if name != key}
    return {**tree, key: without(tree[key], keys[1:])}


def _placed(tree: JSON, keys: Keys, value: JSON, *, replace: bool) -> JSON:
    if not keys:
        return value if replace or tree is None else tree
    first, rest = keys[0], keys[1:]
    if isinstance(first, int):
        if first > LAST_INDEX:
            return tree
        items = list(tree) if isinstance(tree, list) else []
        items += [None] * (first + 1 - len(items))
        items[first] = _placed(items[first], rest, value, replace=replace)
        return items
    members: Mapping[str, JSON] = tree if isinstance(tree, dict) else {}
    if not rest and first in members and not replace:
        return tree
    return {**members, first: _placed(members.get(first), rest, value, replace=replace)}
