"""The tables that executions share which run at the same time: the answers to calls about items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Protocol

from keyflow.asl import JSON
from keyflow.aws import Integration
from keyflow.aws.effects import effect_of
from keyflow.dataclass import dataclass
from keyflow.engine import TaskCall
from keyflow.verify.world.identity import token_of
from keyflow.verify.world.items import Write, writes_of
from keyflow.verify.world.lessons import CANCELED, CONDITION_FAILED
from keyflow.verify.world.own import Own
from keyflow.verify.world.shown import entries_of, returned
from keyflow.verify.world.tables import RowKey, Tables

Place = tuple[str, frozenset[str]]
"""A service, and the texts by which something of it is named; or a table, and the key of an item."""
NO_OWN = Own()


class Caller(Protocol):
    """One of the executions."""

    @property
    def who(self) -> str:
        """The execution, told from the others."""

    def sample(self, call: TaskCall) -> JSON:
        """The result that a call of it gives where nothing is known."""

    def only_reads(self, call: TaskCall) -> bool:
        """Whether a call of which no model knows what it does is said to change nothing."""

    def undone_by(self, call: TaskCall) -> frozenset[str]:
        """The states whose work a call is said to undo."""


Touched = dict[str, dict[Place, bool]]
"""What each execution's calls were about, and whether one of them wrote."""


def touch(touched: Touched, by: Caller, place: Place, *, writes: bool) -> None:
    """Notes what a call is about."""
    places = touched.setdefault(by.who, {})
    places[place] = writes or places.get(place, False)


class Refused(Exception):
    """A service refuses a call."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class SharedTables:
    """Rows, and who has met them.

    `touched` is what each execution's calls were about, and whether one of them wrote, those about other things too;
    `searched` are the tables in which each execution looked for items, `writers` the last ones of rows, each with its
    state; `transactions` are what was asked for in transactions, by their tokens.
    """

    rows: Tables
    touched: Touched = field(default_factory=dict)
    searched: dict[str, set[str]] = field(default_factory=dict)
    transactions: dict[str, str] = field(default_factory=dict)
    writers: dict[RowKey, tuple[str, str]] = field(default_factory=dict)

    def answer(self, call: TaskCall, integration: Integration, by: Caller) -> JSON:
        """The answer to a call about items; None to another one."""
        writes = writes_of(integration.operation, call.parameters, NO_OWN)
        if writes:
            done = self._is_done(call, integration)
            return by.sample(call) if done else self._write(call, integration, writes, by)
        given: dict[str, Any] = call.parameters
        match integration.operation:
            case "get_item":
                sample = by.sample(call)
                return self._with_item(sample, given, by)
            case "transact_get_items":
                gets = [each.get("Get") or {} for each in given.get("TransactItems") or ()]
                samples = entries_of(by.sample(call), "Responses")
                return {"Responses": [self._with_item(next(samples, {}), each, by) for each in gets]}
            case "batch_get_item":
                return self._batch(by.sample(call), given, by)
            case "query" | "scan":
                self.searched.setdefault(by.who, set()).add(str(given.get("TableName")))
                return self._searched(by.sample(call), integration.operation, given)
            case _:
                return None

    def _searched(self, sample: JSON, operation: str, given: Mapping[str, Any]) -> JSON:
        """What a search gives: a sample counts one item, and shows one; where it counts more, so does the answer."""
        if not isinstance(sample, dict):
            return sample
        count, samples = sample.get("Count"), list(entries_of(sample, "Items"))
        counted = count if isinstance(count, int) else len(samples)
        items = self.rows.search(operation, given, samples[:counted])
        more = max(0, counted - max(1, len(samples)))
        found = {**sample, "Items": items, "Count": len(items) + more}
        return {name: value for name, value in found.items() if name != "Items" or given.get("Select") != "COUNT"}

    def _batch(self, sample: JSON, given: Mapping[str, Any], by: Caller) -> JSON:
        """What a BatchGetItem gives: of each table the items that are there, in the order of the keys."""
        samples = sample.get("Responses") if isinstance(sample, dict) else None
        tables = given.get("RequestItems")
        if not isinstance(samples, dict) or not isinstance(tables, dict):
            return sample
        found = {
            table: list(self._items_at(table, entries_of(asked, "Keys"), samples, by))
            for table, asked in tables.items()
        }
        return {**sample, "Responses": found, "UnprocessedKeys": {}}

    def _items_at(self, table: str, keys: Iterator[JSON], samples: JSON, by: Caller) -> Iterator[JSON]:
        """The items of a table at some keys; where samples have none of it, those of another table are like them."""
        entries = entries_of(samples, table if table in samples else next(iter(samples), ""))
        for key in keys:
            answer = self._with_item({"Item": next(entries, None)}, {"TableName": table, "Key": key}, by)
            if answer.get("Item") is not None:
                yield answer["Item"]

    def _is_done(self, call: TaskCall, integration: Integration) -> bool:
        """Whether a transaction with the same token has done all that a call asks for; it is refused where it asks for
        something else.

        Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        token = token_of(integration, effect_of(integration.model), call.parameters)
        before = None if token is None else self.transactions.get(spelt(token))
        if before is not None and before != spelt(call.parameters):
            raise Refused(integration.error_name("IdempotentParameterMismatchException"))
        return before is not None

    def _with_item(self, sample: JSON, given: Mapping[str, Any], by: Caller) -> JSON:
        table, key = str(given.get("TableName")), given.get("Key")
        if not isinstance(sample, dict) or not isinstance(key, dict):
            return sample
        item = self.rows.read(table, key, sample.get("Item"))
        touch(self.touched, by, (table, frozenset({json.dumps(key, sort_keys=True, default=str)})), writes=False)
        others = {name: value for name, value in sample.items() if name != "Item"}
        return others if item is None else {**others, "Item": item}

    def _write(self, call: TaskCall, integration: Integration, writes: tuple[Write, ...], by: Caller) -> JSON:
        for write in writes:
            table, key = self.rows.place(write)
            touch(self.touched, by, (table, frozenset({key})), writes=write.kind != "check")
        if any(list(map(self.rows.refuses, writes))):
            several = integration.operation == "transact_write_items"
            raise Refused(integration.error_name(CANCELED if several else CONDITION_FAILED))
        items = [self.rows.write(write) for write in writes]
        token = token_of(integration, effect_of(integration.model), call.parameters)
        if token is not None:
            self.transactions[spelt(token)] = spelt(call.parameters)
        self.writers |= {self.rows.place(write): (by.who, call.state) for write in writes}
        sample = by.sample(call)
        if not isinstance(sample, dict) or "Attributes" not in sample:
            return sample
        given_back = returned(str(call.parameters.get("ReturnValues")), writes[0], *items[0])
        others = {name: value for name, value in sample.items() if name != "Attributes"}
        return {**others, "Attributes": given_back} if given_back else others


def spelt(tree: Any) -> str:
    """A value in one spelling, by which it can be compared."""
    return json.dumps(tree, sort_keys=True, default=str)
