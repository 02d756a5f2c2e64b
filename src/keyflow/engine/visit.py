"""One stay of an execution in a state: what came in, and what its expressions see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine.history import timestamp
from keyflow.engine.intrinsics import Randomness

Around = Callable[[], Mapping[str, Any]]
"""The context object without what belongs to a state alone: it is made where something asks for it."""


class Visit:
    """What came in, what paths can lead into, and the last event of the scope.

    `entered_event` is the number of the event of entering the state, `failing` the type of the event which says that
    the branches or iterations that run have failed. `iteration` holds the index of the item in each Map around;
    `retries` is None in a state that is never tried again, `token` the number of the attempt's task token. The context
    object is made anew each time that it is asked for, which is seldom.
    """

    __slots__ = (
        "around",
        "assigned",
        "data",
        "entered",
        "entered_event",
        "event",
        "failing",
        "iteration",
        "name",
        "randomness",
        "retries",
        "start",
        "token",
        "variables",
    )

    def __init__(
        self,
        name: str,
        data: JSON,
        around: Around,
        variables: dict[str, JSON],
        randomness: Randomness,
        start: datetime,
        entered: float,
        event: int,
        iteration: tuple[int, ...],
        retries: int | None,
    ) -> None:
        self.name = name
        self.data = data
        self.around = around
        self.variables = variables
        self.randomness = randomness
        self.start = start
        self.entered = entered
        self.event = self.entered_event = event
        self.iteration = iteration
        self.retries = retries
        self.token: str | None = None
        self.failing: str | None = None
        self.assigned: Mapping[str, JSON] | None = None

    @property
    def context(self) -> dict[str, Any]:
        """The context object as it is now."""
        return {**self.around(), **self._own_context()}

    def _own_context(self) -> dict[str, Any]:
        state: dict[str, Any] = {"Name": self.name, "EnteredTime": timestamp(self.entered, self.start)}
        if self.retries is not None:
            state["RetryCount"] = self.retries
        return {"State": state} if self.token is None else {"State": state, "Task": {"Token": self.token}}

    def in_iteration(self, index: int, item: JSON) -> Around:
        """What an iteration of this Map sees: its item, beside what is around the Map."""
        return lambda: {**self.around(), "Map": {"Item": {"Index": index, "Value": item}}}

    def at_items(self, items: Iterable[JSON]) -> Iterator[AtItem]:
        """The visit as ItemSelector sees it for each item."""
        around, own = self.around(), self._own_context()
        for index, item in enumerate(items):
            context = {**around, "Map": {"Item": {"Index": index, "Value": item}}, **own}
            yield AtItem(self.data, context, self.variables, self.randomness)


@dataclass(slots=True)
class AtItem:
    """A Map's visit at one of its items."""

    data: JSON
    context: Mapping[str, Any]
    variables: Mapping[str, JSON]
    randomness: Randomness
