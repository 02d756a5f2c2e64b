"""Results that services could give, made from their models: each text in them is unlike any other.

A result is full: every member is there. What a definition asks for the presence of, or compares, is varied by
`variants`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.models import Shape
from keyflow.dataclass import dataclass

_FEWER_KEYS = 2
"""How deep maps have one key each."""
_MOMENT = "2026-01-01T00:00:00.000Z"

Keys = tuple[str | int, ...]

LAST_INDEX = 1_000
"""Items of samples at most: a definition and a schema may name any number."""
SAMPLE_ITEMS = 2
"""Items in an array where nothing tells how many: enough for one to fail where another does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How samples are written.

    Args:
        spelling: How a member of the model is spelt.
        text: The text of a shape, at a path that begins with the sample's label.
        moment: What stands for every moment.
        keys: The keys of maps; maps in maps have the first of them, so that samples stay small.
        depth: How deep structures, lists and maps are filled.
        whole_unions: Whether a union has all its members at once: whatever is read of it is there.
    """

    spelling: Callable[[str], str] = str
    text: Callable[[Shape, str], str]
    moment: JSON
    keys: Sequence[str] = ("key",)
    depth: int = 4
    whole_unions: bool = True


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
        form = Form(spelling=integration.spelling, text=_label, moment=_MOMENT)
        result = sample(integration.model.output, form, label)
    for keys in sorted(read, key=len):
        result = with_default(result, keys, f"{label}.{'.'.join(map(str, keys))}")
    return result


def _label(_shape: Shape, label: str) -> str:
    return label


def sample(shape: Shape, form: Form, label: str = "", depth: int = 0) -> JSON:
    """A value of a shape; `depth` is how deep in a sample it stands."""
    match shape.type:
        case "structure" if depth < form.depth:
            last = 1 if shape.is_union and not form.whole_unions else None
            members = ((form.spelling(name), member) for name, member in islice(shape.members.items(), last))
            return {name: sample(member, form, f"{label}.{name}", depth + 1) for name, member in members}
        case "list" if depth < form.depth:
            return [sample(shape.element, form, f"{label}[0]", depth + 1)]
        case "map" if depth < form.depth:
            keys = form.keys if depth < _FEWER_KEYS else form.keys[:1]
            return {key: sample(shape.element, form, f"{label}.{key}", depth + 1) for key in keys}
        case "structure" | "map":
            return {}
        case "list":
            return []
        case "boolean":
            return True
        case "timestamp":
            return form.moment
        case _ if shape.kind == "number":
            return 1
        case _:
            return shape.enum[0] if shape.enum else form.text(shape, label)


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
    """The tree without what lies at a path; a list ends before an entry that is not there."""
    if not keys:
        return tree
    key, rest = keys[0], keys[1:]
    match tree:
        case dict() if key in tree:
            others = {name: value for name, value in tree.items() if name != key}
            return {**tree, key: without(tree[key], rest)} if rest else others
        case list() if isinstance(key, int) and key < len(tree):
            return [*tree[:key], without(tree[key], rest), *tree[key + 1 :]] if rest else tree[:key]
        case _:
            return tree


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
