"""What the compiler asks of a dialect: how values are written, and what becomes of inputs, results and errors.

Fields of states are given as the keyword arguments of the `asl` dataclasses, so that the lowering does not know which
of them a dialect uses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

from keyflow import asl, json_values
from keyflow.aws import Call, OperationCall
from keyflow.compiler.analysis.dataflow import Dataflow, Reads
from keyflow.compiler.layout import CONTEXT, FAILED_ITEM, INDEX, INPUT, ITEM, ROOT, Layout, Marker, Place, Slot
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import Condition
from keyflow.dsl.maps import Collected, FailedItem, Item, ItemIndex, Map, WrittenResults
from keyflow.dsl.steps import Wait
from keyflow.dsl.tasks import CaughtError, Found, Lookup, TaskResult
from keyflow.dsl.values import Context, Input, Reference

Fields = dict[str, Any]

LEFT_OVER_KEY = "leftOver"
"""The member of what a compensation leaves by which everything that is left is found."""
LOOK, NEXT = "look", "next"
LOOKED_AT = (LOOK, "item")
"""Where, in a lookup's slot, the entry is that is looked at."""


class Dialect(ABC):
    """Writes one workflow's values in a query language; `layout` says where its results are."""

    query_language: ClassVar[asl.QueryLanguage]
    parameters: ClassVar[str]
    """The field that carries the parameters of a call, as `asl` names it."""
    catches_missing: ClassVar[bool]
    """Whether a member that is missing where it is read is an error that handlers and compensations see."""
    executions_own: ClassVar[tuple[str, ...]] = ("Execution", "StateMachine")
    """The members of the context object that a child execution has of its own."""

    def __init__(self, layout: Layout, dataflow: Dataflow, around: tuple[Map, ...] = ()) -> None:
        self._layout = layout
        self._dataflow = dataflow
        self._around = around

    def inside(self, each: Map) -> Self:
        """The dialect of what belongs to an iteration, whose data is its own."""
        return type(self)(self._layout, self._dataflow, (*self._around, each))

    def _is_child(self) -> bool:
        """Whether what is written runs in a child execution, which has a context object of its own."""
        return any(other.distributed is not None for other in self._around)

    # Where things are.

    @abstractmethod
    def at(self, keys: Iterable[str | int]) -> str:
        """The path of a place in the data."""

    @abstractmethod
    def in_context(self, keys: Iterable[str | int]) -> str:
        """The path of a place in the context object."""

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
            case CaughtError(handler=handler):
                return self.at((*self._layout.errors[handler], *value.keys))
            case Found(task=task):
                return self.at((*self._layout.found[task], *LOOKED_AT, *value.keys))
            case Context() if self._is_child() and value.keys[:1] and value.keys[0] in self.executions_own:
                return self.at((CONTEXT, *value.keys))
            case Context():
                return self.in_context(value.keys)
            case other:
                raise TypeError(f"no source: {other!r}")

    def _input(self, keys: Iterable[str | int] = ()) -> str:
        """The path of a place in the execution's input, wherever one is."""
        return self.at((INPUT, *keys)) if self._around else self.in_context(("Execution", "Input", *keys))

    def _in_item(self, value: Collected) -> str:
        """The end of a path that leads from what an iteration ended with to a value of it."""
        return self.reference(value.value).removeprefix(self.at((self._layout.maps[value.map].root,)))

    def _entries(self, slot: Slot, lookup: Lookup, index: int | None = None) -> str:
        """The path of what a lookup lists, or of one entry; a result that is no list is its own only entry."""
        if lookup.member is None:
            return self.at((*slot, "all"))
        return self.at((*slot, "all", lookup.member, *(() if index is None else (index,))))

    @abstractmethod
    def template(self, tree: Any, location: Location) -> Any:
        """A tree of values and literals as the field of a state has it."""

    # What a state is given.

    @abstractmethod
    def call(self, call: Call) -> Fields:
        """The fields that carry a call's parameters: also where there are none, since else the data would be them."""

    @abstractmethod
    def pause(self, wait: Wait) -> Fields:
        """The fields of a Wait: for so long, or until then."""

    @abstractmethod
    def output(self, output: Any, location: Location) -> asl.State:
        """The state that ends the workflow with this output."""

    # What becomes of a state's result.

    @abstractmethod
    def discard(self) -> Fields:
        """The result, or the error, is thrown away; the data stays."""

    @abstractmethod
    def keep(self, slot: Slot, reads: Reads) -> Fields:
        """The result, trimmed to what is read, goes to its slot."""

    @abstractmethod
    def keep_first(self, slot: Slot, reads: Reads) -> Fields:
        """As `keep`, for the first state that runs: it writes all that keyflow owns, whatever the input had there."""

    @abstractmethod
    def give(self, reads: Reads) -> Fields:
        """The result, trimmed, is the branch's output."""

    @abstractmethod
    def give_nothing(self) -> Fields:
        """An empty object is the branch's output, whatever the result."""

    @abstractmethod
    def give_literal(self, literal: Any) -> Fields:
        """A Pass whose output is a literal."""

    @abstractmethod
    def gather(self, slot: Slot, branches: list[str], *, first: bool) -> Fields:
        """The outputs of a Parallel's branches go to its slot, each under its branch's key."""

    @abstractmethod
    def place(self, slot: Slot) -> Fields:
        """The result goes to a slot as it is."""

    @abstractmethod
    def place_nothing(self, slot: Slot) -> Fields:
        """An empty object goes to a slot, whatever the result."""

    @abstractmethod
    def end_branch(self, slot: Slot, fields: Fields | None = None) -> Fields:
        """The branch ends with what its slot holds, when the other fields have had their effect."""

    @abstractmethod
    def end_empty(self) -> Fields:
        """The workflow ends with an empty object."""

    @abstractmethod
    def write(self, slot: Slot, literal: Any) -> Fields:
        """A Pass that writes a literal to a slot."""

    @abstractmethod
    def write_left_over(self, slot: Slot, task: str, compensation: str, call: Call) -> Fields:
        """A Pass that writes down what a failed compensation leaves."""

    @abstractmethod
    def give_left_over(self, task: str, compensation: str, call: Call) -> Fields:
        """A Pass whose output is what a failed compensation leaves."""

    # What becomes of an error.

    @abstractmethod
    def catch_alone(self) -> Fields:
        """The error's description becomes the whole data."""

    @abstractmethod
    def place_error(self, slot: Slot) -> Fields:
        """The error's description goes to a slot."""

    @abstractmethod
    def give_failed(self) -> Fields:
        """A Pass behind `catch_alone`: the branch's output says that it failed, and with which error."""

    @abstractmethod
    def give_uncertain(self) -> Fields:
        """A Pass behind `catch_alone`: the branch failed, and nobody knows whether its call has taken effect."""

    @abstractmethod
    def left_over_text(self) -> str:
        """A Fail's cause: what could not be undone."""

    # What a lookup finds, looked at one entry after the other.

    @abstractmethod
    def look_first(self, slot: Slot, lookup: Lookup) -> Fields:
        """A Pass that takes the first entry of what was found."""

    @abstractmethod
    def count_on(self, slot: Slot, lookup: Lookup) -> Fields:
        """A Pass that says which entry is next, and how many there are."""

    @abstractmethod
    def look_next(self, slot: Slot, lookup: Lookup) -> Fields:
        """A Pass behind `count_on` that takes the next entry."""

    @abstractmethod
    def take(self, slot: Slot, found: Slot, lookup: Lookup) -> Fields:
        """A Pass that puts what was found in the place of the task's result."""

    @abstractmethod
    def anything_found(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        """Whether there is a first entry."""

    @abstractmethod
    def is_it(self, slot: Slot, lookup: Lookup) -> asl.Condition:
        """Whether the entry that is looked at is the one."""

    @abstractmethod
    def more(self, slot: Slot) -> asl.Condition:
        """Whether there is an entry behind the one that was looked at."""

    # What a Map's iterations are given, and what becomes of their results.

    def iterate(self, each: Map) -> Fields:
        """The items, and the data of each iteration: its item, and what lies around it; or of each batch."""
        around = self._surroundings(each)
        if each.batch_of is not None:
            batcher = asl.ItemBatcher(max_items_per_batch=each.batch_of, batch_input=around)
            return {**self._items(each), "item_batcher": batcher}
        return {**self._items(each), "item_selector": {self._layout.maps[each].root: self._item(), **around}}

    @abstractmethod
    def _items(self, each: Map) -> Fields:
        """The field that says where the items are."""

    @abstractmethod
    def _item(self) -> Fields:
        """An iteration's own data, as an ItemSelector tells it."""

    @abstractmethod
    def _surroundings(self, each: Map) -> Fields:
        """The rest of an iteration's data: under the paths that it has outside, but for the execution's input."""

    @abstractmethod
    def take_batch(self, each: Map) -> Fields:
        """A Pass that gives a batch the data that an iteration has."""

    @abstractmethod
    def iterate_again(self, each: Map) -> Fields:
        """What the iterations ended with as the items of another Map, so that each finds its results again."""

    @abstractmethod
    def gather_items(self, slot: Slot, *, tolerant: bool = False) -> Fields:
        """The outputs of a Map's iterations go to its slot, with the marks of those that failed beside them.

        The marks as a text, too: which of them there are is asked of it, and nothing that a caller sends is in it.
        Where failures are tolerated, the marks of those that could not undo what they have done are there as well.
        """

    @abstractmethod
    def settle(self, each: Map, *, left: bool) -> Fields:
        """A Pass with which a failed iteration ends: of all it had, its mark and its item, and what it left, stay."""

    @abstractmethod
    def collect_left(self, each: Map, slot: Slot) -> Fields:
        """A Pass that puts what failed iterations could not undo into a slot."""

    @abstractmethod
    def gather_left(self, slot: Slot, depth: int) -> Fields:
        """The outputs of undoing iterations go to a slot, with the marks of what is left beside them.

        `depth` is how far inside an output they lie.
        """

    def _reader(self, each: Map, call: OperationCall) -> Fields:
        """The field by which a Map reads its items; the integration is the service's own, not the SDK's."""
        action = call.integration.arn.rpartition(":")[2]
        given = {self.parameters: self.template(call.parameters, each.location)}
        reader = asl.ItemReader(resource=f"arn:aws:states:::s3:{action}", reader_config=each.reader_config, **given)
        return {"item_reader": reader}

    def write_results(self, each: Map) -> Fields:
        """The fields by which a Map writes its results, and where it notes to which place."""
        given = {self.parameters: self.template(each.result_writer, each.location)}
        writer = asl.ResultWriter(resource="arn:aws:states:::s3:putObject", writer_config=each.writer_config, **given)
        return {"result_writer": writer, **self.place(self._layout.maps[each].slot)}

    # Rounds of a loop.

    @abstractmethod
    def next_round(self, slot: Slot) -> Fields:
        """A Pass that counts one round more."""

    @abstractmethod
    def is_round(self, slot: Slot, number: int) -> asl.Condition:
        """Whether the round is this one, or a later one."""

    # Conditions.

    @abstractmethod
    def present(self, slot: Place) -> asl.Condition:
        """Whether a slot holds anything."""

    @abstractmethod
    def absent(self, slot: Place) -> asl.Condition:
        """Whether a slot holds nothing."""

    @abstractmethod
    def marked(self, marker: Marker, declared: str) -> asl.Condition:
        """Whether a marker says that the declared failure is under way."""

    @abstractmethod
    def all_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        """The condition that each of these holds."""

    @abstractmethod
    def any_of(self, conditions: Iterable[asl.Condition]) -> asl.Condition:
        """The condition that any of these holds."""

    @abstractmethod
    def condition(self, condition: Condition, location: Location) -> asl.Condition:
        """A condition. One about a member that may be missing does not hold where it is, and never fails."""


def plain(literal: Any, location: Location) -> Any:
    """A literal as JSON has it; raises KF307 where JSON has no such thing."""
    if isinstance(literal, Mapping):
        return {member_name(key, location): plain(value, location) for key, value in literal.items()}
    if isinstance(literal, list | tuple):
        return [plain(element, location) for element in literal]
    if isinstance(literal, Decimal):
        whole = literal.is_finite() and literal == literal.to_integral_value()
        return int(literal) if whole else plain(float(literal), location)
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
