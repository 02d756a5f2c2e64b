"""What a deployment is made of: resources, and the changes that a plan lists before anything is done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients
from keyflow.diagnostics import Diagnostic

PROJECT_TAG = "keyflow:project"
STAGE_TAG = "keyflow:stage"


class Action(Enum):
    """What is done to a resource."""

    CREATE = "create"
    UPDATE = "update"
    KEEP = "keep"
    DELETE = "delete"


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


@dataclass(frozen=True)
class Resource(ABC):
    """One AWS resource as it should be. Its name and tags are the only record: no state is kept elsewhere.

    `tags` say whose it is; a resource of the same name without them belongs to somebody else and is left alone.
    """

    kind: ClassVar[str]
    name: str
    tags: Mapping[str, str]

    @abstractmethod
    def wanted(self) -> Mapping[str, Any]:
        """The properties that keyflow sets, in a form that `read` gives, too."""

    @abstractmethod
    def read(self, clients: Clients) -> Mapping[str, Any] | None:
        """The same properties as AWS has them, with `tags`; None where there is no such resource."""

    @abstractmethod
    def create(self, clients: Clients) -> None:
        """Makes the resource."""

    @abstractmethod
    def update(self, clients: Clients) -> None:
        """Makes the resource as it should be, from whatever it is."""

    @abstractmethod
    def delete(self, clients: Clients) -> None:
        """Removes the resource."""

    def refusal(self, found: Mapping[str, Any]) -> Diagnostic | None:
        """Why what AWS has can never become what is wanted; None where it can."""
        return None

    def sizes(self) -> Iterator[Size]:
        """What AWS limits of the resource, as it would be made."""
        yield from ()

    def owns(self, found: Mapping[str, Any]) -> bool:
        """Whether what AWS has under the name was made by keyflow, for this project and stage."""
        tags = found["tags"]
        return all(tags.get(key) == value for key, value in self.tags.items())


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to one resource, and why."""

    resource: Resource
    action: Action
    differences: tuple[Difference, ...] = ()


def tag_list(tags: Mapping[str, str], *, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags in the form that most services want; some spell the two words in lower case."""
    return [{key: name, value: text} for name, text in tags.items()]
