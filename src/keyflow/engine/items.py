"""The items of a Map: where they come from, what each iteration is given, and how many may fail.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import steps
from keyflow.engine.datasets import items_read
from keyflow.engine.errors import RUNTIME, StatesError
from keyflow.engine.visit import Visit

Read = Callable[[steps.Call], JSON]
"""What a call that a Map makes itself gives."""


@dataclass(slots=True)
class Inputs:
    """What the iterations of a Map are given, what each is about, and how many items each stands for (None: one)."""

    data: Sequence[JSON]
    about: Sequence[JSON]
    sizes: Sequence[int] | None = None

    def items(self, indices: Iterable[int]) -> int:
        """How many items some iterations stand for."""
        return sum(1 if self.sizes is None else self.sizes[index] for index in indices)


def items_of(step: steps.Map, visit: Visit, read: Read) -> list[JSON]:
    """The items: those of the data, or what `read` gets from the ItemReader's source."""
    items = step.items(visit) if step.reader is None else items_read(read(step.reader), step.reader_config)
    if isinstance(items, dict) and step.uses_jsonata:
        items = [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise StatesError(RUNTIME, f"the items of {step.name!r} are no array")
    return items


def inputs_of(step: steps.Map, visit: Visit, items: Sequence[JSON]) -> Inputs:
    """What each iteration is given: an item as ItemSelector makes it, or a batch of such."""
    select = step.select
    chosen = items
    if select is not None:
        chosen = [select(seen, item) for seen, item in zip(visit.at_items(items), items, strict=True)]
    if step.batches is None:
        return Inputs(chosen, items)
    batches = _batches(step.batches, visit, chosen)
    return Inputs(batches, batches, [len(batch["Items"]) for batch in batches])


def _batches(batcher: steps.Batches, visit: Visit, items: Sequence[JSON]) -> list[JSON]:
    """The selected items in batches, none of more items, or (but for a single item) of more bytes than is said.

    Source: https://states-language.net/spec.html#map-state (Batching Items)
    """
    most = batcher.most(visit) or len(items)
    most_bytes = batcher.most_bytes(visit)
    fixed = batcher.fixed(visit)
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


def tolerated(step: steps.Map, visit: Visit, total: int) -> float:
    """How many iterations may fail; where both limits are given, the smaller one counts."""
    count = step.tolerated_count(visit)
    percentage = step.tolerated_percentage(visit)
    limits = [count] if count is not None else []
    if percentage is not None:
        limits.append(total * percentage / 100)
    return min(limits, default=0)
