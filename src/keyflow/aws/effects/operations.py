"""What `operations.jsonl` says of a service's operations: made by `scripts/effects.py`, which tells its form.

The file has a line for each service, and only the lines of the services that are called are parsed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from keyflow.aws.effects.effect import Effect, OperationEffect
from keyflow.aws.models import OperationModel

_FILE = Path(__file__).with_name("operations.jsonl")
_BEGINNING = '{"service":"'
"""How the line of a service begins, before boto3's name of it."""


@cache
def effect_of(operation: OperationModel) -> OperationEffect:
    """What an operation does; `UNKNOWN` of one that is newer than the file."""
    known = _service(operation.service.name)
    effects: Mapping[str, Any] = known.get("effects", {})
    noun = _noun(operation)
    name = operation.name
    kind = next((effect for effect in Effect if name in effects.get(effect.value, ())), Effect.UNKNOWN)
    made = known.get("made", {}).get(name, {})
    return OperationEffect(
        effect=kind,
        noun=noun,
        undone_by=tuple(made.get("undo", ())),
        found_by=tuple(made.get("find", ())),
        identity=tuple(made.get("identity", ())),
        exists_errors=tuple(made.get("exists", ())),
        token=made.get("token"),
        marks=tuple(made.get("marks", ())),
    )


def _noun(operation: OperationModel) -> str:
    """What an operation is about, in words: `CreateUsagePlan` is about a `usage plan`."""
    words = operation.python_name.split("_")
    rest = words[1:] if words[0] not in ("admin", "batch") else words[2:]
    return " ".join(rest or words)


@cache
def _service(name: str) -> Mapping[str, Any]:
    content = _FILE.read_bytes()
    start = content.find(f'{_BEGINNING}{name}"'.encode())
    if start < 0:
        return {}
    found: Mapping[str, Any] = json.loads(content[start : content.index(b"\n", start)])
    return found
