"""What definition files make while they are executed: workflows that nothing holds, calls that no task makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import Any, Protocol

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location


class Definition(Protocol):
    """A workflow, as far as this file needs it."""

    @property
    def name(self) -> str: ...
    @property
    def location(self) -> Location: ...


class Call(Protocol):
    """A call, as far as this file needs it. Copies of it, with another pattern or role, share what was written."""

    @property
    def written(self) -> Any: ...
    @property
    def label(self) -> str: ...
    @property
    def location(self) -> Location: ...


@dataclass(slots=True)
class Made:
    """The workflows and the calls that were made, in order; calls go by their arguments, which their copies share.

    `inlined` are the workflows whose steps became those of others, `texts` how values were shown in Python.
    """

    definitions: list[Definition] = field(default_factory=list)
    calls: dict[int, Call] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    inlined: list[object] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)

    @property
    def unused(self) -> Iterator[Call]:
        """The calls that nothing was given."""
        return (call for arguments, call in self.calls.items() if arguments not in self.used)


_MADE: ContextVar[Made | None] = ContextVar("made", default=None)


@contextmanager
def recorded() -> Iterator[Made]:
    """Notes what is made inside."""
    made = Made()
    token = _MADE.set(made)
    try:
        yield made
    finally:
        _MADE.reset(token)


def note_definition(definition: Definition) -> None:
    """Notes that a workflow was made."""
    made = _MADE.get()
    if made is not None:
        made.definitions.append(definition)


def note_call(call: Call) -> None:
    """Notes that a call was made, or one like it with another pattern or role."""
    made = _MADE.get()
    if made is not None:
        made.calls.setdefault(id(call.written), call)


def note_used(call: Call) -> None:
    """Notes that something was given the call."""
    made = _MADE.get()
    if made is not None:
        made.used.add(id(call.written))


def note_text(text: str) -> str:
    """Notes that Python was shown a value as this text, which no execution would know; gives it back."""
    made = _MADE.get()
    if made is not None:
        made.texts.add(text)
    return text


def note_inlined(definition: object) -> None:
    """Notes that the steps of a workflow became those of another."""
    made = _MADE.get()
    if made is not None:
        made.inlined.append(definition)
