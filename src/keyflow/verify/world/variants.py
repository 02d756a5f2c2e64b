"""Inputs and results that take an execution through every branch: each tested value as it must be, and as it must not.

What a condition looks at is varied, one condition with another; of the ways through the workflow that this opens, each
is kept once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import Enum
from functools import cached_property
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.verify.world.own import unique_in
from keyflow.verify.world.results import Keys, with_default, with_value, without

MOST_COMBINATIONS = 512
"""Combinations of tested values that are tried for the ways that they open."""


class Presence(Enum):
    """Whether a member is there, whatever its value."""

    GONE = "gone"
    PRESENT = "present"


GONE, PRESENT = Presence.GONE, Presence.PRESENT


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value at a path of a task's result, or (with no task) of the input.

    `GONE` takes away what is there, `PRESENT` leaves it, and puts something where nothing is.
    """

    task: str | None
    keys: Keys
    value: Any


Option = tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """One condition's options; the first is the one that goes with the faults of other conditions."""

    options: tuple[Option, ...]


@dataclass(frozen=True)
class Variant:
    """One input, and what is special in the results of tasks."""

    input: JSON
    special: Mapping[str, Option] = field(default_factory=dict)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """The UUIDs that its input has."""
        return unique_in(self.input)

    def result(self, task: str, sample: JSON) -> JSON:
        """A task's result: the sample with what is special in it."""
        for each in self.special.get(task, ()):
            sample = _assigned(sample, each)
        return sample


def variants(data: JSON, probes: Sequence[Probe]) -> Iterator[Variant]:
    """Combinations of options, at most `MOST_COMBINATIONS`; then each option with the first ones of the others."""
    combinations = itertools.islice(itertools.product(*(probe.options for probe in probes)), MOST_COMBINATIONS)
    firsts = [probe.options[0] for probe in probes]
    single = (
        (*firsts[:index], option, *firsts[index + 1 :])
        for index, probe in enumerate(probes)
        for option in probe.options[1:]
    )
    for combination in itertools.chain(combinations, single):
        yield _variant(data, itertools.chain.from_iterable(combination))


def _variant(data: JSON, assignments: Iterable[Assignment]) -> Variant:
    special: dict[str, list[Assignment]] = {}
    for each in assignments:
        if each.task is None:
            data = _assigned(data, each)
        else:
            special.setdefault(each.task, []).append(each)
    return Variant(data, {task: tuple(option) for task, option in special.items()})


def _assigned(tree: JSON, assignment: Assignment) -> JSON:
    if assignment.value is GONE:
        return without(tree, assignment.keys)
    if assignment.value is PRESENT:
        return with_default(tree, assignment.keys, text_at(assignment.keys))
    return with_value(tree, assignment.keys, assignment.value)


def text_at(keys: Keys) -> str:
    """A text for a member that nothing says more of."""
    return f"value of {keys[-1]}" if keys else "value"
