"""The items of a Map: where they come from, what each iteration is given, and how many may fail.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.visit import Visit, input_of

Read = Callable[[str, JSON], JSON]
"""What a call of a resource with these parameters gives."""


@dataclass(frozen=True, slots=True)
class Input:
    """What an iteration is given, the context object that it sees, and how many items it stands for."""

    data: JSON
    context: Mapping[str, Any]
    items: int = 1


def items_of(state: asl.Map, visit: Visit, read: Read) -> list[JSON]:
    """The items: those of the data, or what `read` gets from the ItemReader's source."""
    if state.item_reader is not None:
        reader = state.item_reader
        template = reader.arguments if visit.uses_jsonata else reader.parameters
        items = read(reader.resource, {} if template is ABSENT else visit.filled(template, visit.data))
    elif visit.uses_jsonata:
        items = visit.data if state.items is ABSENT else visit.filled(state.items, visit.data)
    else:
        items = visit.expression(state.items_path or "$", input_of(state, visit))
    if isinstance(items, dict) and visit.uses_jsonata:
        items = [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise StatesError(RUNTIME, f"the items of {visit.name!r} are no array")
    return items


def inputs_of(state: asl.Map, visit: Visit, items: Sequence[JSON]) -> list[Input]:
    """What each iteration is given: an item as ItemSelector makes it, or a batch of such."""
    contexts = [_context(visit, index, item) for index, item in enumerate(items)]
    chosen = [_selected(state, visit, context, item) for context, item in zip(contexts, items, strict=True)]
    if state.item_batcher is None:
        return [Input(data, context) for data, context in zip(chosen, contexts, strict=True)]
    batches = _batches(state.item_batcher, visit, chosen)
    return [Input(data, _context(visit, index, data), len(data["Items"])) for index, data in enumerate(batches)]


def _context(visit: Visit, index: int, item: JSON) -> dict[str, Any]:
    return {**visit.outside(), "Map": {"Item": {"Index": index, "Value": item}}}


def _selected(state: asl.Map, visit: Visit, context: dict[str, Any], item: JSON) -> JSON:
    """The item, or what ItemSelector makes of it."""
    template = state.item_selector if state.item_selector is not ABSENT else state.parameters
    if template is ABSENT:
        return item
    here = replace(visit, context={**visit.context, **context})
    return here.filled(template, visit.data if visit.uses_jsonata else input_of(state, here))


def _batches(batcher: asl.ItemBatcher, visit: Visit, items: Sequence[JSON]) -> list[JSON]:
    """The selected items in batches, none of more items, or (but for a single item) of more bytes than is said.

    Source: https://states-language.net/spec.html#map-state (Batching Items)
    """
    most = visit.number(batcher.max_items_per_batch) or len(items)
    most_bytes = visit.number(batcher.max_input_bytes_per_batch)
    fixed = {} if batcher.batch_input is ABSENT else {"BatchInput": visit.filled(batcher.batch_input, visit.data)}
    batches: list[JSON] = []
    for item in items:
        last = batches[-1]["Items"] if batches else []
        has_room = last and len(last) < most
        if has_room and (not most_bytes or _size({**fixed, "Items": [*last, item]}) <= most_bytes):
            last.append(item)
        else:
            batches.append({**fixed, "Items": [item]})
    return batches


def _size(data: JSON) -> int:
    return len(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())


def tolerates(state: asl.Map) -> bool:
    """Whether an iteration may fail without failing the Map."""
    return state.tolerated_failure_count is not None or state.tolerated_failure_percentage is not None


def tolerated(state: asl.Map, visit: Visit, total: int) -> float:
    """How many iterations may fail; where both limits are given, the smaller one counts."""
    count = visit.number(state.tolerated_failure_count)
    percentage = visit.number(state.tolerated_failure_percentage)
    limits = [count] if count is not None else []
    if percentage is not None:
        limits.append(total * percentage / 100)
    return min(limits, default=0)
