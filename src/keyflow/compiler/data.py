"""What is made of data, and asked of it, in no query language: a dialect says it in one.

Source of what a state can do with its data:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keyflow.compiler.analysis.dataflow import Reads
from keyflow.compiler.layout import Place, Slot
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.dsl.expressions import Condition


@dataclass(frozen=True, slots=True)
class At:
    """What lies at a place in the data; without keys the data itself."""

    keys: Place = ()


@dataclass(frozen=True, slots=True)
class InContext:
    """What lies at a place in the context object."""

    keys: Place


@dataclass(frozen=True, slots=True)
class Result:
    """What lies at a place in a state's result."""

    keys: Place = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """What is read of a state's result."""

    reads: Reads


@dataclass(frozen=True, slots=True)
class Members:
    """An array of what a member of each element of an array is, where there is one; `depth` levels further inside."""

    array: Datum
    name: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Everywhere:
    """An array of every member of a name, however deep inside it lies."""

    inside: Datum
    name: str


@dataclass(frozen=True, slots=True)
class AsText:
    """A value as JSON text."""

    value: Datum


@dataclass(frozen=True, slots=True)
class Successor:
    """A number, and one more."""

    number: Datum


@dataclass(frozen=True, slots=True)
class Count:
    """How many elements an array has."""

    array: Datum


@dataclass(frozen=True, slots=True)
class Element:
    """The element of an array at a computed index."""

    array: Datum
    index: Datum


@dataclass(frozen=True, slots=True)
class Given:
    """A tree of literals and values as the workflow's author gives it."""

    tree: Any
    location: Location


Computed = At | InContext | Result | Selected | Members | Everywhere | AsText | Successor | Count | Element | Given
Datum = Computed | dict[str, Any] | Sequence[str] | str | int
"""A value that is computed, a literal, or an object of both."""


def is_computed(value: Datum) -> bool:
    """Whether a value, or anything in it, is known only when the state runs."""
    if isinstance(value, dict):
        return any(is_computed(each) for each in value.values())
    return isinstance(value, Computed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What becomes of a state's data: a value goes to a slot, or is all that is left; by default all stays.

    `exact` objects fail where a member is missing; others leave it out, where a language can. `ends` is the slot with
    whose content a branch ends after that; where `empties` is set, the workflow ends with an empty object.
    """

    value: Datum = At()
    slot: Slot | None = None
    exact: bool = False
    ends: Slot | None = None
    empties: bool = False

    @property
    def stays(self) -> bool:
        """Whether the data stays as it is, and a result is thrown away."""
        return isinstance(self.value, At) and not self.value.keys

    def ending(self, slot: Slot) -> Movement:
        """The same, and then the branch ends with what the slot holds."""
        return Movement(value=self.value, slot=self.slot, exact=self.exact, ends=slot)


STAYS = Movement()


def put(slot: Slot, value: Datum) -> Movement:
    """The value goes to the slot."""
    return Movement(value=value, slot=slot)


def give(value: Datum) -> Movement:
    """The value is all that is left."""
    return Movement(value=value)


def give_exactly(value: Datum) -> Movement:
    """The value is all that is left; none of its members may be missing."""
    return Movement(value=value, exact=True)


# Questions.


@dataclass(frozen=True, slots=True)
class Present:
    """Whether there is anything at a place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Absent:
    """Whether there is nothing at a place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Says:
    """Whether there is this text at a place."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class HasMark:
    """Whether a text of marks at a place has this one."""

    place: Place
    mark: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Whether the number at a place is this, or a larger one."""

    place: Place
    number: int


@dataclass(frozen=True, slots=True)
class Less:
    """Whether the number at a place is smaller than that at another one."""

    place: Place
    other: Place


@dataclass(frozen=True, slots=True)
class Fits:
    """Whether there is something at each of these places, and the author's condition holds, if there is one."""

    places: tuple[Place, ...]
    condition: Condition | None
    location: Location


@dataclass(frozen=True, slots=True)
class AllOf:
    """Whether the answer to every question is yes."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whether the answer to any question is yes."""

    questions: tuple[Question, ...]


Question = Present | Absent | Says | HasMark | AtLeast | Less | Fits | AllOf | AnyOf
