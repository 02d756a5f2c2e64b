"""A call's arguments against the service's model: checked in boto3's spelling, converted to Step Functions'."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyflow import json_values
from keyflow.aws.json_text import JsonText
from keyflow.aws.models import Shape
from keyflow.aws.runtime_values import RuntimeCondition, RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location, did_you_mean, nearest
from keyflow.json_values import is_decimal
from keyflow.lazy import lazy_pattern

Spelling = Callable[[str], str]


_NUMBER = lazy_pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""A number as text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    """Checks the arguments of an operation's calls; `spelling` turns a member's name into the integration's.

    `json_members` are the paths that take any JSON. `own_members` are parameters of the integration that the model
    lacks; it fills in `token` where that is missing.
    """

    operation: str
    spelling: Spelling
    json_members: frozenset[str] = frozenset()
    own_members: frozenset[str] = frozenset()
    token: str | None = None

    def check(self, shape: Shape | None, arguments: Mapping[str, Any], location: Location) -> list[Diagnostic]:
        """All that is wrong with the arguments of a call, in the order they were written."""
        if shape is None:
            found = [_error("KF204", f"{self.operation} takes no parameters")] if arguments else []
        else:
            found = list(self._structure(shape, arguments, ""))
        return [replace(each, location=location) for each in found]

    def convert(self, shape: Shape | None, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments under the integration's names. A map's keys are data, and stay."""
        converted: dict[str, Any] = {} if shape is None else self._converted(shape, arguments, "")
        return converted

    def _structure(self, shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
        where = f"{self.operation}: {path}" if path else self.operation
        for name, member in value.items():
            if not path and name in self.own_members:
                continue
            if name not in shape.members:
                hint = did_you_mean(name, shape.members) or f"it has {', '.join(sorted(shape.members))}"
                yield _error("KF204", f"{where} has no parameter {name!r}", hint)
            else:
                yield from self._value(shape.members[name], member, f"{path}.{name}" if path else name)
        if _is_attribute_value(shape):
            yield from self._attribute_value(value, path)
        meant = {nearest(name, shape.members) for name in value if name not in shape.members}
        for name in shape.required:
            if name not in value and name not in meant and (path or name != self.token):
                yield _error("KF203", f"{where} needs the parameter {name!r}")

    def _attribute_value(self, value: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
        """What DynamoDB refuses of a value with its type.

        Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
        """
        number = value.get("N")
        if len(value) > 1:
            problem = f"{self.operation}: {path} has one type, not {' and '.join(map(str, value))}"
            yield _error("KF205", problem, f"write one of them: {dict([next(iter(value.items()))])}")
        if isinstance(number, str) and not _NUMBER.fullmatch(number.strip()) and "$" not in number:
            problem = f"{self.operation}: {path}.N is a number written as text, not {number!r}"
            yield _error("KF205", problem, "write it with a point and digits: {'N': '1.5'}")

    def _value(self, shape: Shape, value: Any, path: str) -> Iterator[Diagnostic]:
        if self._is_json(shape, path):
            return
        if isinstance(value, RuntimeCondition):
            problem = f"{self.operation}: {path} cannot be a condition, which decides and has no value"
            yield _error("KF205", problem, "write with workflow.when(condition): and the steps below")
        elif isinstance(value, JsonText) and value.problem() is not None:
            yield from self._in_document(shape, value, path)
        elif isinstance(value, RuntimeValue):
            if value.kind is not None and value.kind != shape.kind:
                yield self._mismatch(shape, f"a value of type {value.kind}", path)
        elif shape.type == "structure" and isinstance(value, Mapping):
            yield from self._structure(shape, value, path)
        elif shape.type == "map" and isinstance(value, Mapping):
            for key, element in value.items():
                yield from self._value(shape.element, element, f"{path}.{key}")
        elif shape.type == "list" and isinstance(value, list | tuple):
            for index, element in enumerate(value):
                yield from self._value(shape.element, element, f"{path}[{index}]")
        elif not _is_scalar(shape, value):
            yield self._mismatch(shape, _shown(value), path, value)
        elif shape.enum and value not in shape.enum:
            hint = did_you_mean(value, shape.enum) or f"one of {', '.join(shape.enum)}"
            yield _error("KF206", f"{self.operation}: {path} cannot be {value!r}", hint)

    def _in_document(self, shape: Shape, document: JsonText, path: str) -> Iterator[Diagnostic]:
        """What is wrong with a document that is no JSON."""
        for leaf in json_values.leaves(document.tree):
            if isinstance(leaf, RuntimeCondition) or hasattr(type(leaf), "result"):
                yield from self._value(shape, leaf, path)
                return
        yield _error("KF205", f"{self.operation}: {path} is written as JSON text: {document.problem()}")

    def _mismatch(self, shape: Shape, found: str, path: str, value: Any = None) -> Diagnostic:
        article = "an" if shape.kind[0] in "ao" else "a"
        hint = next(_hints(shape, path, value), None)
        return _error("KF205", f"{self.operation}: {path} must be {article} {shape.kind}, not {found}", hint)

    def _is_json(self, shape: Shape, path: str) -> bool:
        """Whether any JSON may stand at the path."""
        if not self.json_members:
            return shape.is_document
        return shape.is_document or re.sub(r"\[\d+\]", "[]", path) in self.json_members

    def _converted(self, shape: Shape, value: Any, path: str) -> Any:
        if isinstance(value, RuntimeValue) or self._is_json(shape, path):
            return value
        match shape.type:
            case "structure":
                return {
                    self.spelling(name): self._converted(
                        shape.members[name], member, f"{path}.{name}" if path else name
                    )
                    if name in shape.members
                    else member
                    for name, member in value.items()
                }
            case "map":
                return {key: self._converted(shape.element, element, f"{path}.{key}") for key, element in value.items()}
            case "list":
                return [self._converted(shape.element, element, f"{path}[0]") for element in value]
            case _:
                return value


def _error(code: str, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, message, None, hint)


def _shown(value: Any) -> str:
    return repr(value) if type(value).__module__.startswith("keyflow.") else f"{type(value).__name__} {value!r}"


def _hints(shape: Shape, path: str, value: Any) -> Iterator[str]:
    """What to write where something of another type stands."""
    if path.rsplit(".", 1)[-1] == "N" and shape.kind == "string":
        yield "DynamoDB's numbers are written as text: {'N': '5'}"
    if _is_attribute_value(shape):
        yield f"DynamoDB's values have a type: {_typed(value)}"
    if hasattr(type(value), "result"):
        yield "write a member of the task's result: task['name']"
    if hasattr(type(value), "item"):
        yield "write each.item for the item, or a member of it: each['name']"
    if shape.kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        yield f"write it as text: {str(value)!r}"
    if shape.kind == "number" and isinstance(value, str) and _NUMBER.fullmatch(value):
        yield f"write it as a number: {value}"
    if shape.type == "string" and isinstance(value, list | tuple) and not shape.enum:
        yield "for a JSON array as text write intrinsics.json_to_string([...])"
    if shape.type == "list" and isinstance(value, str):
        yield f"write a list: [{value!r}]"


def _is_attribute_value(shape: Shape) -> bool:
    """Whether it is DynamoDB's value with its type."""
    return {"S", "N", "BOOL", "NULL"} <= shape.members.keys()


def _typed(value: Any) -> str:
    """A value of Python as DynamoDB has it."""
    match value:
        case bool():
            return f"{{'BOOL': {value}}}"
        case int() | float():
            return f"{{'N': {str(value)!r}}}"
        case None:
            return "{'NULL': True}"
        case list() | tuple():
            return "{'L': [{'S': 'text'}]}"
        case _:
            return f"{{'S': {value!r}}}" if isinstance(value, str) else "{'S': value}"


def _is_scalar(shape: Shape, value: Any) -> bool:
    match shape.kind:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return is_decimal(value) or (isinstance(value, int | float) and not isinstance(value, bool))
        case "string":
            return isinstance(value, str)
        case _:
            return False
