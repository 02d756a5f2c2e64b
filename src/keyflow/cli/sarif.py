"""Findings as code scanners exchange them (https://docs.oasis-open.org/sarif/sarif/v2.1.0)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What results are about; `source` is an address where more of it is said."""

    id: str
    name: str
    title: str
    why: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One finding; `level` is error, warning or note."""

    rule: str
    level: str
    message: str
    location: Location | None = None


def log(rules: Iterable[Rule], results: Iterable[Result]) -> dict[str, Any]:
    """The log of one run of keyflow."""
    from keyflow import __version__

    driver = {"name": "keyflow", "version": __version__, "rules": [_rule(each) for each in rules]}
    run = {"tool": {"driver": driver}, "results": [_result(each) for each in results]}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        **({} if rule.source is None else {"helpUri": rule.source}),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "ruleId": result.rule,
        "level": result.level,
        "message": {"text": result.message},
        **({} if result.location is None else {"locations": [_place(result.location)]}),
    }


def _place(location: Location) -> dict[str, Any]:
    file = Path(location.file)
    here = Path.cwd()
    uri = file.resolve().relative_to(here) if file.resolve().is_relative_to(here) else file
    region = {"startLine": location.line, **({"startColumn": location.column} if location.column else {})}
    return {"physicalLocation": {"artifactLocation": {"uri": uri.as_posix()}, "region": region}}
