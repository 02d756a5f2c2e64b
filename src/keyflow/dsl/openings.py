"""Blocks of a definition: what opens one stands in a `with` statement, and is an error where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from keyflow.diagnostics import Diagnostic, Location, calling_location

P = ParamSpec("P")
R = TypeVar("R")


class Opening(AbstractContextManager[R], Generic[R]):
    """A block that is about to be written: `label` is the method that opens it."""

    def __init__(self, label: str, block: AbstractContextManager[R]) -> None:
        self.label = label
        self.location: Location = calling_location()
        self.is_entered = False
        self._block = block

    def __enter__(self) -> R:
        self.is_entered = True
        return self._block.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._block.__exit__(kind, error, trace)


class HasBlocks(Protocol):
    """A definition, with the blocks that its methods have opened."""

    openings: list[Opening[Any]]


D = TypeVar("D", bound=HasBlocks)


def opens_block(
    method: Callable[Concatenate[D, P], Iterator[R]],
) -> Callable[Concatenate[D, P], AbstractContextManager[R]]:
    """A method of a definition that opens a block, from a generator that yields where the block is written."""
    as_block = contextmanager(method)

    @wraps(method)
    def opening(self: D, /, *args: P.args, **kwargs: P.kwargs) -> AbstractContextManager[R]:
        made = Opening(method.__name__, as_block(self, *args, **kwargs))
        self.openings.append(made)
        return made

    return opening


def never_entered(definition: HasBlocks) -> Iterator[Diagnostic]:
    """Errors for the blocks that were opened, and stand in no `with` statement."""
    for opening in definition.openings:
        if not opening.is_entered:
            message = f"{opening.label}(...) opens a block, and no block is written: what follows stands outside it"
            hint = f"write `with ...{opening.label}(...):`, and its steps indented below"
            yield Diagnostic("KF269", message, opening.location, hint)
