"""Where the ways out of a Choice meet again, so that what follows need not stand inside one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from keyflow import asl
from keyflow.dataclass import dataclass


@dataclass(slots=True)
class Steps:
    """States that may still be looked at: the search for one Choice takes as many as the states squared."""

    left: int = 500_000

    @property
    def spent(self) -> bool:
        """Whether none is left."""
        return self.left <= 0


def join_of(
    states: Mapping[str, asl.State],
    targets: Sequence[str],
    default: str | None,
    written: Collection[str],
    stop: str | None,
    steps: Steps | None = None,
) -> str | None:
    """The state to write after a Choice's blocks: where its ways meet, else the one from which most states follow.

    Args:
        states: The scope's states.
        targets: Where the Choice can lead.
        default: The one among them that it leads to where no condition holds.
        written: States that stand elsewhere already.
        stop: The state that follows the block which the Choice stands in.
        steps: What may still be spent on the search; where it is spent, there is no such state.
    """
    steps = steps or Steps()
    if steps.spent:
        return None
    reach = {target: reachable(states, target, written, stop, steps) for target in dict.fromkeys(targets)}
    furthest = max(reach, key=lambda target: (len(reach[target]), target == default), default=None)
    if furthest is None or not reach[furthest]:
        return None
    others = [reach[target] for target in reach if target != furthest]
    elsewhere = {name for other in others for name in other}
    shared = [name for name in reach[furthest] if name in elsewhere and not isinstance(states.get(name), asl.Fail)]
    lengths = {name: len(reachable(states, name, written, stop, steps)) for name in shared}
    if steps.spent:
        return None
    return max(shared, key=lambda name: lengths[name]) if shared else furthest


def reachable(
    states: Mapping[str, asl.State], start: str, written: Collection[str], stop: str | None, steps: Steps
) -> Mapping[str, None]:
    """The states that a way from `start` enters without an error, nearest first, up to `stop` or the end of `steps`."""
    found: dict[str, None] = {}
    pending = [start]
    for name in pending:
        steps.left -= 1
        if steps.spent:
            break
        if name in found or name in written or name not in states:
            continue
        found[name] = None
        if name != stop:
            pending += [target for place, target in asl.transitions(states[name]) if not place.startswith("Catch")]
    return found
