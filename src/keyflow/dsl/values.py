"""Values that an execution will know: the input, results, the context, and what is computed from them.

They are an expression tree. Operators build conditions, `[...]` walks into a value; nothing here knows how a
dialect will write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from keyflow.aws import Result, RuntimeValue
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean

if TYPE_CHECKING:
    from keyflow.dsl.conditions import Condition
    from keyflow.dsl.steps import Handler, Task

Literal = str | int | float | bool | None


class Value(RuntimeValue):
    """Something that an execution will know. Its truth, text and equality are the execution's, not Python's."""

    location: Location

    @property
    def kind(self) -> str | None:
        return None

    def deployed_text(self) -> str | None:
        return None

    def children(self) -> Iterator[Value]:
        """The values that this one is computed from."""
        return iter(())

    def __getitem__(self, key: str | int) -> Value:
        raise definition_error(
            "KF210", f"cannot walk into {self!r}: only the input, results and the context have members"
        )

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return _compare("Equals", self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return ~_compare("Equals", self, other)

    def __lt__(self, other: object) -> Condition:
        return _compare("LessThan", self, other)

    def __le__(self, other: object) -> Condition:
        return _compare("LessThanEquals", self, other)

    def __gt__(self, other: object) -> Condition:
        return _compare("GreaterThan", self, other)

    def __ge__(self, other: object) -> Condition:
        return _compare("GreaterThanEquals", self, other)

    __hash__ = object.__hash__

    def is_present(self) -> Condition:
        """Holds when the member exists, whatever its value."""
        return _test("IsPresent", self)

    def is_null(self) -> Condition:
        """Holds when the value is null."""
        return _test("IsNull", self)

    def is_string(self) -> Condition:
        """Holds when the value is a string."""
        return _test("IsString", self)

    def is_number(self) -> Condition:
        """Holds when the value is a number."""
        return _test("IsNumeric", self)

    def is_boolean(self) -> Condition:
        """Holds when the value is true or false."""
        return _test("IsBoolean", self)

    def is_timestamp(self) -> Condition:
        """Holds when the value is an RFC 3339 timestamp."""
        return _test("IsTimestamp", self)

    def matches(self, pattern: str) -> Condition:
        r"""Holds when the string matches; `*` stands for any characters, `\*` for an asterisk."""
        from keyflow.dsl.conditions import Match

        return Match(self, pattern)

    def __bool__(self) -> NoReturn:
        raise definition_error(
            "KF211",
            f"{self!r} is known only when the workflow runs, so Python cannot decide by it",
            hint="use workflow.when(...) or workflow.fail_if(...), and & | ~ in place of and, or, not",
        )

    def __iter__(self) -> NoReturn:
        raise definition_error("KF211", f"{self!r} is known only when the workflow runs, so Python cannot loop over it")

    def __format__(self, _specification: str) -> NoReturn:
        raise definition_error(
            "KF212",
            f"{self!r} is known only when the workflow runs, so it has no text to put into a Python string",
            hint="write keyflow.format('{}-{}', first, second)",
        )

    def __str__(self) -> str:
        return self.__format__("")


def _compare(ordering: str, left: Value, right: object) -> Condition:
    from keyflow.dsl.conditions import comparison

    return comparison(ordering, left, right)


def _test(name: str, value: Value) -> Condition:
    from keyflow.dsl.conditions import TypeTest

    return TypeTest(name, value)


@dataclass(frozen=True, eq=False, slots=True)
class Input:
    """The execution's input."""

    def __repr__(self) -> str:
        return "input"


@dataclass(frozen=True, eq=False, slots=True)
class TaskResult:
    """What a task's call gave."""

    task: Task

    def __repr__(self) -> str:
        return repr(self.task.name)


@dataclass(frozen=True, eq=False, slots=True)
class CaughtError:
    """The error that brought the execution into a handler."""

    handler: Handler

    def __repr__(self) -> str:
        return "error"


@dataclass(frozen=True, eq=False, slots=True)
class Context:
    """The context object (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html)."""

    def __repr__(self) -> str:
        return "context"


Source = Input | TaskResult | CaughtError | Context


@dataclass(frozen=True, eq=False, repr=False)
class Reference(Value):
    """A place in a source. `keys` lead there in Step Functions' spelling; `result` is the shape, where known."""

    source: Source
    keys: tuple[str | int, ...]
    location: Location
    result: Result | None = None
    as_kind: str | None = None

    @property
    def kind(self) -> str | None:
        if self.as_kind is not None:
            return self.as_kind
        return self.result.kind if self.result is not None else None

    def __getitem__(self, key: str | int) -> Reference:
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise definition_error("KF210", f"a member is named by a string or an index, not by {key!r}")
        if isinstance(self.source, Context):
            return Reference(
                self.source, (*self.keys, _context_member(self.keys, key)), calling_location(), None, "string"
            )
        if self.result is None:
            return Reference(self.source, (*self.keys, key), calling_location())
        spelt, member = self.result.member(key)
        return Reference(self.source, (*self.keys, spelt), calling_location(), member)

    def as_string(self) -> Reference:
        """The same value, known to be a string."""
        return self._as("string")

    def as_number(self) -> Reference:
        """The same value, known to be a number."""
        return self._as("number")

    def as_boolean(self) -> Reference:
        """The same value, known to be true or false."""
        return self._as("boolean")

    def as_timestamp(self) -> Reference:
        """The same value, known to be an RFC 3339 timestamp."""
        return self._as("timestamp")

    def _as(self, kind: str) -> Reference:
        return Reference(self.source, self.keys, calling_location(), self.result, kind)

    def __repr__(self) -> str:
        return repr(self.source) + "".join(f"[{key!r}]" for key in self.keys)


CONTEXT_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
}


def _context_member(keys: tuple[str | int, ...], key: str | int) -> str | int:
    if keys[:2] == ("Execution", "Input"):
        return key
    known = CONTEXT_MEMBERS.get(str(keys[0]), ()) if keys else tuple(CONTEXT_MEMBERS)
    if key not in known or len(keys) > 1:
        raise definition_error(
            "KF213", f"the context object has no {'.'.join(map(str, (*keys, key)))}", hint=did_you_mean(key, known)
        )
    return key


_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,254}")


class Parameter(Value):
    """A value that is fixed when the workflow is deployed (a table's name, an API's id), written `${Name}` until then.

    Args:
        name: Letters and digits, as CloudFormation wants its parameters.
        description: What it is, shown where a deployment misses it.
        default: The value where a deployment gives none.
    """

    def __init__(self, name: str, *, description: str = "", default: str | None = None) -> None:
        self.location = calling_location()
        if not _PARAMETER_NAME.fullmatch(name):
            raise definition_error("KF214", f"a parameter's name has letters and digits only, not {name!r}")
        self.name = name
        self.description = description
        self.default = default

    @property
    def kind(self) -> str:
        return "string"

    def deployed_text(self) -> str:
        return f"${{{self.name}}}"

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"


@dataclass(frozen=True, eq=False, repr=False)
class Intrinsic(Value):
    """A call of an intrinsic function; `name` is Step Functions' (`States.Format`)."""

    name: str
    arguments: tuple[Any, ...]
    location: Location
    result_kind: str | None = None

    @property
    def kind(self) -> str | None:
        return self.result_kind

    def children(self) -> Iterator[Value]:
        return (argument for argument in self.arguments if isinstance(argument, Value))

    def deployed_text(self) -> str | None:
        if self.name != "States.Format":
            return None
        texts = [part.deployed_text() if isinstance(part, Value) else str(part) for part in self.arguments[1:]]
        if any(text is None for text in texts):
            return None
        pieces = self.arguments[0].split("{}")
        return "".join(piece + text for piece, text in zip(pieces, [*map(str, texts), ""], strict=True))

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


class LeftOver(Value):
    """JSON text that lists what compensations could not undo; known only to a dead-letter call."""

    def __init__(self) -> None:
        self.location = calling_location()

    @property
    def kind(self) -> str:
        return "string"

    def __repr__(self) -> str:
        return "left_over"


def values_in(tree: Any) -> Iterator[Value]:
    """Every value in nested mappings and lists, and those that they are computed from, in the order written."""
    if isinstance(tree, Value):
        yield tree
        for child in tree.children():
            yield from values_in(child)
    elif isinstance(tree, Mapping):
        for element in tree.values():
            yield from values_in(element)
    elif isinstance(tree, list | tuple):
        for element in tree:
            yield from values_in(element)
