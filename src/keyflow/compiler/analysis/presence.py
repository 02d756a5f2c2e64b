"""Members of the input that may be missing when it is too late.

A path that leads nowhere ends an execution with `States.Runtime`, which no Catch sees: nothing is undone. So what is
read of the input must be known to be there before the first task that would have to be undone has completed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from keyflow.diagnostics import Diagnostic, Location, Severity
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.expressions import All, Comparison, Condition, Either, Match, Negation, TypeTest, Value, values_in
from keyflow.dsl.maps import Item, Map
from keyflow.dsl.steps import FailIf, FirstOf, Parallel, Repeat, Succeed, When
from keyflow.dsl.tasks import Task
from keyflow.dsl.values import Input, Reference

Keys = tuple[str | int, ...]
KnownPaths = frozenset[Keys]
"""Paths into the input that certainly lead somewhere."""


def late_reads(block: Block, provided: KnownPaths) -> tuple[Diagnostic, ...]:
    """A warning (KF236) for each member of the input that is read too late.

    Args:
        block: The workflow's steps.
        provided: What every route of the workflow is known to send.
    """
    walk = _Walk()
    walk.block(block, provided)
    return tuple(walk.warnings.values())


def _inputs(values: Iterable[Value]) -> tuple[Reference, ...]:
    found = (place_in_input(value) for value in values if isinstance(value, Reference))
    return tuple(value for value in found if value is not None and value.keys)


def place_in_input(value: Reference) -> Reference | None:
    """The place in the input that a value is; an item's place is that of the first item, which stands for all."""
    match value.source:
        case Input():
            return value
        case Item(map=each):
            array = place_in_input(each.over) if isinstance(each.over, Reference) else None
            first = () if each.batch_of is not None else (0,)  # a batch is an array, too: of the first items
            return None if array is None else replace(array, keys=(*array.keys, *first, *value.keys))
        case _:
            return None


def _prefixes(references: Iterable[Reference]) -> KnownPaths:
    return frozenset(each.keys[:length] for each in references for length in range(1, len(each.keys) + 1))


class _Walk:
    """A walk in the order of execution; `undoable` names the first task that would have to be undone by then."""

    def __init__(self) -> None:
        self.warnings: dict[Keys, Diagnostic] = {}
        self._undoable: str | None = None

    def block(self, block: Block, known: KnownPaths) -> KnownPaths:
        """Walks a block; gives what is known at its end."""
        for step in block.steps:
            known = self._step(step, known)
        return known

    def _step(self, step: Step, known: KnownPaths) -> KnownPaths:
        match step:
            case Task():
                return self._task(step, known)
            case Parallel():
                return self._parallel(step, known)
            case Map():
                known = self._read(_inputs(step.values()), known, step.location)
                self._begin(step.block)
                self.block(step.block, known)
                return known
            case Repeat():
                return self.block(step.block, known)
            case When():
                return self._when(step, known)
            case FirstOf(candidates=candidates):  # that of the others is asked
                self._read(_inputs(values_in(candidates[-1])), known, step.location)
                return known
            case FailIf(condition=condition):
                return known | _present(Negation(condition))
            case Succeed():
                return self._read(_inputs(step.values()), known, step.location)
            case _:
                return known

    def _read(self, references: Iterable[Reference], known: KnownPaths, location: Location) -> KnownPaths:
        """Notes what is read at a place; behind it, all of that is known to be there."""
        for reference in references:
            if self._undoable is not None and reference.keys not in known and reference.keys not in self.warnings:
                self.warnings[reference.keys] = Diagnostic(
                    "KF236",
                    f"{reference!r} is first read when {self._undoable!r} may have completed: "
                    "if it is missing, the execution ends and undoes nothing",
                    location,
                    "let the request schema of the route require it, or fail_if(~value.is_present(), ...) first",
                    Severity.WARNING,
                )
        return known | _prefixes(references)

    def _task(self, task: Task, known: KnownPaths) -> KnownPaths:
        known = self._read(_inputs(task.values()), known, task.location)
        for handler in task.handlers:
            self.block(handler.block, known)
        if task.compensations:
            self._undoable = self._undoable or task.name
        for compensation in task.compensations:
            self._read(_inputs(compensation.values()), known, compensation.location)
        if task.lookup is not None:
            self._read(_inputs(task.lookup.values()), known, task.lookup.location)
        return known

    def _parallel(self, parallel: Parallel, known: KnownPaths) -> KnownPaths:
        """What every branch reads first is missing for all of them or for none."""
        first = [_prefixes(_inputs(block.steps[0].values())) for block in parallel.blocks()]
        known |= frozenset.intersection(*first)
        self._begin(*parallel.blocks())
        return known.union(*(self.block(block, known) for block in parallel.blocks()))

    def _begin(self, *blocks: Block) -> None:
        """Notes that steps of the blocks may complete from now on, in any order."""
        inside = (step for block in blocks for step in block.walk())
        compensable = (step.name for step in inside if isinstance(step, Task) and step.compensations)
        self._undoable = self._undoable or next(compensable, None)

    def _when(self, when: When, known: KnownPaths) -> KnownPaths:
        ends: list[KnownPaths] = []
        for condition, block in when.cases:
            inside = self.block(block, known | _present(condition))
            ends += [] if block.ends() else [inside]
            known |= _present(Negation(condition))
        if when.otherwise is None:
            ends.append(known)
        else:
            inside = self.block(when.otherwise, known)
            ends += [] if when.otherwise.ends() else [inside]
        return frozenset.intersection(*ends) if ends else known


def _present(condition: Condition) -> KnownPaths:
    """What is certainly there where the condition holds: no comparison holds of what is missing."""
    match condition:
        case TypeTest() | Comparison() | Match():
            return _prefixes(_inputs(condition.values()))
        case All(conditions):
            return frozenset[Keys]().union(*map(_present, conditions))
        case Negation(Either(conditions)):
            return frozenset[Keys]().union(*(_present(Negation(each)) for each in conditions))
        case Either(conditions):
            return frozenset.intersection(*map(_present, conditions))
        case Negation(All(conditions)):
            return frozenset.intersection(*(_present(Negation(each)) for each in conditions))
        case Negation(Negation(condition)):
            return _present(condition)
        case _:
            return frozenset()
