"""Items of a path that go on with what is bound at them: by `@`, by `#`, and for `%`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.jsonata_language.calls import Frame
from keyflow.jsonata_language.values import Array, Object, together


class Row:
    """An item, and the names that are bound at it."""

    __slots__ = ("names", "value")

    def __init__(self, value: Any, names: Mapping[str, Any]) -> None:
        self.value, self.names = value, names

    def frame(self, outer: Frame) -> Frame:
        """Where the names are looked up, before those outside; what is assigned there is not bound to the item."""
        return Frame(outer, dict(self.names), outer.run, outer.depth)


class Rows(Array):
    """The rows of a path on its way; a row is no value of the language."""

    @staticmethod
    def of(items: Any) -> Rows:
        """Items at which nothing is bound yet."""
        return Rows(Row(item, {}) for item in (items if isinstance(items, list) else ()))

    def replaced(self, rows: Iterable[Row]) -> Rows:
        """Other rows that are seen in the same way."""
        return type(self)(rows)

    def values(self) -> list[Any]:
        """The items alone."""
        return [row.value for row in self]

    def merged(self) -> Row:
        """All rows as one, each name with the values of all."""
        if len(self) == 1:
            row: Row = self[0]
            return row
        names = dict.fromkeys(name for row in self for name in row.names)
        found = {name: together(row.names[name] for row in self if name in row.names) for name in names}
        return Row(together(self.values()), found)


class SortedRows(Rows):
    """Rows that an order has put in place: filters and groupings after it see them as objects, the item under `@`.

    That is how the reference shows them; the next step has rows again.
    """

    def objects(self) -> Array:
        """The rows as they are seen."""
        return Array(Object({"@": row.value, **row.names}) for row in self)
