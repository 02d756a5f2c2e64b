"""Results that are not as their services' models say: what an execution does with them rests on an assumption."""

from __future__ import annotations

from keyflow.dataclass import dataclass
from keyflow.verify.judges.findings import Finding, Property, Weight

MEMBERS, SIZE = "malformed", "too large"
"""Marks of what is assumed of a result: that it has the members that are read, and that it is not too large."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A result of a state that lacks what is read of it, has it of another type, or is over 256 KiB.

    One that `is_odd` has something else in one place: a call that is given that is not one that AWS would take.
    """

    state: str
    is_too_large: bool = False
    is_odd: bool = False

    def assumption(self, fix: str, left_over: tuple[str, ...]) -> Finding:
        """What is taken for given where something is left over because of it."""
        members = f"a result of {self.state!r} always has the members that are read of it"
        return Finding(
            property=Property.P1,
            state=self.state,
            mark=SIZE if self.is_too_large else MEMBERS,
            message=f"a result of {self.state!r} has at most 256 KiB" if self.is_too_large else members,
            fix=fix,
            weight=Weight.ASSUMPTION,
            left_over=left_over,
        )
