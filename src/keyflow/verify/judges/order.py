"""P3 by the account: what another thing is made with, or lies in, is deleted after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyflow.verify.judges.declared import Branches
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.world.own import texts_in
from keyflow.verify.world.runner import Entry
from keyflow.verify.world.things import Thing


def out_of_order(made: Sequence[Thing], log: Sequence[Entry], branches: Branches) -> Iterator[Finding]:
    """What is deleted before, or side by side with, something that uses it."""
    deleted = [thing for thing in made if thing.deleted_by]
    if len(deleted) < 2:
        return
    by_text: dict[str, list[Thing]] = {}
    for thing in deleted:
        for text in thing.identifiers:
            by_text.setdefault(text, []).append(thing)
    for later in deleted:
        texts = dict.fromkeys(texts_in(later.call.parameters))
        for earlier in dict.fromkeys(thing for text in texts for thing in by_text.get(text, ())):
            if earlier.index < later.index and _uses(later, earlier) and _too_early(earlier, later, log, branches):
                yield Finding(
                    property=Property.P3,
                    state=later.call.state,
                    mark=earlier.call.state,
                    message=f"the {earlier.label} is not deleted after the {later.label}, which uses it",
                    fix="delete what uses another first: after= says so where no data does",
                )


def _uses(later: Thing, earlier: Thing) -> bool:
    """Whether the later thing lies in the earlier one by its names, or was made with what AWS gave that."""
    lies_in_it = bool(earlier.names) and earlier.names < later.names
    given = earlier.identifiers - earlier.names
    return lies_in_it or not given.isdisjoint(texts_in(later.call.parameters))


def _too_early(earlier: Thing, later: Thing, log: Sequence[Entry], branches: Branches) -> bool:
    first, second = earlier.deleted_by[0], later.deleted_by[0]
    return first < second or _side_by_side(log[first].call.state, log[second].call.state, branches)


def _side_by_side(one: str, other: str, branches: Branches) -> bool:
    """Whether two states stand in different branches of one parallel block."""
    for (block, branch), (other_block, other_branch) in zip(
        branches.get(one, ()), branches.get(other, ()), strict=False
    ):
        if block != other_block:
            return False
        if branch != other_branch:
            return True
    return False
