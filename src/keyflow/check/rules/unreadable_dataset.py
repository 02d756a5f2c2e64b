"""An ItemReader or a ResultWriter says what Step Functions cannot read or write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.asl.constants import with_constants
from keyflow.asl.fields import ABSENT, is_expression
from keyflow.asl.kinds import mismatch
from keyflow.check.definition import JSONATA, Definition, State, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import did_you_mean
from keyflow.lazy import lazy_pattern

_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_READER: Mapping[str, Any] = {
    "InputType": {"enum": ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"]},
    "CSVHeaderLocation": {"enum": ["FIRST_ROW", "GIVEN"]},
    "CSVHeaders": _TEXTS,
    "CSVDelimiter": {"enum": ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]},
    "ItemsPointer": {"type": "string"},
    "ManifestType": {"enum": ["ATHENA_DATA", "S3_INVENTORY"]},
    "MaxItems": {"type": "integer", "minimum": 0},
    "MaxItemsPath": {"type": "string", "pattern": r"^\$"},
    "Transformation": {"enum": ["LOAD_AND_FLATTEN", "NONE"]},
}
_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "ItemReader": ("getObject", "listObjectsV2"),
    "ResultWriter": ("putObject",),
}
_S3 = lazy_pattern(r"arn:aws[a-z-]*:states:::s3:(?P<operation>\w+)")
_WRITER: Mapping[str, Any] = {
    "OutputType": {"enum": ["JSON", "JSONL"]},
    "Transformation": {"enum": ["COMPACT", "FLATTEN", "NONE"]},
}


def check(definition: Definition) -> Iterator[Finding]:
    """The operations and the members of both, against what the guide lists."""
    for state in definition.of_type("Map"):
        for outer in _OPERATIONS:
            yield from _operation(state, outer)
        yield from _written(state)
        yield from _config(state, "ItemReader", "ReaderConfig", _READER)
        yield from _config(state, "ResultWriter", "WriterConfig", _WRITER)


def _operation(state: State, outer: str) -> Iterator[Finding]:
    """What is not of S3 may be newer than this list."""
    holder = state.document.get(outer)
    resource = holder.get("Resource") if isinstance(holder, dict) else None
    called = _S3.fullmatch(resource) if isinstance(resource, str) else None
    if called is not None and called["operation"] not in _OPERATIONS[outer]:
        message = f"a Map has no {outer} that calls s3:{called['operation']}"
        yield Finding(state.at(outer, "Resource"), message, f"one of {', '.join(_OPERATIONS[outer])}")


def _written(state: State) -> Iterator[Finding]:
    """A ResultWriter says where to write, or how, or both."""
    writer = state.document.get("ResultWriter")
    if not isinstance(writer, dict) or is_substitution(writer):
        return
    given = "Arguments" if state.language == JSONATA else "Parameters"
    if "Resource" not in writer and "WriterConfig" not in writer:
        hint = f"a Resource with {given}, or a WriterConfig"
        yield Finding(state.at("ResultWriter"), "the ResultWriter says neither where to write nor how", hint, True)
    elif "Resource" in writer and not {"Arguments", "Parameters"} & writer.keys():
        message = "the ResultWriter does not say which bucket it writes to"
        yield Finding(state.at("ResultWriter"), message, f'"{given}": {{"Bucket": ...}}', True)
    yield from _target(writer.get(given), state.at("ResultWriter", given))
    config = writer.get("WriterConfig")
    if isinstance(config, dict) and "Transformation" in config and "OutputType" not in config:
        message = "a WriterConfig with a Transformation says the OutputType, too"
        yield Finding(state.at("ResultWriter", "WriterConfig"), message, on_key=True)


def _target(target: JSON, path: Path) -> Iterator[Finding]:
    for key, value in target.items() if isinstance(target, dict) else ():
        if key in ("Bucket", "Prefix") and not isinstance(value, str) and not is_substitution(value):
            yield Finding((*path, key), f"{key} must be text")


def _config(state: State, outer: str, inner: str, known: Mapping[str, Any]) -> Iterator[Finding]:
    holder = state.document.get(outer)
    config = holder.get(inner) if isinstance(holder, dict) else None
    if not isinstance(config, dict):
        return
    path: Path = state.at(outer, inner)
    for key, value in config.items():
        if key not in known:
            hint = did_you_mean(key, known)
            if hint is not None:  # what is like none of them may be newer than this list
                yield Finding((*path, key), f"{inner} has no {key!r}", hint, on_key=True)
        elif not is_substitution(value):
            read = _read(state, known[key], value)
            reason = None if read is ABSENT else mismatch(known[key], read)
            if reason is not None:
                yield Finding((*path, key), f"{key} {reason}")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield Finding(
            (*path, "CSVHeaderLocation"), "the headers are said to be given, and are not", "CSVHeaders: [...]"
        )


def _read(state: State, schema: Any, value: Any) -> Any:
    """What the Map reads; ABSENT for what an expression computes where one may stand: for no enum."""
    if state.language != JSONATA or "enum" in schema:
        return value
    known = with_constants(value)
    return ABSENT if is_expression(known) else known


def _reading(**config: Any) -> Any:
    return {
        "A": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": config,
                "Parameters": {"Bucket": "b", "Key": "k.csv"},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "B",
                "States": {"B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    }


RULE = Rule(
    code="KF842",
    title="An ItemReader or a ResultWriter says what Step Functions cannot read or write",
    why=(
        "A distributed Map reads and writes with a few operations of S3, and in a few formats only, each with "
        "settings of its own."
    ),
    bad=_reading(InputType="CSV", CSVHeaderLocation="FIRST_LINE"),
    good=_reading(InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
    source=f"{GUIDE}/input-output-itemreader.html",
    check=check,
)
