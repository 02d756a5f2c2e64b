"""What a request has, and what of it an execution is sent: always, perhaps, or never."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from keyflow.aws import RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.diagnostics import definition_error
from keyflow.dsl.habits import Habits
from keyflow.dsl.request_context import instead, is_group, is_variable
from keyflow.making import note_text

JSONSchema = Mapping[str, Any]
Keys = tuple[str | int, ...]
_OPEN = ("$ref", "allOf", "anyOf", "oneOf", "patternProperties", "if", "dependentSchemas")
"""What lets a schema have members that `properties` does not name."""


class Part(Enum):
    """The parts of a request."""

    BODY = "body"
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    CONTEXT = "context"


@dataclass(frozen=True, eq=False, repr=False)
class RequestValue(Habits, RuntimeValue):
    """Something of the request: the body, or a member of it, of the path, the query, the headers or the context."""

    part: Part
    keys: tuple[str, ...] = ()

    @property
    def kind(self) -> str | None:
        return None if self.part is Part.BODY else "string"

    def deployed_text(self) -> str | None:
        return None

    def __getitem__(self, key: str) -> RequestValue:
        if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_.-]+", key):
            raise definition_error(
                "KF401", f"a member of the request is named by letters, digits, _ . and -, not {key!r}"
            )
        if self.part is not Part.BODY and self.part is not Part.CONTEXT and self.keys:
            raise definition_error("KF401", f"{self!r} is text and has no members")
        keys = (*self.keys, key)
        if self.part is Part.CONTEXT and not is_group(keys) and not is_variable(keys):
            problem = f"the context of a request has no {'.'.join(keys)!r}"
            raise definition_error("KF411", problem, hint=instead(keys))
        return RequestValue(self.part, keys)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RequestValue):
            return self is other
        hint = "send it in input=..., and write workflow.when(workflow.input['name'] == ...)"
        raise definition_error(
            "KF211", f"{self!r} is known only when a request comes: a route decides nothing", hint=hint
        )

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return note_text(f"api.{self.part.value}" + "".join(f"[{key!r}]" for key in self.keys))


def may_be_sent(tree: Any, schema: JSONSchema | None, keys: Keys) -> bool:
    """Whether a request can have what lies at a path of the execution's input."""
    match tree:
        case RequestValue(part=Part.BODY, keys=before):
            return True if schema is None else allowed(schema, (*before, *keys))
        case RuntimeValue():
            return True
        case Mapping():
            return not keys or (keys[0] in tree and may_be_sent(tree[keys[0]], schema, keys[1:]))
        case list() | tuple():
            is_there = bool(keys) and isinstance(keys[0], int) and keys[0] < len(tree)
            return not keys or (is_there and may_be_sent(tree[int(keys[0])], schema, keys[1:]))
        case _:
            return not keys


def parted(keys: Keys, is_there: Callable[[Keys], bool]) -> tuple[Keys, str | int] | None:
    """Where a path leaves what is there: the part of it that leads somewhere, and the key behind it; or None."""
    ends = (end for end in range(len(keys)) if not is_there(keys[: end + 1]))
    return next(((keys[:end], keys[end]) for end in ends), None)


def allowed(schema: JSONSchema, keys: Keys) -> bool:
    """Whether a schema has something at a path.

    One that names members, and says nothing of others, has no others: who means more writes `additionalProperties`.
    """
    if not keys or any(word in schema for word in _OPEN):
        return True
    first, rest = keys[0], keys[1:]
    if isinstance(first, int):
        return _is_of(schema, "array") and allowed(schema.get("items") or {}, rest)
    if not _is_of(schema, "object"):
        return False
    named = schema.get("properties") or {}
    if first in named:
        return allowed(named[first], rest)
    others = schema.get("additionalProperties", not named)
    return others is not False


def _is_of(schema: JSONSchema, kind: str) -> bool:
    types = schema.get("type", kind)
    return kind == types or (isinstance(types, list) and kind in types)


def always_sent(tree: Any, schema: JSONSchema | None, path: Keys = ()) -> Iterator[Keys]:
    """The paths of an execution's input that every request has; 0 stands for each item.

    Args:
        tree: What the route makes of a request: literals and parts of it, nested.
        schema: What API Gateway holds the body to.
        path: Where the tree lies in the input.
    """
    yield path
    match tree:
        case RequestValue(part=Part.BODY, keys=keys):
            yield from _required(schema_at(schema or {}, keys), path)
        case Mapping():
            for key, value in tree.items():
                yield from always_sent(value, schema, (*path, str(key)))
        case list() | tuple():
            for index, element in enumerate(tree):
                yield from always_sent(element, schema, (*path, index))
        case _:
            pass


def _required(schema: JSONSchema, path: Keys) -> Iterator[Keys]:
    """The members that a JSON Schema demands of an object, and of each item of an array, all the way down."""
    if schema.get("type") == "object":
        for name in schema.get("required", ()):
            yield (*path, name)
            yield from _required(schema.get("properties", {}).get(name, {}), (*path, name))
    elif schema.get("type") == "array":
        yield (*path, 0)
        yield from _required(schema.get("items", {}), (*path, 0))


def names_at(schema: JSONSchema, keys: Keys) -> Iterator[str]:
    """The members that a schema names at a path."""
    yield from schema_at(schema, keys).get("properties", {})


def schema_at(schema: JSONSchema, keys: Sequence[str | int]) -> JSONSchema:
    """The schema of what lies at a path."""
    for key in keys:
        schema = schema.get("items", {}) if isinstance(key, int) else schema.get("properties", {}).get(key, {})
    return schema
