"""What `aws` needs to know of a value that only an execution, or a deployment, will know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from keyflow.json_values import with_leaves


class RuntimeCondition:
    """Something that holds or does not when an execution runs: it decides, and no argument can have it."""


class RuntimeValue(ABC):
    """A value that stands in a call's arguments and is not a Python literal."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        """Itself: what an execution knows is not copied by Python, whatever holds it is."""
        return self

    @property
    @abstractmethod
    def kind(self) -> str | None:
        """The JSON type that the value is known to have (string, number, boolean, array, object), or None."""

    @abstractmethod
    def deployed_text(self) -> str | None:
        """The text with `${Parameter}` placeholders when the value is fixed at deployment; else None."""

    @property
    def constant(self) -> tuple[Any, ...]:
        """What the value is in every execution, as JSON, where it is written so (`{% 'orders' %}`); else nothing."""
        return ()

    def deployed_pattern(self) -> str:
        """The text with `*` for each part that only an execution will know: how IAM writes what may be any."""
        return self.deployed_text() or "*"

    @property
    def chosen_by_caller(self) -> bool:
        """Whether whoever starts the execution chooses the value, or a part of it: it comes from the input."""
        return True


def with_constants(tree: Any) -> Any:
    """A tree of values and literals with what its constants are in their places."""
    return with_leaves(
        tree, lambda leaf: leaf.constant[0] if isinstance(leaf, RuntimeValue) and leaf.constant else leaf
    )
