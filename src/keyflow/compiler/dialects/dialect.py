"""What a query language has to say: values, conditions, movements of data, and questions asked of it.

Fields of states are given as the keyword arguments of the `asl` dataclasses, so that who writes states does not know
which of them a dialect uses. A dialect of another language defines what is abstract here, and nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from keyflow import asl, json_values
from keyflow.aws import Call, OperationCall
from keyflow.compiler.analysis.dataflow import Dataflow, Reads
from keyflow.compiler.data import (
    At,
    Datum,
    InContext,
    Movement,
    Question,
    Result,
    give_exactly,
    put,
)
from keyflow.compiler.layout import (
    CHOSEN,
    CONTEXT,
    FAILED_ITEM,
    INDEX,
    INPUT,
    ITEM,
    ITEMS,
    LOOKED_AT,
    ROOT,
    Layout,
    Place,
)
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import Condition
from keyflow.dsl.maps import Collected, FailedItem, Item, ItemIndex, Map, WrittenResults
from keyflow.dsl.requests import RequestValue
from keyflow.dsl.steps import Chosen, Wait
from keyflow.dsl.tasks import CaughtError, Found, TaskResult
from keyflow.dsl.values import Context, Input, Reference

Fields = dict[str, Any]

_EXECUTIONS_OWN = ("Execution", "StateMachine")
"""The members of the context object that a child execution has of its own."""


class Dialect(ABC):
    """Writes one workflow's values in a query language; `layout` says where its results are."""

    query_language: ClassVar[asl.QueryLanguage]
    parameters: ClassVar[str]
    """The field that carries the parameters of a call, as `asl` names it."""

    def __init__(self, layout: Layout, dataflow: Dataflow, around: tuple[Map, ...] = ()) -> None:
        self._layout = layout
        self._dataflow = dataflow
        self._around = around

    def inside(self, map_step: Map) -> Self:
        """The dialect of what belongs to an iteration, whose data is its own."""
        return type(self)(self._layout, self._dataflow, (*self._around, map_step))

    @property
    def is_in_iteration(self) -> bool:
        """Whether what is written belongs to an iteration."""
        return bool(self._around)

    # What a language must say.

    @abstractmethod
    def at(self, keys: Iterable[str | int]) -> str:
        """The path of a place in the data."""

    @abstractmethod
    def in_context(self, keys: Iterable[str | int]) -> str:
        """The path of a place in the context object."""

    @abstractmethod
    def template(self, tree: Any, location: Location) -> Any:
        """A tree of values and literals, as their author gives it, as the field of a state has it."""

    @abstractmethod
    def filled(self, tree: Datum) -> Any:
        """An object of values as the field of a state has it: none of them may be missing."""

    @abstractmethod
    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        """A condition. One about a member that may be missing does not hold where it is, and never fails."""

    @abstractmethod
    def asks(self, question: Question) -> asl.Condition:
        """Whether the answer to a question is yes."""

    @abstractmethod
    def working(self, movement: Movement) -> Fields:
        """What a Task, a Parallel or a Map does with its result."""

    @abstractmethod
    def passing(self, movement: Movement) -> Fields:
        """What a Pass does with the data."""

    @abstractmethod
    def catching(self, movement: Movement) -> Fields:
        """What a Catch does with an error's description, which is its result."""

    @abstractmethod
    def pause(self, wait: Wait) -> Fields:
        """The fields of a Wait: for so long, or until then."""

    @abstractmethod
    def output(self, output: Any, location: Location) -> asl.State:
        """The state that ends the workflow, or an iteration, with this output; an empty object where there is none."""

    @abstractmethod
    def cause(self, text: str, value: Datum) -> str:
        """A Fail's cause: a text, and a value behind it."""

    @abstractmethod
    def items(self, path: str) -> Fields:
        """The field that says where the items of a Map are."""

    # Where things are.

    def reference(self, value: Reference) -> str:
        """The path of a reference."""
        match value.source:
            case Input() if self._around or not value.keys or value.keys[0] == ROOT:
                return self._input(value.keys)  # the data holds keyflow's results, too
            case Input():
                return self.at(value.keys)
            case Item(map=each):
                return self.at((self._layout.maps[each].root, ITEM, *value.keys))
            case ItemIndex(map=each):
                return self.at((self._layout.maps[each].root, INDEX))
            case FailedItem(map=each):
                return self.at((self._layout.maps[each].root, FAILED_ITEM))
            case WrittenResults(map=each):
                return self.at((*self._layout.maps[each].slot, *value.keys))
            case TaskResult(task=task):
                return self.at((*self._layout.tasks[task], *value.keys))
            case Chosen(step=step):
                return self.at((*self._layout.chosen[step], CHOSEN, *value.keys))
            case CaughtError(handler=handler):
                return self.at((*self._layout.errors[handler], *value.keys))
            case Found(task=task):
                return self.at((*self._layout.found[task], *LOOKED_AT, *value.keys))
            case Context() if self._is_child() and value.keys[:1] and value.keys[0] in _EXECUTIONS_OWN:
                return self.at((CONTEXT, *value.keys))
            case Context():
                return self.in_context(value.keys)
            case other:
                raise TypeError(f"no source: {other!r}")

    def _input(self, keys: Iterable[str | int] = ()) -> str:
        """The path of a place in the execution's input, wherever one is."""
        return self.at((INPUT, *keys)) if self._around else self.in_context(("Execution", "Input", *keys))

    def _is_child(self) -> bool:
        """Whether what is written runs in a child execution, which has a context object of its own."""
        return any(other.distributed is not None for other in self._around)

    def _in_item(self, value: Collected) -> str:
        """The end of a path that leads from what an iteration ended with to a value of it."""
        return self.reference(value.value).removeprefix(self.at((self._layout.maps[value.map].root,)))

    def _items_of(self, map_step: Map) -> Place:
        """Where what the iterations of a Map ended with is gathered."""
        return (*self._layout.maps[map_step].slot, ITEMS)

    # What a state is given.

    def call(self, call: Call) -> Fields:
        """The fields that carry a call's parameters: also where there are none, since else the data would be them."""
        fields: Fields = {self.parameters: self.template(call.parameters or {}, call.location)}
        if call.role is not None:
            fields["credentials"] = self.template({"RoleArn": call.role}, call.location)
        return fields

    # What a Map's iterations are given, and what becomes of their results.

    def iterate(self, map_step: Map) -> Fields:
        """The items, and the data of each iteration: its item, and what lies around it; or of each batch."""
        around = self._surroundings(map_step)
        if map_step.batch_of is not None:
            batcher = asl.ItemBatcher(max_items_per_batch=map_step.batch_of, batch_input=self.filled(around))
            return {**self._source(map_step), "item_batcher": batcher}
        item: Datum = {ITEM: InContext(("Map", "Item", "Value")), INDEX: InContext(("Map", "Item", "Index"))}
        return {
            **self._source(map_step),
            "item_selector": self.filled({self._layout.maps[map_step].root: item, **around}),
        }

    def iterate_again(self, map_step: Map) -> Fields:
        """What the iterations ended with as the items of another Map, so that each finds its results again."""
        item = InContext(("Map", "Item", "Value"))
        selector = self.filled({self._layout.maps[map_step].root: item, **self._surroundings(map_step)})
        return {**self.items(self.at(self._items_of(map_step))), "item_selector": selector}

    def take_batch(self, map_step: Map) -> Fields:
        """A Pass that gives a batch the data that an iteration has."""
        around = {key: At(("BatchInput", key)) for key in self._surroundings(map_step)}
        return self.passing(give_exactly({self._layout.maps[map_step].root: {ITEM: At(("Items",))}, **around}))

    def write_results(self, map_step: Map) -> Fields:
        """The fields by which a Map writes its results, and where it notes to which place."""
        given = {self.parameters: self.template(map_step.result_writer, map_step.location)}
        writer = asl.ResultWriter(
            resource="arn:aws:states:::s3:putObject", writer_config=map_step.writer_config, **given
        )
        return {"result_writer": writer, **self.working(put(self._layout.maps[map_step].slot, Result()))}

    def _source(self, map_step: Map) -> Fields:
        """The field that says where a Map's items are."""
        if not isinstance(map_step.over, OperationCall):
            return self.items(self.reference(map_step.over))
        action = map_step.over.integration.arn.rpartition(":")[2]  # the service's own integration, not the SDK's
        given = {self.parameters: self.template(map_step.over.parameters, map_step.location)}
        reader = asl.ItemReader(resource=f"arn:aws:states:::s3:{action}", reader_config=map_step.reader_config, **given)
        return {"item_reader": reader}

    def _surroundings(self, map_step: Map) -> dict[str, Datum]:
        """The rest of an iteration's data: under the paths that it has outside, but for the execution's input."""
        roots = (*(self._layout.maps[other].root for other in self._around), ROOT)
        found: dict[str, Datum] = {root: At((root,)) for root in roots}
        found[INPUT] = At((INPUT,)) if self._around else InContext(("Execution", "Input"))
        if self._is_child():
            return {**found, CONTEXT: At((CONTEXT,))}
        if map_step.distributed is not None:
            return {**found, CONTEXT: {name: InContext((name,)) for name in _EXECUTIONS_OWN}}
        return found


def plain(literal: Any, location: Location) -> Any:
    """A literal as JSON has it; raises KF307 where JSON has no such thing."""
    if isinstance(literal, Mapping):
        return {member_name(key, location): plain(value, location) for key, value in literal.items()}
    if isinstance(literal, list | tuple):
        return [plain(element, location) for element in literal]
    if json_values.is_decimal(literal):
        whole = literal.is_finite() and literal == literal.to_integral_value()
        return int(literal) if whole else plain(float(literal), location)
    if isinstance(literal, RequestValue):
        name = literal.keys[-1] if literal.keys else literal.part.value
        message = f"{literal!r} is a request's: an execution knows its input only"
        hint = f"input={{{name!r}: {literal!r}}} on the route hands it over, as workflow.input[{name!r}]"
        raise definition_error("KF307", message, location=location, hint=hint)
    problem = json_values.problem(literal)
    if problem is not None:
        hint = "text, numbers, True, False, None, and lists and dicts of them"
        raise definition_error("KF307", problem, location=location, hint=hint)
    return literal


def member_name(key: Any, location: Location) -> str:
    """The key of an object; raises KF307 where it is no text."""
    if not isinstance(key, str):
        raise definition_error("KF307", f"a key is text in JSON, not {key!r}", location=location)
    return key


def read_paths(reads: Reads) -> list[tuple[str, ...]] | None:
    """The members that are kept of a result, none of them inside another; None where it is kept whole."""
    named = [_named(keys) for keys in reads.paths]
    if reads.whole or () in named:
        return None
    return _outermost(named)


def _named(keys: tuple[str | int, ...]) -> tuple[str, ...]:
    """The path as far as it names members: an array is kept whole."""
    found: list[str] = []
    for key in keys:
        if not isinstance(key, str):
            break
        found.append(key)
    return tuple(found)


def _outermost(paths: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The paths without those that lie inside another, sorted."""
    kept: list[tuple[str, ...]] = []
    for keys in sorted(set(paths)):
        if not kept or keys[: len(kept[-1])] != kept[-1]:
            kept.append(keys)
    return kept
