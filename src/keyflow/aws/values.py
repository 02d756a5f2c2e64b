"""What `aws` needs to know of a value that only an execution, or a deployment, will know."""

from __future__ import annotations

from abc import ABC, abstractmethod


class RuntimeValue(ABC):
    """A value that stands in a call's arguments and is not a Python literal."""

    @property
    @abstractmethod
    def kind(self) -> str | None:
        """The JSON type that the value is known to have (string, number, boolean, array, object), or None."""

    @abstractmethod
    def deployed_text(self) -> str | None:
        """The text with `${Parameter}` placeholders when the value is fixed at deployment; else None."""
