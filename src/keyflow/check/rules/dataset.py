"""A ReaderConfig or WriterConfig says what Step Functions cannot read or write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.check.definition import JSONATA, Definition, State, is_expression, is_substitution
from keyflow.check.fields import mismatch
from keyflow.check.json5 import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import did_you_mean

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
_WRITER: Mapping[str, Any] = {
    "OutputType": {"enum": ["JSON", "JSONL"]},
    "Transformation": {"enum": ["COMPACT", "FLATTEN", "NONE"]},
}


def check(definition: Definition) -> Iterator[Finding]:
    """The members of both, against what the guide lists."""
    for state in definition.states:
        if state.type == "Map":
            yield from _config(state, "ItemReader", "ReaderConfig", _READER)
            yield from _config(state, "ResultWriter", "WriterConfig", _WRITER)


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
        elif not is_substitution(value) and not _is_computed(state, known[key], value):
            reason = mismatch(known[key], value)
            if reason is not None:
                yield Finding((*path, key), f"{key} {reason}")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield Finding(
            (*path, "CSVHeaderLocation"), "the headers are said to be given, and are not", "CSVHeaders: [...]"
        )


def _is_computed(state: State, schema: Any, value: Any) -> bool:
    """Whether an expression stands where one may: not for what must be known when the Map is read."""
    return state.language == JSONATA and "enum" not in schema and is_expression(value)


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
    title="A ReaderConfig or WriterConfig says what Step Functions cannot read or write",
    why="A distributed Map reads and writes a few formats only, each with settings of its own.",
    bad=_reading(InputType="CSV", CSVHeaderLocation="FIRST_LINE"),
    good=_reading(InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
    source=f"{GUIDE}/input-output-itemreader.html",
    check=check,
)
