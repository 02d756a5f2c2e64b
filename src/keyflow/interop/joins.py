"""Where the ways out of a Choice meet again, so that what follows need not stand inside one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from keyflow import asl


def join_of(
    states: Mapping[str, asl.State],
    targets: Sequence[str],
    default: str | None,
    written: Collection[str],
    stop: str | None,
) -> str | None:
    """The state that follows the Choice as a whole: where its ways meet, else the one that leads furthest.

    Args:
        states: The scope's states.
        targets: Where the Choice can lead.
        default: The one among them that it leads to where no condition holds.
        written: States that stand elsewhere already.
        stop: The state that follows the block which the Choice stands in.
    """
    reach = {target: reachable(states, target, written, stop) for target in dict.fromkeys(targets)}
    furthest = max(reach, key=lambda target: (len(reach[target]), target == default), default=None)
    if furthest is None or not reach[furthest]:
        return None
    others = [reach[target] for target in reach if target != furthest]
    shared = [
        name
        for name in reach[furthest]
        if any(name in other for other in others) and not isinstance(states.get(name), asl.Fail)
    ]
    lengths = {name: len(reachable(states, name, written, stop)) for name in shared}
    return max(shared, key=lambda name: lengths[name]) if shared else furthest


def reachable(
    states: Mapping[str, asl.State], start: str, written: Collection[str], stop: str | None
) -> Mapping[str, None]:
    """The states that a way from `start` enters without an error, nearest first, up to `stop`."""
    found: dict[str, None] = {}
    pending = [start]
    for name in pending:
        if name in found or name in written or name not in states:
            continue
        found[name] = None
        if name != stop:
            pending += [target for place, target in asl.transitions(states[name]) if not place.startswith("Catch")]
    return found
