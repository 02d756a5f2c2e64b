"""Fields of the wrong kind: told before a definition is run, for the engine takes a number of seconds for a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, QueryLanguage
from keyflow.asl.conditions import OPERATORS
from keyflow.asl.fields import Path
from keyflow.asl.kinds import is_nested, mismatch
from keyflow.asl.records import TRANSITION, fields_of
from keyflow.diagnostics import Diagnostic, EngineError


def check_fields(machine: asl.StateMachine) -> None:
    """Raises KF610 where a field of a definition holds what its kind does not allow."""
    found = next(_problems(machine), None)
    if found is not None:
        raise EngineError(Diagnostic("KF610", found, hint="`keyflow check` says more"))


def _problems(machine: asl.StateMachine) -> Iterator[str]:
    language = machine.query_language or QueryLanguage.JSONPATH
    yield from _record(machine, language, "the definition")
    for name, state in asl.all_states(machine):
        spoken = QueryLanguage.JSONATA if state.query_language is QueryLanguage.JSONATA else language
        yield from _record(state, spoken, repr(name))
        for rule in state.choices if isinstance(state, asl.Choice) else ():
            for comparison in asl.comparisons(rule.condition):
                yield from _comparison(comparison, repr(name))


def _record(record: Any, language: QueryLanguage, owner: str) -> Iterator[str]:
    for attribute, field in fields_of(type(record)).items():
        value = getattr(record, attribute)
        if value is ABSENT or value is None or field.codec is TRANSITION or isinstance(value, Path):
            continue
        schema = field.codec.schema(language)
        if is_nested(schema):
            for each in value if isinstance(value, tuple) else (value,):
                if not isinstance(each, asl.Branch | asl.ChoiceRule | dict):  # looked at by themselves
                    yield from _record(each, language, f"{field.key} of {owner}")
            continue
        reason = mismatch(schema, list(value) if isinstance(value, tuple) else field.codec.dump(value))
        if reason is not None:
            yield f"{field.key} of {owner} {reason}"


def _comparison(comparison: asl.Comparison, owner: str) -> Iterator[str]:
    reason = mismatch({"type": "string"}, comparison.variable)
    if reason is not None:
        yield f"Variable of {owner} {reason}"
    reason = mismatch(OPERATORS[comparison.operator], comparison.value)
    if reason is not None:
        yield f"{comparison.operator} of {owner} {reason}"
