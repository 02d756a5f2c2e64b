"""What a state may hand on: Step Functions bounds its size, and a few states could else fill any memory.

Values share parts here, so that `{"a.$": "$", "b.$": "$"}` again and again costs nothing until somebody writes it out.
"""

from __future__ import annotations

import json

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.asl.quotas import PAYLOAD_BYTES
from keyflow.engine.errors import DATA_LIMIT, FieldError

_CONTAINERS = (dict, list)
"""Inputs and answers of stubs come from Python, where an object may be of a class of its own, as `OrderedDict` is."""
_FEW, _SOME = 500, 5_000
_ENDLESS = 2**60


def bounded(value: JSON) -> JSON:
    """The value itself; raises `FieldError` where it is larger, or nested deeper, than a state may hand on.

    The error has no cause where the value is too large: whoever runs the state names it there.
    """
    kind = type(value)
    if kind is dict or kind is list or isinstance(value, _CONTAINERS):
        if not _is_small(value):
            size, depth, _looked_at = measure(value)
            if depth > bounds.DEPTH:
                raise FieldError(DATA_LIMIT, f"a state's data is nested more than {bounds.DEPTH} deep")
            if _is_over(value, size):
                raise FieldError(DATA_LIMIT)
    elif kind is str and is_too_large(value):
        raise FieldError(DATA_LIMIT)
    return value


def is_too_large(value: JSON) -> bool:
    """Whether a value has more bytes as JSON than a state may hand on."""
    kind = type(value)
    if kind is dict or kind is list or isinstance(value, _CONTAINERS):
        return not _is_small(value) and _is_over(value, measure(value)[0])
    return kind is str and _is_over(value, len(value))


TOO_LARGE = "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
"""What Step Functions says of a result that is larger than a state may hand on."""


def _is_over(value: JSON, about: int) -> bool:
    """Whether a value of about so many characters has more bytes; only one that is near the limit is written out."""
    if about > _APART * PAYLOAD_BYTES or about * _APART < PAYLOAD_BYTES:
        return about > PAYLOAD_BYTES
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode("utf-8", "surrogatepass")) > PAYLOAD_BYTES


_APART = 8
"""A character has up to four bytes, or six where it is escaped; a digit that is counted as a number has four."""


def _is_small(value: JSON) -> bool:
    """Whether a value is far from every bound: few values and short texts, none of them deep inside.

    It looks into dicts and lists alone; where there is one of another class, it does not say so.
    """
    if type(value) is not dict and type(value) is not list:
        return False
    count = characters = 0
    containers = [value]
    put = containers.append
    for container in containers:  # which grows on the way
        count += len(container)
        if count > _SOME:
            return False
        for each in container.values() if type(container) is dict else container:
            kind = type(each)
            if kind is str:
                characters += len(each)
            elif kind is dict or kind is list:
                put(each)
            elif isinstance(each, _CONTAINERS):
                return False
    if count > _FEW:
        characters += sum(sum(map(len, each)) for each in containers if type(each) is dict)
    shallow = len(containers) <= bounds.DEPTH or not bounds.is_too_deep(value)
    return shallow and characters <= PAYLOAD_BYTES // _APART


def measure(value: JSON, most: int = bounds.VALUES) -> tuple[int, int, int]:
    """About how many characters a value has as JSON, how deep it is, and how many parts of it were looked at.

    Each part that is shared is looked at once. With more than `most` parts, or one within itself, it has no end.
    """
    looked_at = 0
    known: dict[int, tuple[int, int]] = {}
    pending = [value]
    while pending:
        part = pending.pop()
        looked_at += 1 + len(part)
        if looked_at > most * 2:
            return _ENDLESS, _ENDLESS, looked_at
        if id(part) in known:
            continue
        size, deepest = 2 + len(part), 0
        if isinstance(part, dict):
            size += sum(map(len, part)) + 3 * len(part)
        missing = []
        for member in part.values() if isinstance(part, dict) else part:
            if isinstance(member, str):
                size += len(member) + 2
            elif not isinstance(member, dict | list):
                size += 4
            elif id(member) in known:
                inner, depth = known[id(member)]
                size += inner
                deepest = max(deepest, depth)
            else:
                missing.append(member)
        if missing:
            pending += [part, *missing]
        else:
            known[id(part)] = (size, 1 + deepest)
    return (*known[id(value)], looked_at)
