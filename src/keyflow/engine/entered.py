"""Which state each event of a history belongs to: an event names the one before it, and seldom a state."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.dataclass import dataclass
from keyflow.engine.history import Event
from keyflow.engine.interpreter import Execution


@dataclass(slots=True)
class Entered:
    """A state as an execution entered it once. `around` is the Parallel or Map that it is inside of."""

    name: str
    kind: str
    around: Entered | None
    is_left: bool = False


def entered_states(execution: Execution) -> Iterator[tuple[Event, Entered]]:
    """Each event that belongs to a state, in order, with the state as it was entered.

    Those of the executions that a distributed Map runs its iterations in come after its start.
    """
    of_event: dict[int, Entered] = {}
    children: dict[str | None, list[Execution]] = {}
    for child in execution.children:
        children.setdefault(child.map_run, []).append(child)
    for event in execution.history:
        before = of_event.get(event.previous)
        if before is None and event.type == "EvaluationFailed":  # it names its state, and often no event before it
            before = next((each for each in reversed(of_event.values()) if each.name == event.details["state"]), None)
        if event.type.endswith("StateEntered"):
            around = before if before is None or not before.is_left else before.around
            state = Entered(event.details["name"], event.type.removesuffix("StateEntered"), around)
        elif before is None or event.type.startswith("Execution"):
            continue
        else:
            state = _of(event, before)
            state.is_left = state.is_left or event.type.endswith("StateExited")
        of_event[event.id] = state
        yield event, state
        if event.type == "MapRunStarted":
            for child in children.pop(event.details["mapRunArn"], ()):
                yield from entered_states(child)


def _of(event: Event, before: Entered) -> Entered:
    """The state of an event: what ends a Parallel or a Map comes after an event of a state inside."""
    name = event.details.get("name") if event.type.endswith("StateExited") else None
    kind = next((each for each in ("Parallel", "Map") if event.type.startswith(f"{each}State")), None)
    state: Entered | None = before
    while state is not None:
        is_owner = kind is None or (state.kind == kind and not state.is_left)
        if is_owner if name is None else state.name == name:
            return state
        state = state.around
    return before
