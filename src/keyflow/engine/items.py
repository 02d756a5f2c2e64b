"""The items of a Map: where they come from, what each iteration is given, and how many may fail.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import steps
from keyflow.engine.datasets import items_read
from keyflow.engine.errors import ITEM_READER, StatesError
from keyflow.engine.paths import written
from keyflow.engine.visit import Visit

Read = Callable[[str, Any], JSON]
"""What a call that a Map makes itself gives for its resource and its parameters."""


@dataclass(slots=True)
class Inputs:
    """What the iterations of a Map are given, what each is about, and how many items each stands for (None: one)."""

    data: Sequence[JSON]
    about: Sequence[JSON]
    sizes: Sequence[int] | None = None

    def items(self, indices: Iterable[int]) -> int:
        """How many items some iterations stand for."""
        return sum(1 if self.sizes is None else self.sizes[index] for index in indices)


def items_of(step: steps.Map, visit: Visit) -> list[JSON]:
    """The items that the data has. A distributed Map takes an object, too: each member is an item then.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-fields-dist-map.html
    """
    items = step.items(visit)
    if isinstance(items, dict) and step.is_distributed:
        return [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise step.unfit(items)
    return items


def items_of_reader(reader: steps.Reader, visit: Visit, read: Read) -> list[JSON]:
    """The items that `read` gets from the ItemReader's source, page by page where it has several."""
    most = _most(reader, visit)
    parameters = reader.arguments(visit)
    answer = read(reader.resource, parameters)
    while isinstance(answer, dict) and answer.get("NextContinuationToken"):
        following = read(reader.resource, {**parameters, "ContinuationToken": answer["NextContinuationToken"]})
        contents = [*answer.get("Contents", ()), *following.get("Contents", ())]
        answer = {**following, "Contents": contents}
    if isinstance(answer, dict) and "Contents" in answer and isinstance(parameters, dict):
        answer = {"Name": parameters.get("Bucket"), **answer}
    get_object = f"{reader.resource.rpartition(':')[0]}:getObject"
    items = items_read(
        answer, reader.config, most, lambda bucket, key: read(get_object, {"Bucket": bucket, "Key": key})
    )
    if not isinstance(items, list):
        raise StatesError(ITEM_READER, "the answer is neither a file nor the objects of a bucket nor an array of items")
    return items


def _most(reader: steps.Reader, visit: Visit) -> int | None:
    """The most items that a reader passes on; 0 is no bound."""
    value: Any = reader.most(visit)
    if value is None and reader.most_path is None:
        return None
    if isinstance(value, str) and value.lstrip("-").isdigit() and value.isascii():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        field = "MaxItems" if reader.most_path is None else "MaxItemsPath"
        place = "" if reader.most_path is None else f": {reader.most_path}"
        cause = f"The {field} field refers to value '{written(value)}' which is not a valid integer{place}"
        raise StatesError(ITEM_READER, cause)
    if value < 0:
        raise StatesError(ITEM_READER, "field MaxItems must be positive")
    return value or None


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


def tolerated(step: steps.Map, visit: Visit) -> Callable[[int], float]:
    """How many of a number of items may fail; where both limits are given, the smaller one counts.

    Step Functions does not tell a limit of 0 from one that is not given: beside another one, it says nothing.
    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
    """
    count, percentage = step.tolerated_count(visit), step.tolerated_percentage(visit)

    def most(total: int) -> float:
        limits = [count] if count else []
        if percentage:
            limits.append(total * percentage / 100)
        return min(limits, default=0)

    return most
