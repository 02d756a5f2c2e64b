"""The items of DynamoDB's tables that an execution writes, with what stood there before.

Nobody knows what a table holds. What matters is taken for the worst: where the key of an item is not the execution's
own, and a call could have met somebody else's item there, it has. That item has the same attributes, but for those
that only this execution could have written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.constants import with_constants
from keyflow.asl.fields import is_expression
from keyflow.dataclass import dataclass
from keyflow.dynamodb.attributes import (
    MISSING,
    AttributeValue,
    Counted,
    Found,
    Item,
    Truth,
    same,
)
from keyflow.dynamodb.evaluation import ExpressionError
from keyflow.dynamodb.expressions import Expressions, Writes
from keyflow.lazy import lazy_pattern
from keyflow.verify.world.own import Own

Key = Mapping[str, Any]
Keys = frozenset[tuple[str | None, frozenset[str]]]
"""Sets of attributes that are keys of a table's items, each with the table's name; None where an execution names it."""

_EQUALITY = lazy_pattern(r"(?<![.\w#])([#A-Za-z0-9_]+)\s*=\s*(:[A-Za-z0-9_]+)")
_KINDS: Mapping[str, str] = {"Put": "put", "Update": "update", "Delete": "delete", "ConditionCheck": "check"}


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write of a call, or a check that it makes; `item` is what a put writes, `key` what the others are about."""

    kind: str
    table: str
    key: Key | None
    item: Mapping[str, Any]
    condition: str | None
    update: str
    expressions: Expressions

    def updated(self, before: Item) -> Item:
        """The item after an update; as it was where the expression is none, which is DynamoDB's to refuse."""
        try:
            return self.expressions.updated(self.update, before) if self.update else before
        except ExpressionError:
            return before

    def holds(self, item: Item) -> Truth:
        """Whether the condition holds of an item; one that is no expression is DynamoDB's to refuse."""
        if self.condition is None:
            return True
        try:
            return self.expressions.holds(self.condition, item)
        except ExpressionError:
            return None

    @cached_property
    def written(self) -> Writes:
        """What its update writes to."""
        return self.expressions.writes(self.update)

    @property
    def grows(self) -> bool:
        """Whether doing it twice differs from doing it once: it counts, or appends."""
        return bool(self.written.counted or self.written.appended)

    def found(self, own: Own) -> Iterator[tuple[str, AttributeValue]]:
        """The attributes that the condition has found to have a value of the execution's own."""
        for name, placeholder in _EQUALITY.findall(self.condition or ""):
            value = self.expressions.values.get(placeholder)
            if value is not None and own.has(value):
                yield self.expressions.names.get(name, name), value

    @property
    def kept_free(self) -> frozenset[str]:
        """The attributes of which the condition of a put asks that none be there yet, as is asked of keys."""
        if self.condition is None or self.holds(Item(dict(self.item))) is not False:
            return frozenset()
        without = {name: {other: self.item[other] for other in self.item if other != name} for name in self.item}
        return frozenset(name for name, others in without.items() if self.holds(Item(others)) is True)


def writes_of(operation: str, parameters: JSON, own: Own) -> tuple[Write, ...]:
    """The writes that a call of DynamoDB makes, in order."""
    if not isinstance(parameters, dict):
        return ()
    match operation:
        case "put_item" | "update_item" | "delete_item":
            return (_write(operation.partition("_")[0], parameters, own),)
        case "transact_write_items":
            actions = [each for each in parameters.get("TransactItems") or () if isinstance(each, dict)]
            named = [(kind, each) for action in actions for kind, each in action.items() if kind in _KINDS]
            return tuple(_write(_KINDS[kind], each, own) for kind, each in named if isinstance(each, dict))
        case "batch_write_item":
            return tuple(_batch(parameters.get("RequestItems"), own))
        case _:
            return ()


def _write(kind: str, given: Mapping[str, Any], own: Own) -> Write:
    names, values = given.get("ExpressionAttributeNames"), given.get("ExpressionAttributeValues")
    condition, update = given.get("ConditionExpression"), given.get("UpdateExpression")
    key, item = given.get("Key"), given.get("Item")
    return Write(
        kind=kind,
        table=str(given.get("TableName")),
        key=key if isinstance(key, dict) else None,
        item=item if isinstance(item, dict) else {},
        condition=condition if isinstance(condition, str) else None,
        update=update if isinstance(update, str) else "",
        expressions=Expressions(
            names=names if isinstance(names, dict) else {},
            values=values if isinstance(values, dict) else {},
            is_own=own.has,
        ),
    )


def _batch(tables: JSON, own: Own) -> Iterator[Write]:
    for table, requests in tables.items() if isinstance(tables, dict) else ():
        for request in requests if isinstance(requests, list) else ():
            for kind, member in (("put", "PutRequest"), ("delete", "DeleteRequest")):
                if isinstance(request, dict) and isinstance(request.get(member), dict):
                    yield _write(kind, {"TableName": table, **request[member]}, own)


@dataclass(kw_only=True, slots=True)
class Row:
    """A place in a table that the execution has written to, or may have.

    `original` is what stood there before it, `current` what does now; None is nothing. `writers` are the log's indices
    of the calls that have changed it; `first` are the values that were first written to its attributes, `times` how
    often each was written to. `missed` says that a call was about it that took no effect, `last` of which kind the last
    write was.
    """

    table: str
    key: Key
    original: Item | None
    current: Item | None
    writers: list[int] = field(default_factory=list)
    first: dict[str, Found] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    missed: bool = False
    last: str = ""

    def becomes_anothers(self, item: Item | None) -> None:
        """What stands there now is somebody else's, or nothing: this execution has no part in it."""
        self.original = self.current = item
        self.writers.clear()
        self.first.clear()
        self.times.clear()
        self.missed = True

    @property
    def is_there(self) -> Item:
        """What a condition is asked of."""
        return Item({}) if self.current is None else self.current

    @property
    def is_as_before(self) -> bool:
        """Whether nothing of it differs from what stood there before, as far as anyone knows that.

        An item that has nothing but its key counts as none where an update has left it: none was put there.
        """
        if self.current is self.original:
            return True
        if self.original is None and self.current is not None and self.last == "put":
            return False
        if (self.original is not None and self.original.open) is not (self.current is not None and self.current.open):
            return False
        written = {*_attributes(self.original), *_attributes(self.current)} - set(self.key)
        return all(self._is_back(name) for name in written)

    def _is_back(self, name: str) -> bool:
        """Whether an attribute is what it was: what was counted is counted back, what was set is set again.

        What it is set to then, whoever wrote the definition knows.
        """
        before, now = _at(self.original, name), _at(self.current, name)
        if isinstance(before, Counted) or isinstance(now, Counted):
            return before == now
        is_set_again = same(now, self.first.get(name, MISSING))
        return same(before, now) is True or is_set_again is False or (is_set_again is None and self.times[name] > 1)


def _attributes(item: Item | None) -> Iterable[str]:
    return () if item is None else item.attributes


def _at(item: Item | None, name: str) -> Found:
    return MISSING if item is None else item.at((name,))


@dataclass(slots=True)
class Items:
    """The rows of all tables. `keys` are the sets of attributes that are known to be tables' keys.

    `absent` are the keys at which a read has found nothing, `seen` the items that reads and writes have given back.
    """

    own: Own
    keys: Keys
    rows: list[Row] = field(default_factory=list)
    absent: list[tuple[str, Key]] = field(default_factory=list)
    seen: list[tuple[Key, JSON]] = field(default_factory=list)

    def refuses(self, write: Write) -> bool:
        """Whether the condition of a write does not hold, as far as is known."""
        row = self._row(write)
        return row is not None and write.holds(row.is_there) is False

    def wrote(self, write: Write, index: int) -> Row | None:
        """Notes a write that took effect; gives the row, of which a check has none."""
        if write.kind == "check":
            return None
        row = self._row(write) or self._met(write, took_effect=True)
        before = Item({**row.key, **dict(write.found(self.own))}) if row.current is None else row.current
        if write.kind == "delete":
            row.current = None
        elif write.kind == "put":
            row.current = row.original if self._seen_at(write) is not None else Item(dict(write.item))
        else:
            row.current = write.updated(before)
        for name in _attributes(row.current):
            row.first.setdefault(name, _at(row.current, name))
        whole = {*_attributes(row.original), *_attributes(before), *_attributes(row.current)}
        row.times.update(write.written.names if write.kind == "update" else whole)
        row.writers.append(index)
        row.last = write.kind
        return row

    def missed(self, write: Write) -> None:
        """Notes a write of which nobody knows that it took no effect: somebody else's item may be there."""
        if write.kind in ("put", "update") and self._row(write) is None:
            self._met(write, took_effect=False).missed = True

    def refused(self, write: Write, *, by_chance: bool, alone: bool = True) -> None:
        """Notes a write whose condition did not hold: by chance, it is somebody else's item that stands there.

        Under a key of the execution's own there is none: where the condition holds of what it wrote, that is gone. One
        that is not `alone` in its call may stand for the others.
        """
        row = self._row(write)
        if row is None:
            self.missed(write)
        elif by_chance and row.writers and not (alone and self.own.has(row.key)):
            row.becomes_anothers(self._replaced(row))
        elif by_chance and row.writers and row.is_there and write.holds(row.is_there):
            row.becomes_anothers(None)

    def _replaced(self, row: Row) -> Item:
        """What another execution has put in the place of a row: like this one's, and its own where that has its own."""
        written = {} if row.current is None else row.current.attributes
        return Item({name: self.own.of_another(value) for name, value in written.items()}, open=True)

    def released(self, write: Write) -> None:
        """Notes that somebody else's item is gone that stood in the way of a write."""
        row = self._row(write)
        if row is not None and not row.writers:
            row.becomes_anothers(None)

    def vanished(self, write: Write) -> None:
        """Notes that a service says of a row that it is gone."""
        row = self._row(write)
        if row is not None:
            row.becomes_anothers(None)

    def saw(self, table: str, key: Key, item: JSON) -> None:
        """Notes what a read has found at a key, None where there was nothing."""
        if not isinstance(item, dict):
            self.absent.append((table, key))
            return
        self.seen.append((key, item))
        if not self.own.has(key) and not any(row.table == table and row.key == key for row in self.rows):
            stands = Item({**item, **key}, open=True)
            self.rows.append(Row(table=table, key=key, original=stands, current=stands))

    def _row(self, write: Write) -> Row | None:
        key = self._key(write)
        return next((row for row in self.rows if row.table == write.table and row.key == key), None)

    def _met(self, write: Write, *, took_effect: bool) -> Row:
        """A row that is written for the first time, with what stood there before."""
        key = self._key(write)
        original = self._before(write, key, took_effect=took_effect)
        row = Row(table=write.table, key=key, original=original, current=original)
        self.rows.append(row)
        return row

    def _before(self, write: Write, key: Key, *, took_effect: bool) -> Item | None:
        """What stood there before a write: somebody else's item, wherever there can have been one.

        Of several that the write's condition lets through, the first: an item that another execution has written like
        this one, an item without what this one writes as its own, and none.
        """
        if self.own.has(key):
            return None
        if not took_effect:
            return self._others(write, key)
        if (write.table, key) in self.absent:
            return None
        others = self._others(write, key)
        lacking = {name: MISSING for name, value in others.attributes.items() if not isinstance(value, Counted)}
        without = replace(others, attributes={**others.attributes, **lacking, **key})
        return next((each for each in (others, without) if write.holds(each) is not False), None)

    def _others(self, write: Write, key: Key) -> Item:
        """Somebody else's item at a key: what this execution writes as its own, another has written as its own."""
        item = Item(dict(key), open=True)
        written = write.item if write.kind == "put" else write.updated(item).attributes
        for name, value in written.items():
            if name not in key and self.own.has(value):
                item.attributes[name] = self.own.of_another(value)
        for name in write.written.counted:
            item.attributes.setdefault(name, Counted())
        return item

    def gave_back(self, write: Write, item: JSON) -> None:
        """Notes what a write says that stood there before."""
        self.seen.append((self._key(write), item))

    def _seen_at(self, write: Write) -> Key | None:
        """The key at which the item stood that a put writes; None where nothing has given that item back."""
        items = (key for key, item in self.seen if item == write.item)
        return next(items, None) if write.kind == "put" else None

    def _key(self, write: Write) -> Key:
        """The key that a write is about."""
        return write.key or self._seen_at(write) or key_of(write, self.keys)


def key_of(write: Write, keys: Keys) -> Key:
    """The key that a write is about. Which attributes of an item are its key, other calls say."""
    if write.key:
        return write.key
    item = write.item
    known = [names for table, names in keys if table in (None, write.table) and names <= item.keys()]
    chosen = max(known, key=len) if known else write.kept_free or item.keys()
    return {name: item[name] for name in item if name in chosen}


def keys_in(document: JSON) -> Keys:
    """The attributes that calls of a definition name as keys of a table's items, in either query language."""
    return frozenset(_keys(document))


def _keys(tree: JSON) -> Iterator[tuple[str | None, frozenset[str]]]:
    match tree:
        case dict():
            yield from _named(tree.get("Key"), tree.get("TableName"))
            for table, asked in _entries(tree.get("RequestItems")):
                keys = asked.get("Keys") if isinstance(asked, dict) else None
                for key in keys if isinstance(keys, list) else ():
                    yield from _named(key, table)
            for value in tree.values():
                yield from _keys(value)
        case list():
            for each in tree:
                yield from _keys(each)
        case _:
            return


def _entries(tree: JSON) -> Iterable[tuple[str, JSON]]:
    return tree.items() if isinstance(tree, dict) else ()


def _named(key: JSON, table: JSON) -> Iterator[tuple[str | None, frozenset[str]]]:
    """The attributes of a key, with the table where the definition names it."""
    if isinstance(key, dict) and key:
        yield table_named(table), frozenset(name.removesuffix(".$") for name in key)


def table_named(written: JSON) -> str | None:
    """The table that a call of a definition names; None where an execution does."""
    named = with_constants(written)
    return named if isinstance(named, str) and not is_expression(named) else None
