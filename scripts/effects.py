"""Makes `src/keyflow/aws/effects/operations.jsonl`: what each operation of each service does.

    python -m scripts.effects

The operations come from the botocore that is installed.

The file has a line for each service, in boto3's names. `effects` lists the operations by what they do; `made` says of
those that make something what undoes it (`undo`), what looks for it (`find`), by which members the caller names it
(`identity`), which errors say that it exists already (`exists`), and which member makes a repeated call one and the
same (`token`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore

from keyflow.aws.effects.effect import Effect
from keyflow.aws.models import OperationModel, ServiceModel, service_model, service_names
from scripts.operation_effects import COUNTERPARTS, EFFECTS, LOOKUPS, UNDO, VERBS

TARGET = Path(__file__).parent.parent / "src" / "keyflow" / "aws" / "effects" / "operations.jsonl"
_EXISTS = re.compile(r"AlreadyExist|Exists|Duplicate|AlreadyOwned|InUse|Conflict")
_MARKS = ("tags", "tag", "description", "clienttoken", "customerid", "comment", "metadata")


def main() -> None:
    """Writes the file, and says what it comes to."""
    models = [model for name in service_names() if (model := service_model(name)) is not None]
    entries = [_entry(model) for model in models]
    lines = [json.dumps(each, separators=(",", ":")) for each in ({"botocore": botocore.__version__}, *entries)]
    TARGET.write_text("\n".join(lines) + "\n")
    for effect in Effect:
        print(f"{sum(len(entry['effects'].get(effect.value, ())) for entry in entries):6,} {effect.value}")


def _entry(model: ServiceModel) -> Mapping[str, Any]:
    effects: dict[str, list[str]] = {}
    made: dict[str, Any] = {}
    for name, operation in model.operations.items():
        effect = by_name(model.name, name)
        effects.setdefault(effect.value, []).append(operation.name)
        if effect in (Effect.CREATES, Effect.STARTS, Effect.CHANGES):
            found = dict(_made(model, name, operation))
            if found:
                made[operation.name] = found
    return {"service": model.name, "effects": effects, "made": made}


def by_name(service: str, operation: str) -> Effect:
    """What the operation's name says that it does."""
    decided = EFFECTS.get(service, {}).get(operation)
    if decided is not None:
        return Effect(decided)
    words = [word for word in operation.split("_") if word not in ("admin", "batch", "bulk")]
    return Effect(VERBS.get(words[0] if words else operation, "unknown"))


def _made(model: ServiceModel, name: str, operation: OperationModel) -> Iterator[tuple[str, Any]]:
    undo = [each for each in _undoing(model, name) if each in model.operations]
    if undo:
        yield "undo", undo
    find = [each for each in _finding(name) if each in model.operations]
    if find:
        yield "find", find
    members = {} if operation.input is None else operation.input.members
    shape = model.operations[undo[0]].input if undo else None
    wanted = () if shape is None else shape.required
    if wanted and all(each in members for each in wanted):
        yield "identity", list(wanted)
        exists = [error for error in operation.errors if _EXISTS.search(error)]
        if exists:
            yield "exists", exists
    token = operation.token
    if token is not None:
        yield "token", token
    marks = [each for each in members if each.lower() in _MARKS and each != token]
    if marks:
        yield "marks", marks


def _undoing(model: ServiceModel, name: str) -> Iterator[str]:
    yield from UNDO.get(model.name, {}).get(name, ())
    prefix = "admin_" if name.startswith("admin_") else ""
    verb, _, noun = name.removeprefix(prefix).partition("_")
    for undoing in COUNTERPARTS.get(verb, ()):
        yield f"{prefix}{undoing}_{noun}" if noun else undoing


def _finding(name: str) -> Iterator[str]:
    prefix = "admin_" if name.startswith("admin_") else ""
    _verb, _, noun = name.removeprefix(prefix).partition("_")
    for verb in LOOKUPS:
        for ending in ("s", "es", ""):
            yield f"{prefix}{verb}_{noun}{ending}"
        if noun.endswith("y"):
            yield f"{prefix}{verb}_{noun[:-1]}ies"


if __name__ == "__main__":
    main()
