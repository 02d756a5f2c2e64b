"""What `operations.jsonl` says of a service's operations: made by `scripts/effects.py`, which tells its form.

The file has a line for each service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from keyflow.aws.effects.effect import Basis, Effect, OperationEffect
from keyflow.aws.models import OperationModel
from keyflow.aws.service_lines import first_line, line_of

_FILE = Path(__file__).with_name("operations.jsonl")


@cache
def effect_of(operation: OperationModel) -> OperationEffect:
    """What an operation does; `UNKNOWN` of one that is newer than the file."""
    known = _service(operation.service.name)
    effects: Mapping[str, Any] = known.get("effects", {})
    name = operation.name
    kind = next((effect for effect in Effect if name in effects.get(effect.value, ())), Effect.UNKNOWN)
    decided = known.get("decided", {}).get(name)
    made: Mapping[str, Any] = known.get("made", {}).get(name, {})
    undoing: Mapping[str, Any] = made.get("undo", {})
    found: Mapping[str, str] = made.get("find", {})
    return OperationEffect(
        effect=kind,
        noun=made.get("noun", _noun(operation)),
        undone_by=tuple(undoing),
        found_by=tuple(found),
        identity=tuple(made.get("identity", ())),
        exists_errors=tuple(made.get("exists", ())),
        token=made.get("token"),
        marks=tuple(made.get("marks", ())),
        undoing=undoing,
        found_in=found,
        upsert=made.get("upsert", False),
        gives_back=tuple(made.get("back", ())),
        basis=_basis(decided, name in known.get("named", ()) or not known),
        reason=None if decided is None else str(provenance()["reasons"][decided]),
    )


def _basis(decided: int | None, by_name: bool) -> Basis:
    if decided is not None:
        return Basis.DECIDED
    return Basis.NAME if by_name else Basis.AGREED


def _noun(operation: OperationModel) -> str:
    """What an operation is about, in words: `CreateUsagePlan` is about a `usage plan`."""
    words = operation.python_name.split("_")
    rest: Sequence[str] = words[1:] if words[0] not in ("admin", "batch") else words[2:]
    return " ".join(rest or words)


@cache
def provenance() -> Mapping[str, Any]:
    """The botocore that the file was made from, and the reasons of decisions, by their numbers."""
    return first_line(_FILE)


@cache
def _service(name: str) -> Mapping[str, Any]:
    return line_of(_FILE, name) or {}
