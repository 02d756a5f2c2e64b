"""What a deployment is made of: resources, and the changes that a plan lists before anything is done."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, IntEnum
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients
from keyflow.diagnostics import Diagnostic

PROJECT_TAG = "keyflow:project"
STAGE_TAG = "keyflow:stage"

Found = Mapping[str, Any]
"""The properties of a resource as AWS has them, with its `tags`."""


class Action(Enum):
    """What is done to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    KEEP = "keep"
    DELETE = "delete"


class Phase(IntEnum):
    """When a resource is changed.

    What runs keeps its permissions: they are widened before anything else changes, and narrowed after all of it. What
    serves is there before what leads to it, and goes after it.
    """

    WIDEN = 1
    LOGS = 2
    ALARM = 3
    MACHINE = 4
    SERVE = 5
    ROUTE = 6
    REMOVE = 7
    NARROW = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of a resource that is not as it should be; None for what is absent."""

    property: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Size:
    """A limit of AWS: `what` has the `amount`, and AWS takes no more than the `limit`; `remedy` is the hint."""

    what: str
    amount: int
    limit: int
    remedy: str


def _silent(_message: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a change is made with: the clients, a clock, and whom to speak to.

    `say` is given what a person should know afterwards; `wait` why something takes long. `gently` leaves alone what
    something runs on.
    """

    clients: Clients
    sleep: Callable[[float], object] = lambda seconds: time.sleep(seconds)
    say: Callable[[str], object] = _silent
    wait: Callable[[str], object] = _silent
    now: Callable[[], float] = time.time
    gently: bool = False


@dataclass(frozen=True)
class Resource(ABC):
    """One AWS resource as it should be. Its name and tags are the only record: no state is kept elsewhere.

    `tags` say whose it is; a resource of the same name without them belongs to somebody else and is left alone.
    """

    kind: ClassVar[str]
    phase: ClassVar[Phase]
    services: ClassVar[tuple[str, ...]]
    """The services of AWS that it is read from, by boto3's names."""
    settles: ClassVar[bool] = False
    """Whether it is about what other changes of the same plan leave: its own state may differ when its turn comes."""
    name: str
    tags: Mapping[str, str]

    @abstractmethod
    def wanted(self) -> Mapping[str, Any]:
        """The properties that keyflow sets, in a form that `read` gives, too."""

    @abstractmethod
    def read(self, clients: Clients) -> Found | None:
        """The same properties as AWS has them, with `tags`; None where there is no such resource."""

    @abstractmethod
    def create(self, work: Work) -> None:
        """Makes the resource."""

    @abstractmethod
    def update(self, work: Work, found: Found) -> None:
        """Makes the resource as it should be, from what AWS has."""

    @abstractmethod
    def delete(self, work: Work) -> None:
        """Removes the resource."""

    def refusal(self, found: Found) -> Diagnostic | None:
        """Why what AWS has can never become what is wanted; None where it can."""
        return None

    def sizes(self) -> Iterator[Size]:
        """What AWS limits of the resource, as it would be made."""
        yield from ()

    def sizes_beside(self, found: Found) -> Iterator[Size]:
        """What AWS limits while the resource is both as it is and as it should be."""
        yield from ()

    def is_certain(self, found: Found) -> bool:
        """Whether what was found is what there will be until keyflow changes it."""
        return True

    def still_used(self, clients: Clients) -> str | None:
        """What still runs on the resource and would end with it; None where nothing does."""
        return None

    def drain_seconds(self) -> int:
        """How long executions of it may still run that no call lists."""
        return 0

    def owns(self, found: Found) -> bool:
        """Whether what AWS has under the name was made by keyflow, for this project and stage."""
        tags = found["tags"]
        return all(tags.get(key) == value for key, value in self.tags.items())

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done to one resource, and why; `found` is what AWS had when the plan was made."""

    resource: Resource
    action: Action
    differences: tuple[Difference, ...] = ()
    found: Found | None = None


def tag_list(tags: Mapping[str, str], *, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags in the form that most services want; some spell the two words in lower case."""
    return [{key: name, value: text} for name, text in tags.items()]


def tags_in(listed: Any, *, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """The tags of such a list by name."""
    return {tag[key]: tag[value] for tag in listed}


def differing(wanted: Mapping[str, Any], found: Found) -> tuple[Difference, ...]:
    """The properties in which what AWS has is not what is wanted."""
    return tuple(Difference(key, found.get(key), value) for key, value in wanted.items() if found.get(key) != value)
