"""States made ready to run: what a definition says of each, as functions of a visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws import Resource
from keyflow.dataclass import dataclass
from keyflow.engine.errors import FieldError
from keyflow.engine.fields import Make, Read
from keyflow.engine.limits import Limits
from keyflow.engine.task_events import TaskEvents
from keyflow.engine.visit import Visit

Left = tuple[JSON, str | None]
"""How a state was left: its output, and where to go on (None ends the scope)."""


@dataclass(slots=True)
class Named:
    """What every state has: its name, and the types of the events of entering and leaving it (None: it is not left)."""

    name: str
    entered: str
    exited: str | None


@dataclass(slots=True)
class Plain(Named):
    """A state that is left at the moment when it is entered."""

    leave: Callable[[Visit], Left]


@dataclass(slots=True)
class Wait(Named):
    """A state that is left after so many seconds, of which the moment of virtual time is told."""

    seconds: Callable[[Visit, float], float]
    leave: Callable[[Visit], Left]


@dataclass(slots=True)
class Handler:
    """What a catcher does with the errors that it names, and the state that goes on."""

    errors: Sequence[str]
    handle: Make
    next: str


@dataclass(slots=True)
class Ends:
    """How an attempt ends: what is tried again, what is caught, what becomes of a result, and where it goes on."""

    retry: Sequence[asl.Retrier]
    catch: Sequence[Handler]
    finish: Make
    next: str | None


@dataclass(slots=True)
class Tried(Named):
    """A state that can be tried again, and whose errors can be caught."""

    ends: Ends


@dataclass(slots=True)
class Task(Tried):
    """A call: its resource, the events of its attempts, what it is given, its limits, and the role that makes it."""

    _: KW_ONLY
    resource: Resource
    events: TaskEvents
    arguments: Read
    limits: Callable[[Visit], Limits]
    role: Read | None


@dataclass(slots=True)
class Parallel(Tried):
    """Branches, and what each is given."""

    arguments: Read
    branches: Sequence[Scope]


@dataclass(slots=True, kw_only=True)
class Reader:
    """Where a Map reads its items: the call, what it is given, the ReaderConfig, and the most items."""

    resource: str
    arguments: Read
    config: Mapping[str, JSON]
    most: Read
    most_path: str | None


@dataclass(slots=True)
class Writer:
    """Where a Map writes its results (None: nowhere), what that call is given, and the WriterConfig."""

    resource: str | None
    arguments: Read
    config: Mapping[str, JSON]


@dataclass(slots=True)
class Batches:
    """How items are put together: the most items, the most bytes, and what each batch has beside them."""

    most: Read
    most_bytes: Read
    fixed: Callable[[Visit], dict[str, JSON]]


@dataclass(slots=True)
class Map(Tried):
    """Iterations of a scope; `select` is None where each is given its item as it is."""

    uses_jsonata: bool
    label: str
    processor: Scope | None
    is_distributed: bool
    is_express: bool
    reader: Reader | None
    items: Read
    unfit: Callable[[JSON], FieldError]
    select: Callable[[Any, JSON], JSON] | None
    batches: Batches | None
    limit: Read
    tolerates: bool
    tolerated_count: Read
    tolerated_percentage: Read
    writer: Writer | None


Step = Plain | Wait | Task | Parallel | Map


@dataclass(slots=True)
class Scope:
    """States that lead to each other, and the one that is first."""

    start_at: str
    steps: Mapping[str, Step]
