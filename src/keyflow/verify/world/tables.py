"""The rows of DynamoDB's tables as executions meet them that run at the same time: what one writes, another reads.

What stands in a row before anybody writes to it is chosen when it is first met, and stays chosen: a read finds its
sample. A put finds nothing where its condition allows that. An update and a deletion find an unknown item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.dynamodb.attributes import MISSING, Counted, Item, Special
from keyflow.dynamodb.evaluation import ExpressionError
from keyflow.dynamodb.expressions import Expressions
from keyflow.verify.world.items import Key, Keys, Write, key_of

RowKey = tuple[str, str]
"""A table, and a key in one spelling."""
Initial = dict[RowKey, Item | None]
"""What stood in rows before anybody wrote to them."""


@dataclass(slots=True)
class Tables:
    """The rows of all tables. `initial` may be shared by worlds that begin alike; `keys` are known keys of tables.

    `found` are the rows that a search has listed, by what it asked for.
    """

    keys: Keys
    initial: Initial
    rows: Initial = field(default_factory=dict)
    found: dict[str, list[RowKey]] = field(default_factory=dict)

    def read(self, table: str, key: Key, sample: JSON) -> JSON:
        """The item at a key, None for none; the sample is what a row holds of which nothing is known."""
        place = _place(table, key)
        if place not in self.rows and place not in self.initial:
            self.initial[place] = Item({**sample, **key}) if isinstance(sample, dict) and sample else None
        return _plain(self._at(place))

    def search(self, operation: str, parameters: Mapping[str, Any], samples: JSON) -> list[JSON]:
        """The items that a Query or a Scan lists: those known that it asks for, and the samples, which are rows."""
        table = str(parameters.get("TableName"))
        asked = json.dumps([operation, parameters], sort_keys=True, default=str)
        if asked not in self.found:
            self.found[asked] = list(self._sampled(table, samples))
        known = [place for place in self.rows if place[0] == table and place not in self.found[asked]]
        items = [self._at(place) for place in self.found[asked]]
        items += [item for place in known if _is_asked_for(item := self._at(place), parameters)]
        return [_plain(item) for item in items if item is not None]

    def _sampled(self, table: str, samples: JSON) -> Iterator[RowKey]:
        for sample in samples if isinstance(samples, list) else ():
            if not isinstance(sample, dict):
                continue  # a stub may have anything
            names = [names for of, names in self.keys if of in (None, table) and names <= set(sample)]
            key = {name: sample[name] for name in (max(names, key=len) if names else sample)}
            place = _place(table, key)
            self.initial.setdefault(place, Item(dict(sample)))
            yield place

    def refuses(self, write: Write) -> bool:
        """Whether the condition of a write does not hold."""
        return write.holds(self._before(write) or Item({})) is False

    def write(self, write: Write) -> tuple[JSON, JSON]:
        """Does a write; gives the item before and after it, None for none."""
        before = self._before(write)
        if write.kind == "check":
            after = before
        elif write.kind == "delete":
            after = None
        elif write.kind == "put":
            after = Item(dict(write.item))
        else:
            after = write.updated(before or Item(dict(self._key(write))))
        self.rows[self.place(write)] = after
        return _plain(before), _plain(after)

    def place(self, write: Write) -> RowKey:
        """The row that a write is about."""
        return _place(write.table, self._key(write))

    def changed(self) -> Iterator[tuple[RowKey, JSON]]:
        """The rows in which something else stands now than before, with what does."""
        for place, item in self.rows.items():
            now = _plain(item)
            if now != _plain(self.initial.get(place)):
                yield place, now

    def _key(self, write: Write) -> Key:
        return key_of(write, self.keys)

    def _at(self, place: RowKey) -> Item | None:
        if place not in self.rows:
            self.rows[place] = self.initial.get(place)
        return self.rows[place]

    def _before(self, write: Write) -> Item | None:
        place = self.place(write)
        if place not in self.rows and place not in self.initial:
            self.initial[place] = _first_met(write, self._key(write))
        return self._at(place)


def _first_met(write: Write, key: Key) -> Item | None:
    """What a write finds in a row of which nothing is known: what its condition lets it find."""
    something = Item({**key, **dict.fromkeys(write.written.counted, Counted())}, open=True)
    choices = (None, something) if write.kind == "put" else (something, None)
    return next((each for each in choices if write.holds(each or Item({})) is not False), choices[0])


def _place(table: str, key: Key) -> RowKey:
    return table, json.dumps(key, sort_keys=True, default=str)


def _is_asked_for(item: Item | None, parameters: Mapping[str, Any]) -> bool:
    """Whether a search lists an item: nothing that it asks for is otherwise."""
    names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
    expressions = Expressions(names=names or {}, values=values or {})
    asked = (parameters.get("KeyConditionExpression"), parameters.get("FilterExpression"))
    try:
        return item is not None and all(
            expressions.holds(each, item) is not False for each in asked if isinstance(each, str)
        )
    except ExpressionError:
        return False


def _plain(item: Item | None) -> JSON:
    """An item as JSON; what is not known of a number is what was added to it."""
    if item is None:
        return None
    values = {name: value for name, value in item.attributes.items() if value is not MISSING}
    return {name: _value(values[name]) for name in sorted(values)}


def _value(value: Any) -> JSON:
    match value:
        case Counted(added=added):
            return {"N": f"number before and {added}"}
        case Special():
            return {"S": "unknown"}
        case _:  # a sample has texts where attribute values belong of which nothing is read
            return value
