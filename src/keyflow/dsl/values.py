"""The values that a definition can name: the input, results, the context, parameters, intrinsic functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from keyflow.asl.constants import constant
from keyflow.asl.fields import ABSENT, braced, is_expression, unbraced
from keyflow.aws import Call, Result, RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, calling_location, definition_error, did_you_mean
from keyflow.dsl.deployed import ExecutionArns
from keyflow.dsl.expressions import Value, kind_of, values_in
from keyflow.making import note_text


def values_of(call: Call) -> tuple[Value, ...]:
    """The values that a call needs."""
    return call.once(_values_of)


def _values_of(call: Call) -> tuple[Value, ...]:
    return tuple(values_in((call.written, call.role)))


class Source:
    """Where a reference leads into; tasks and handlers have their own in `steps`.

    `chosen_by_caller` tells whether whoever starts the execution chooses what lies there.
    """

    __slots__ = ()
    chosen_by_caller: ClassVar[bool] = True

    def is_chosen_by_caller(self) -> bool:
        """The same, of a source that has it from others."""
        return self.chosen_by_caller

    def kind_of(self, keys: tuple[str | int, ...], key: str | int) -> str | None:
        """The kind of what lies at a key, where it is known; raises a `DefinitionError` where no such key is there."""
        return None


@dataclass(frozen=True, eq=False, slots=True)
class Input(Source):
    """The input of the executions of a workflow."""

    workflow: object

    def __repr__(self) -> str:
        return "input"


@dataclass(frozen=True, eq=False, slots=True)
class Context(Source):
    """The context object (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html)."""

    def __repr__(self) -> str:
        return "context"


@dataclass(frozen=True, eq=False, slots=True)
class Data(Source):
    """What `$` stands for in a `StateMachine`: the state's own input, or its result."""

    def __repr__(self) -> str:
        return "data"


@dataclass(frozen=True, eq=False, slots=True)
class Variable(Source):
    """A variable of a `StateMachine` (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html)."""

    name: str

    def __repr__(self) -> str:
        return f"${self.name}"


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

    @property
    def chosen_by_caller(self) -> bool:
        if isinstance(self.source, Context):
            return self.keys[:2] == ("Execution", "Input") or self.keys[:1] == ("Map",)
        return self.source.is_chosen_by_caller()

    def __getitem__(self, key: str | int) -> Reference:
        if not isinstance(key, str | int) or isinstance(key, bool):
            hint = "intrinsics.array_get_item(value, index) takes one element; for more, with workflow.map(...)"
            problem = f"a member is named by a string or an index, not by {key!r}"
            raise definition_error("KF210", problem, hint=hint if isinstance(key, slice) else None)
        if isinstance(key, int) and key < 0:
            hint = "an array is counted from its beginning: intrinsics.array_get_item(value, index)"
            raise definition_error("KF210", f"no element is number {key}", hint=hint)
        if isinstance(self.source, Context):
            keys = (*self.keys, _context_member(self.keys, key))
            return Reference(self.source, keys, calling_location(), None, _context_kind(keys))
        if self.result is None:
            return Reference(
                self.source, (*self.keys, key), calling_location(), None, self.source.kind_of(self.keys, key)
            )
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
        return note_text(repr(self.source) + "".join(f"[{key!r}]" for key in self.keys))


CONTEXT_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
    "Map": ("Item",),
}


def _context_member(keys: tuple[str | int, ...], key: str | int) -> str | int:
    if keys[:2] == ("Execution", "Input") or keys[:3] == ("Map", "Item", "Value"):
        return key
    known = CONTEXT_MEMBERS.get(str(keys[0]), ()) if keys else tuple(CONTEXT_MEMBERS)
    if keys == ("Map", "Item"):
        known = ("Index", "Key", "Value", "Source")
    elif len(keys) > 1:
        known = ()
    if key not in known:
        raise definition_error(
            "KF213", f"the context object has no {'.'.join(map(str, (*keys, key)))}", hint=did_you_mean(key, known)
        )
    return key


def _context_kind(keys: tuple[str | int, ...]) -> str | None:
    """The type of a member of the context object: text, but for counts and what the execution itself brings."""
    if keys[-1] in ("RetryCount", "RedriveCount", "Index"):
        return "number"
    brought = (("Execution", "Input"), ("Map", "Item", "Value"))
    return None if any(keys[: len(each)] == each for each in brought) else "string"


@dataclass(frozen=True, eq=False, repr=False)
class PathText(Value):
    """A path or an intrinsic function as the States Language writes it: for those that select many."""

    text: str
    location: Location

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False, repr=False)
class JsonataText(Value):
    """A JSONata expression, without the braces around it; `braced` is the text that the States Language has for it."""

    text: str
    location: Location
    braced: str

    @property
    def kind(self) -> str | None:
        return kind_of(self.constant[0]) if self.constant else None

    @cached_property
    def constant(self) -> tuple[Any, ...]:
        found = constant(self.text)
        return () if found is ABSENT else (found,)

    @property
    def chosen_by_caller(self) -> bool:
        return not self.constant

    def __repr__(self) -> str:
        return note_text(f"jsonata({self.text!r})")


def jsonpath(text: str) -> PathText:
    """A path, or an intrinsic function, for a `StateMachine`: `jsonpath("$.orders[?(@.total > 100)]")`.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
    """
    return PathText(text, calling_location())


def jsonata(text: str) -> JsonataText:
    """A JSONata expression for a `StateMachine`: `jsonata("$states.input.order.id")`.

    With its own braces, `jsonata("{%$x%}")`, it is written as it stands, else with a blank beside each brace.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    if is_expression(text):
        return JsonataText(unbraced(text), calling_location(), text)
    return JsonataText(text, calling_location(), braced(text))


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
        texts = [part.deployed_text() if isinstance(part, RuntimeValue) else str(part) for part in self.arguments[1:]]
        if any(text is None for text in texts):
            return None
        return self._joined(map(str, texts))

    def deployed_pattern(self) -> str:
        if self.name != "States.Format":
            return "*"
        return self._joined(
            part.deployed_pattern() if isinstance(part, RuntimeValue) else str(part) for part in self.arguments[1:]
        )

    @property
    def chosen_by_caller(self) -> bool:
        return any(each.chosen_by_caller for each in self.arguments if isinstance(each, RuntimeValue))

    def _joined(self, texts: Iterable[str]) -> str:
        pieces = self.arguments[0].split("{}")
        return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))

    def __repr__(self) -> str:
        return note_text(f"{self.name}({', '.join(map(repr, self.arguments))})")


class ExecutionArn(Intrinsic):
    """The ARN of one execution of a workflow: whoever chooses it chooses among the executions of that workflow."""

    def __init__(self, workflow: str, name: Any) -> None:
        super().__init__("States.Format", ("{}:{}", ExecutionArns(workflow), name), calling_location(), "string")

    @property
    def chosen_by_caller(self) -> bool:
        return False


class LeftOver(Value):
    """JSON text that lists what compensations could not undo; known only to a dead-letter call."""

    def __init__(self) -> None:
        self.location = calling_location()

    @property
    def kind(self) -> str:
        return "string"

    def __repr__(self) -> str:
        return "left_over"
