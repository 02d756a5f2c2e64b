"""Where one stands in what an operation answers, as far as its model says."""

from __future__ import annotations

from collections.abc import Sequence

from keyflow.aws.models import Shape
from keyflow.aws.naming import capitalised, member_name
from keyflow.dataclass import dataclass
from keyflow.diagnostics import definition_error, did_you_mean

PAYLOAD = "Payload"
"""The member in which a function's own answer lies."""


@dataclass(frozen=True, slots=True)
class Result:
    """Where one stands in an operation's result: the shape there, or None where the model does not say.

    `exact` tells that Step Functions gives members under the model's names with only the first letter raised. `free`
    are members beside those of the shape, or in their place, that may hold any JSON: a function's own `Payload`.
    """

    operation: str
    shape: Shape | None
    exact: bool
    free: tuple[str, ...] = ()

    def member(self, name: str | int) -> tuple[str | int, Result]:
        """The key that Step Functions has for a member, and what lies there.

        Raises:
            DefinitionError: KF207, the result has no such member.
        """
        shape = self.shape
        if isinstance(name, str) and name in self.free:
            return capitalised(name), Result(self.operation, None, self.exact)
        if shape is None or shape.is_document:
            return name, Result(self.operation, None, self.exact)
        if shape.type == "list" and isinstance(name, int):
            return name, Result(self.operation, shape.element, self.exact)
        if shape.type == "map":
            return name, Result(self.operation, shape.element, self.exact)
        if shape.type == "structure" and isinstance(name, str) and name in shape.members:
            spelling = capitalised if self.exact else member_name
            return spelling(name), Result(self.operation, shape.members[name], self.exact)
        known = list(shape.members) if shape.type == "structure" else []
        hint = did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else f"it is of type {shape.kind}")
        if PAYLOAD in self.free:
            hint = f"what the function returned lies in its payload: did you mean [{PAYLOAD!r}][{name!r}]?"
        raise definition_error("KF207", f"the result of {self.operation} has no member {name!r}", hint=hint)

    def holding(self, members: Sequence[str]) -> tuple[str | None, Result]:
        """Where something with these members lies: in a list (the list's name), or the result itself (None).

        Names are spelt as Step Functions spells them.

        Raises:
            DefinitionError: KF237, nothing in the result has all of them.
        """
        shape = self.shape
        spelling = capitalised if self.exact else member_name
        if shape is not None and shape.type == "structure" and members:
            if {spelling(name) for name in shape.members} >= set(members):
                return None, self
            for name, member in shape.members.items():
                entry = member.element if member.type == "list" else None
                if entry is not None and {spelling(each) for each in entry.members} >= set(members):
                    return spelling(name), Result(self.operation, entry, self.exact)
        wanted = ", ".join(members) or "no member, since no compensation reads any"
        raise definition_error("KF237", f"nothing in the result of {self.operation} has {wanted}")

    @property
    def element(self) -> Result | None:
        """Where one stands in an entry of the list that lies here; None where the model does not say."""
        if self.shape is None or self.shape.is_document or self.shape.type != "list":
            return None
        return Result(self.operation, self.shape.element, self.exact)

    @property
    def kind(self) -> str | None:
        """The JSON type, where the model says it."""
        return None if self.shape is None or self.shape.is_document else self.shape.kind
