"""What two executions came to that ran at the same time, held against what they come to one after the other (P6).

An execution that is refused because of the other one counts as never started, if it leaves nothing: whoever started it
is told so, and can start it again. This is how databases see it, too, whose transactions may be aborted.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.dsl.workflow import COMPENSATION_FAILED, COMPLETION_FAILED
from keyflow.engine import Execution
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.endpoint import Endpoint
from keyflow.verify.world.marks import Mark
from keyflow.verify.world.shared_tables import spelt

World = Mapping[Mark, JSON]
"""What is otherwise than before."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an execution ended, as whoever started it learns it; a refusal is an answer that says so."""

    text: str
    is_refusal: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How executions ended, each by who it is, and what is otherwise than before them."""

    endings: Mapping[str, Ending]
    world: World


@dataclass(frozen=True, slots=True)
class Difference:
    """In what an outcome differs from another one, in words.

    `is_known` says that a model describes it; `is_of_world` that the world differs, not only an answer.
    """

    words: str
    is_known: bool = True
    is_of_world: bool = False


def ending_of(execution: Execution, endpoint: Endpoint | None) -> Ending:
    """How an execution ended: what its caller is answered, or its status, with its error or its output."""
    if endpoint is not None:
        answer = endpoint.answer(execution)
        return Ending(f"{answer.status} {' '.join(answer.body.split())}".strip(), answer.status // 100 == 4)
    told = execution.error or json.dumps(execution.output, sort_keys=True, default=str)
    is_partial = execution.error in (COMPENSATION_FAILED, COMPLETION_FAILED)
    return Ending(f"{execution.status} {told}", execution.status == "FAILED" and not is_partial)


def unlike(
    outcome: Outcome, orders: Sequence[Outcome], alone: Sequence[Outcome], declared: Mapping[str, Declared]
) -> tuple[Difference, ...]:
    """In what an outcome differs from the nearest one that is allowed; nothing where it is allowed.

    Args:
        outcome: What the executions came to together.
        orders: What they come to one after the other.
        alone: What each comes to without the other.
        declared: What the definition of each says of its states, by who it is.
    """
    found = [tuple(_differences(outcome, order)) for order in orders]
    for without in _without_refused(outcome, declared):
        rest = [each for each in alone if each.endings.keys() == without.endings.keys()] or [Outcome({}, {})]
        found.append(tuple(_differences(without, rest[0])))
    return min(found, key=len)


def unlike_once(outcome: Outcome, alone: Sequence[Outcome], who: str, other: str) -> tuple[Difference, ...]:
    """In what the world differs from that after one execution alone; which of the two did what does not matter.

    Args:
        outcome: What an execution and its repetition came to.
        alone: What each comes to without the other.
        who: The first of them.
        other: The repetition.
    """
    world = _as_of_one(outcome.world, who, other)
    found = [tuple(_world_differences(world, _as_of_one(each.world, who, other))) for each in alone]
    return min(found, key=len)


def _as_of_one(world: World, who: str, other: str) -> World:
    """The world as if one execution had also done the other one's work; what both did is left out."""
    found: dict[Mark, JSON] = {}
    for mark in sorted(world, key=lambda each: other in each.words):
        same = replace(mark, words=mark.words.replace(other, who))
        found[mark if same in found else same] = spelt(world[mark]).replace(other, who)
    return found


def is_refused(outcome: Outcome, orders: Sequence[Outcome]) -> tuple[str, ...]:
    """Who is refused, though neither order of the two would refuse it so."""
    return tuple(
        who
        for who, ending in outcome.endings.items()
        if ending.is_refusal and all(ending != order.endings[who] for order in orders)
    )


def _without_refused(outcome: Outcome, declared: Mapping[str, Declared]) -> Iterator[Outcome]:
    """An outcome without the refused execution and what may stay of it: all such choices."""
    refused = [who for who, ending in outcome.endings.items() if ending.is_refusal]
    for number in range(1, len(refused) + 1):
        for gone in itertools.combinations(refused, number):
            endings = {who: ending for who, ending in outcome.endings.items() if who not in gone}
            may_stay = {who: {*declared[who].kept, *declared[who].reports} for who in gone}
            world = {
                mark: value
                for mark, value in outcome.world.items()
                if mark.state not in may_stay.get(mark.who or "", ())
            }
            yield Outcome(endings, world)


def _differences(outcome: Outcome, other: Outcome) -> Iterator[Difference]:
    yield from _world_differences(outcome.world, other.world)
    for who, ending in outcome.endings.items():
        if ending != other.endings[who]:
            one, another = ending.text, other.endings[who].text
            yield Difference(f"{who} ends with {excerpt(one, another)} instead of {excerpt(another, one)}")


def excerpt(text: str, other: str = "") -> str:
    """A text in one line: of a long one, the place where it differs from another."""
    if len(text) <= _MOST_SHOWN:
        return text
    pairs = itertools.zip_longest(text, other)
    differs = next(index for index, (one, another) in enumerate((*pairs, ("", None))) if one != another)
    start = max(0, min(differs - _MOST_SHOWN // 2, len(text) - _MOST_SHOWN))
    status = text.partition(" ")[0]
    shown = text[start : start + _MOST_SHOWN]
    before, after = f"{status} ... " if start else "", " ..." if start + _MOST_SHOWN < len(text) else ""
    return f"{before}{shown}{after}"


_MOST_SHOWN = 160
"""Characters of an ending that are shown."""


def _world_differences(world: World, other: World) -> Iterator[Difference]:
    """In what two worlds differ."""
    for mark, value in world.items():
        if other.get(mark, value) != value:
            yield Difference(f"not the same: {mark.words}", mark.is_known, is_of_world=True)
        elif mark not in other:
            yield Difference(f"left: {mark.words}", mark.is_known, is_of_world=True)
    for mark in other.keys() - world.keys():
        yield Difference(f"missing: {mark.words}", mark.is_known, is_of_world=True)
