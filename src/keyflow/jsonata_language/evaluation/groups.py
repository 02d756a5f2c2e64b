"""Objects and groupings: `{key: value}`, whose keys are asked of each item, and whose values of all items of a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from keyflow.jsonata_language.calls import Evaluate, Frame
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.evaluation.bound import Rows, SortedRows
from keyflow.jsonata_language.syntax.nodes import Pair
from keyflow.jsonata_language.values import NOTHING, Object, together

if TYPE_CHECKING:
    from keyflow.jsonata_language.evaluation.compiler import Compiler


def grouped(compiler: Compiler, pairs: Sequence[Pair], depth: int) -> Evaluate:
    """A grouping as a function of what it groups."""
    keys = compiler.parts((key for key, _value in pairs), depth)
    values = compiler.parts((value for _key, value in pairs), depth)

    def group(value: Any, frame: Frame) -> Object:
        found = Object()
        value = value.objects() if isinstance(value, SortedRows) else value
        for name, (index, items) in _by_key(value, keys, frame).items():
            if isinstance(value, Rows):
                row = Rows(items).merged()
                one = values[index](row.value, row.frame(frame))
            else:
                one = values[index](together(items), frame)
            if one is not NOTHING:
                found[name] = one
        return found

    return group


def _by_key(value: Any, keys: Sequence[Evaluate], frame: Frame) -> dict[str, tuple[int, list[Any]]]:
    """For each key the pair that it is of, and its items; raises `JsonataError`."""
    if isinstance(value, Rows) and not value:
        raise JsonataError("U1004", value="there is nothing to group")
    found: dict[str, tuple[int, list[Any]]] = {}
    for item in (value or [NOTHING]) if isinstance(value, list) else [value]:
        at, names = (item.value, item.frame(frame)) if isinstance(value, Rows) else (item, frame)
        for index, key in enumerate(keys):
            name = key(at, names)
            if name is NOTHING:
                continue
            if type(name) is not str:
                raise JsonataError("T1003", value=name)
            of, items = found.setdefault(name, (index, []))
            if of != index:
                raise JsonataError("D1009", value=name)
            items.append(item)
    return found
