"""What the language's table says of each field of a document: unknown, out of place, missing, or of the wrong kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache, cached_property, lru_cache
from typing import Any

from keyflow import asl
from keyflow.asl import JSON, STATE_TYPES, QueryLanguage
from keyflow.asl.constants import with_constants
from keyflow.asl.fields import is_expression
from keyflow.asl.kinds import is_nested, mismatch
from keyflow.asl.records import TRANSITION, fields_of
from keyflow.asl.validator import validator
from keyflow.check.definition import JSONATA, JSONPATH, Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.diagnostics import nearest


class Problem(Enum):
    """How a field is wrong."""

    UNKNOWN = "unknown"
    OTHER_TYPE = "of another type"
    OTHER_LANGUAGE = "of the other language"
    MISSING = "missing"
    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One field that is wrong. `detail` completes the message: a type, a language, or what it must be.

    `known` are the fields that there are, where it is none; `beside` those that stand beside it.
    """

    problem: Problem
    path: Path
    key: str
    detail: str
    known: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class KnownField:
    """A key that a record may have: by the languages in which it may, the schema of its value."""

    schemas: Mapping[str, Any]

    @cached_property
    def tests(self) -> Mapping[str, Callable[[JSON], bool]]:
        """Whether a value is valid by its schema, as nearly all are; none where it holds records of their own."""
        return {spoken: validator(schema) for spoken, schema in self.schemas.items() if not is_nested(schema)}


_NESTED: Mapping[str, type[Any]] = {
    "Retry": asl.Retrier,
    "Catch": asl.Catcher,
    "ItemReader": asl.ItemReader,
    "ItemBatcher": asl.ItemBatcher,
    "ResultWriter": asl.ResultWriter,
    "ProcessorConfig": asl.ProcessorConfig,
}
_ELSEWHERE = ("Choices", "Branches", "ItemProcessor", "Iterator", "States")
"""Fields whose contents are checked as scopes and rules of their own."""


@cache
def known_fields(cls: Any) -> Mapping[str, KnownField]:
    """The keys of a record, with the second spellings of those that may be computed (`SecondsPath`)."""
    found: dict[str, KnownField] = {}
    for field in fields_of(cls).values():
        allowed = [language for language in QueryLanguage if field.allowed_in(language)]
        found[field.key] = KnownField({each.value: field.codec.schema(each) for each in allowed})
        if field.path_key is not None:
            found[field.path_key] = KnownField({JSONPATH: {"type": "string"}})
        if field.codec is TRANSITION:
            found["End"] = KnownField({each.value: {"type": "boolean"} for each in allowed})
    return found


@cache
def _types_with(key: str) -> tuple[str, ...]:
    """The types of state that have a field."""
    classes: Mapping[str, Any] = STATE_TYPES
    return tuple(name for name, cls in classes.items() if key in known_fields(cls))


def field_problems(definition: Definition, problem: Problem) -> Iterator[FieldProblem]:
    """What of this kind the table has against a definition's fields; they are looked at once."""
    return (each for each in definition.once("fields", _all_problems) if each.problem is problem)


def take_for_valid(definition: Definition) -> None:
    """Notes that the schema has taken a definition: no field of it is wrong, for both have the fields from one table.

    That holds where all is JSONPath. In JSONata, the schema takes any expression, and what a constant one gives may be
    wrong; so there it notes nothing.
    """
    languages = {*(scope.language for scope in definition.scopes), *(state.language for state in definition.states)}
    if languages == {JSONPATH}:
        definition.once("fields", lambda _definition: [])


def meant(definition: Definition, path: Path) -> frozenset[str]:
    """The fields that misspelt ones of the object at a path stand for: they are named once, where they are written."""
    return definition.once("meant", _all_meant).get(path, frozenset())


def _all_meant(definition: Definition) -> Mapping[Path, frozenset[str]]:
    found: dict[Path, frozenset[str]] = {}
    for each in field_problems(definition, Problem.UNKNOWN):
        near = nearest(each.key, each.known)
        if near is not None:
            found[each.path[:-1]] = found.get(each.path[:-1], frozenset()) | {near}
    return found


def _all_problems(definition: Definition) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for scope in definition.scopes:
        cls: Any = asl.StateMachine if not scope.path else asl.Branch
        problems += _record(cls, scope.document, scope.path, scope.language)
    for state in definition.states:
        if state.type in STATE_TYPES:
            problems += _record(STATE_TYPES[state.type], state.document, state.path, state.language, state.type)
    return problems


def _record(
    cls: Any, document: dict[str, Any], path: Path, spoken: str, state_type: str = ""
) -> Iterator[FieldProblem]:
    known = known_fields(cls)
    for key, value in document.items():
        test = _test_of(cls, key, spoken)
        if (test is not None and test(value)) or (key == "Type" and state_type):
            continue
        found = known.get(key)
        if found is None:
            types = _types_with(key) if state_type else ()
            problem = Problem.OTHER_TYPE if types else Problem.UNKNOWN
            yield FieldProblem(
                problem=problem,
                path=(*path, key),
                key=key,
                detail=", ".join(types) or state_type,
                known=tuple(known),
                beside=tuple(document),
            )
        elif spoken not in found.schemas:
            other = JSONPATH if spoken == JSONATA else JSONATA
            yield FieldProblem(problem=Problem.OTHER_LANGUAGE, path=(*path, key), key=key, detail=other)
        else:
            schema = found.schemas[spoken]
            given = _known(schema, value, spoken)
            if spoken not in found.tests or not found.tests[spoken](given):
                yield from _value(schema, key, given, (*path, key), spoken)
    for key, path_key in _required(cls):
        if key not in document and path_key not in document:
            yield FieldProblem(problem=Problem.MISSING, path=path, key=key, detail=state_type)


@lru_cache(maxsize=4096)
def _test_of(cls: Any, key: str, spoken: str) -> Callable[[JSON], bool] | None:
    """The test of a field's value as it is written; None where none decides."""
    found = known_fields(cls).get(key)
    if found is None or spoken not in found.schemas or _takes_constants(found.schemas[spoken], spoken):
        return None
    return found.tests.get(spoken)


def _known(schema: Any, value: JSON, spoken: str) -> JSON:
    """What a constant expression gives, where a field takes expressions."""
    return with_constants(value) if _takes_constants(schema, spoken) and is_expression(value) else value


def _takes_constants(schema: Any, spoken: str) -> bool:
    return spoken == JSONATA and isinstance(schema, dict) and "anyOf" in schema


@cache
def _required(cls: Any) -> tuple[tuple[str, str | None], ...]:
    """The fields that a record must have, each with the one that may stand instead: the path of its value."""
    return tuple((field.key, field.path_key) for field in fields_of(cls).values() if field.required)


def _value(schema: Any, key: str, value: JSON, path: Path, spoken: str) -> Iterator[FieldProblem]:
    if is_substitution(value):
        return
    if key in _NESTED:
        yield from _nested(_NESTED[key], key, value, path, spoken)
        return
    if key in _ELSEWHERE:
        wanted: type = list if key in ("Choices", "Branches") else dict
        name = "an array" if wanted is list else "an object"
        if not isinstance(value, wanted):
            yield FieldProblem(problem=Problem.KIND, path=path, key=key, detail=f"must be {name}")
        elif not value and key != "ItemProcessor":
            yield FieldProblem(problem=Problem.KIND, path=path, key=key, detail="must not be empty")
        for index, each in enumerate(value if isinstance(value, list) else ()):
            if not isinstance(each, dict) and not is_substitution(each):
                yield FieldProblem(problem=Problem.KIND, path=(*path, index), key=key, detail="must hold objects only")
        return
    if spoken == JSONATA and is_expression(value) and isinstance(schema, dict) and "anyOf" in schema:
        return
    reason = mismatch(schema, value)
    if reason is not None:
        yield FieldProblem(problem=Problem.KIND, path=path, key=key, detail=reason)


def _nested(cls: type[Any], key: str, value: JSON, path: Path, spoken: str) -> Iterator[FieldProblem]:
    if key in ("Retry", "Catch"):
        if not isinstance(value, list):
            yield FieldProblem(problem=Problem.KIND, path=path, key=key, detail="must be an array")
            return
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                yield from _record(cls, entry, (*path, index), spoken)
            else:
                yield FieldProblem(problem=Problem.KIND, path=(*path, index), key=key, detail="must be an object")
    elif isinstance(value, dict):
        yield from _record(cls, value, path, spoken)
    else:
        yield FieldProblem(problem=Problem.KIND, path=path, key=key, detail="must be an object")
