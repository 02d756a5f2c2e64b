"""The items of a Map: where they come from, what each iteration is given, and how many may fail.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.visit import Visit, input_of

Read = Callable[[str, JSON], JSON]
"""What a call of a resource with these parameters gives."""


def items_of(state: asl.Map, visit: Visit, read: Read) -> list[JSON]:
    """The items: those of the data, or what `read` gets from the ItemReader's source; in batches where asked."""
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
    return items if state.item_batcher is None else _batches(state.item_batcher, visit, items)


def _batches(batcher: asl.ItemBatcher, visit: Visit, items: list[JSON]) -> list[JSON]:
    size = visit.scalar(batcher.max_items_per_batch) or len(items) or 1
    fixed = {} if batcher.batch_input is ABSENT else {"BatchInput": visit.filled(batcher.batch_input, visit.data)}
    return [{**fixed, "Items": items[start : start + size]} for start in range(0, len(items), size)]


def selected(state: asl.Map, visit: Visit, context: dict[str, Any], item: JSON) -> JSON:
    """What an iteration is given: the item, or what ItemSelector makes of it."""
    template = state.item_selector if state.item_selector is not ABSENT else state.parameters
    if template is ABSENT:
        return item
    here = Visit(visit.name, visit.data, context, visit.variables, visit.uses_jsonata, visit.randomness, visit.event)
    return here.filled(template, visit.data if visit.uses_jsonata else input_of(state, here))


def tolerates(state: asl.Map) -> bool:
    """Whether an iteration may fail without failing the Map."""
    return state.tolerated_failure_count is not None or state.tolerated_failure_percentage is not None


def tolerated(state: asl.Map, visit: Visit, total: int) -> float:
    """How many iterations may fail; where both limits are given, the smaller one counts."""
    count = visit.scalar(state.tolerated_failure_count)
    percentage = visit.scalar(state.tolerated_failure_percentage)
    limits = [count] if count is not None else []
    if percentage is not None:
        limits.append(total * percentage / 100)
    return min(limits, default=0)
