"""What a scenario shows: that a property is violated, or that it cannot be proven."""

from __future__ import annotations

from enum import Enum

from keyflow.dataclass import dataclass


class Property(Enum):
    """What is proven of a workflow, with the sentence that says it."""

    P0 = "the steps taken are those of the definition"
    P1 = "no failure leaves anything behind"
    P2 = "nothing is undone that was not done"
    P3 = "what depends on another is undone first"
    P4 = "the caller gets the declared answer, and never a success for a failure"
    P5 = "every path fits into the time"
    P6 = "two executions at once end, world and answers, as if one had come after the other"


class Weight(Enum):
    """How a finding counts: a violation fails the proof, the others are what it rests on."""

    VIOLATION = "violation"
    UNPROVABLE = "unprovable"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding. `state` is the one it is about; findings with the same `state` and `mark` are one and the same."""

    property: Property
    state: str
    mark: str
    message: str
    fix: str
    weight: Weight = Weight.VIOLATION
    left_over: tuple[str, ...] = ()
