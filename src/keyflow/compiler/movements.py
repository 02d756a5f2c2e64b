"""The movements of data that compensation and iterations are made of, and the questions that Choices ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keyflow.aws import Call
from keyflow.compiler.data import (
    Absent,
    AllOf,
    AsText,
    At,
    AtLeast,
    Count,
    Datum,
    Element,
    Everywhere,
    Fits,
    Given,
    HasMark,
    Less,
    Members,
    Movement,
    Present,
    Question,
    Result,
    Says,
    Successor,
    give,
    give_exactly,
    put,
)
from keyflow.compiler.layout import (
    ALL,
    CHOSEN,
    COUNT,
    DECLARED,
    FAILED,
    FAILED_ITEM,
    INDEX,
    ITEM,
    ITEMS,
    LEFT,
    LEFT_OVER,
    LOOK,
    LOOKED_AT,
    MARKS,
    NEXT,
    NOT_UNDONE,
    NOT_UNDONE_MARKS,
    ROOT,
    ROUND,
    SETTLED,
    UNCERTAIN,
    MapLayout,
    Marker,
    Place,
    Slot,
)
from keyflow.diagnostics import Location
from keyflow.dsl.blocks import Step
from keyflow.dsl.compensations import Lookup
from keyflow.dsl.expressions import TypeTest, Value, values_in
from keyflow.dsl.tasks import CaughtError, Task
from keyflow.dsl.values import Context, Reference

ALL_LEFT_OVER = AsText(Everywhere(At(LEFT), LEFT_OVER))
"""What could not be undone, as JSON text."""


# Results.


def keep_first(slot: Slot, value: Datum) -> Movement:
    """A value goes to its slot in the first state that runs: that writes all that keyflow owns, whatever was there."""
    return put((ROOT,), {slot[-1]: value})


def outputs(keys: Iterable[str]) -> Datum:
    """The outputs of a Parallel's branches, each under its branch's key."""
    return {key: Result((index,)) for index, key in enumerate(keys)}


# Failures.


def failed_alone(*, uncertain: bool = False) -> Movement:
    """Where an error is all the data: the branch failed with it, and perhaps its call has taken effect."""
    failed = {FAILED: {"Error": At(("Error",))}}
    return give_exactly({**failed, UNCERTAIN: {}} if uncertain else failed)


def marked(marker: Marker, declared: str) -> Question:
    """Whether a marker says that the declared failure is under way."""
    return Says(marker.place, declared) if marker.key is None else HasMark(marker.place, marker.key)


# What compensations leave.


def left_over(task: str, compensation: str, call: Call, *, in_iteration: bool) -> Datum:
    """What a compensation leaves that failed; an iteration marks it, so that it is found."""
    entry = {"task": task, "compensation": compensation, "parameters": Given(call.parameters or {}, call.location)}
    return {LEFT_OVER: entry, **({MARKS: [""]} if in_iteration else {})}


def doubtful(task: Task, *, in_iteration: bool) -> Datum:
    """What a task may have left whose answer is lost, and which nothing can undo then (S10): the call that was made."""
    entry: dict[str, Datum] = {"task": task.name, "inDoubt": True, "parameters": _lasting(task)}
    return {LEFT_OVER: entry, **({MARKS: [""]} if in_iteration else {})}


def owing(step: Step, owed: tuple[str, ...]) -> Datum:
    """What is owed when a step after the pivot fails (S12): its call, and the names of the steps that do not run."""
    entry: dict[str, Datum] = {"task": step.name, "owed": list(owed)}
    return {LEFT_OVER: {**entry, "parameters": _lasting(step)} if isinstance(step, Task) else entry}


def _lasting(task: Task) -> Datum:
    """Of a call's parameters, those that a later state can tell, too."""
    given = task.call.parameters if isinstance(task.call.parameters, dict) else {}
    return Given({name: value for name, value in given.items() if all(map(_lasts, values_in(value)))}, task.location)


def _lasts(value: Value) -> bool:
    """Whether a value can be told in a later state: neither is it of one state alone, nor of an error."""
    match value:
        case Reference(source=Context(), keys=keys):
            return keys[:1] in (("Execution",), ("StateMachine",))
        case Reference(source=CaughtError()):
            return False
        case _:
            return True


def gather_left(slot: Slot, depth: int) -> Movement:
    """Puts the outputs of undoing iterations into a slot, and beside them the marks `depth` levels inside."""
    return put(slot, {ITEMS: Result(), MARKS: Members(Result(), MARKS, depth)})


# Iterations.


def gather_items(slot: Slot, *, tolerant: bool) -> Movement:
    """Puts the outputs of a Map's iterations into its slot, and beside them the marks of those that failed.

    The marks as a text, too: which of them there are is asked of it, and nothing that a caller sends is in it.
    Where failures are tolerated, the marks of those that could not undo what they have done are there as well.
    """
    marks = Members(Result(), MARKS)
    gathered: dict[str, Datum] = {ITEMS: Result(), FAILED: marks, DECLARED: AsText(marks)}
    if tolerant:
        gathered[NOT_UNDONE_MARKS] = Members(Result(), NOT_UNDONE_MARKS)
    return put(slot, gathered)


def settle(root: str, *, left: bool) -> Movement:
    """The end of a failed iteration: it keeps its mark, its item and, with `left`, what it could not undo."""
    kept: dict[str, Datum] = {MARKS: At((root, MARKS)), FAILED_ITEM: At((root, ITEM))}
    return give({**kept, NOT_UNDONE: At(SETTLED), NOT_UNDONE_MARKS: [""]} if left else kept)


def collect_left(laid_out: MapLayout, slot: Slot) -> Movement:
    """What failed iterations could not undo goes to a slot."""
    return put(slot, {ITEMS: Members(At((*laid_out.slot, ITEMS)), NOT_UNDONE)})


# Choices among values.


def choose(slot: Slot, option: Any, location: Location) -> Movement:
    """An option is what was chosen."""
    return put(slot, Given({CHOSEN: option}, location))


def is_made(option: Reference, slot: Slot | None, location: Location) -> Question:
    """Whether an option is there; `slot` is the task's of whose result it is all: it notes lost answers there, too."""
    there = Fits((), TypeTest("IsPresent", option), location)
    return there if slot is None else AllOf((there, Absent((*slot, UNCERTAIN))))


# Rounds of a loop.


def next_round(slot: Slot) -> Movement:
    """One round more is counted."""
    return put(slot, {ROUND: Successor(At((*slot, ROUND)))})


def is_round(slot: Slot, number: int) -> Question:
    """Whether the round is this one, or a later one."""
    return AtLeast((*slot, ROUND), number)


# What a lookup finds, looked at one entry after the other.


def entries(slot: Slot, lookup: Lookup) -> Place:
    """Where the entries are that a lookup lists; a result that is no list is its own only entry."""
    return (*slot, ALL) if lookup.member is None else (*slot, ALL, lookup.member)


def first_entry(slot: Slot, lookup: Lookup) -> Place:
    """Where the first of them is."""
    listed = entries(slot, lookup)
    return listed if lookup.member is None else (*listed, 0)


def look_first(slot: Slot, lookup: Lookup) -> Movement:
    """The first entry is looked at."""
    return put((*slot, LOOK), {ITEM: At(first_entry(slot, lookup)), INDEX: 0})


def count_on(slot: Slot, lookup: Lookup) -> Movement:
    """Which entry is next, and how many there are."""
    index = Successor(At((*slot, LOOK, INDEX)))
    return put((*slot, NEXT), {INDEX: index, COUNT: Count(At(entries(slot, lookup)))})


def look_next(slot: Slot, lookup: Lookup) -> Movement:
    """The next entry is looked at."""
    index = At((*slot, NEXT, INDEX))
    return put((*slot, LOOK), {ITEM: Element(At(entries(slot, lookup)), index), INDEX: index})


def take(slot: Slot, found: Slot, lookup: Lookup) -> Movement:
    """What was found takes the place of the task's result."""
    return put(slot, {name: At((*found, *LOOKED_AT, name)) for name in lookup.needed})


def anything_found(slot: Slot, lookup: Lookup) -> Question:
    """Whether there is a first entry."""
    return Present(first_entry(slot, lookup))


def is_it(slot: Slot, lookup: Lookup) -> Question:
    """Whether the entry that is looked at is the one."""
    return Fits(tuple((*slot, *LOOKED_AT, name) for name in lookup.needed), lookup.where, lookup.location)


def more(slot: Slot) -> Question:
    """Whether there is an entry behind the one that was looked at."""
    return Less((*slot, NEXT, INDEX), (*slot, NEXT, COUNT))
