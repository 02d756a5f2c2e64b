"""What an execution owes by its definition: the compensations of what was done, and of what may have been (S5, S10)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from keyflow.aws.effects import Effect
from keyflow.dataclass import dataclass
from keyflow.dsl.compensations import Compensation, Lookup
from keyflow.dsl.tasks import Task
from keyflow.verify.judges.expected import Expected, Occurrence, attempts_due
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.known import ANY
from keyflow.verify.world.faults import Place
from keyflow.verify.world.runner import Entry, described

Calls = Mapping[Place, Sequence[Entry]]
"""What each call came to, attempt by attempt, by its place."""
Undos = Container[Compensation]
"""Some of a workflow's compensations."""


@dataclass(kw_only=True, slots=True)
class Obligation:
    """A compensation that is owed, or allowed, in one execution, and the attempts that were made of it.

    One that is `settled` is owed by a failed iteration itself, whatever becomes of the workflow.
    """

    task: Task
    compensation: Compensation
    parameters: Any
    required: bool
    iteration: tuple[int, ...] = ()
    settled: bool = False
    attempts: list[tuple[int, Entry]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether it has done its work, or found it done."""
        return any(self._ends(entry) for _index, entry in self.attempts)

    @property
    def repeated(self) -> bool:
        """Whether it was tried again when it was done."""
        return any(self._ends(entry) for _index, entry in self.attempts[:-1])

    @property
    def due(self) -> int:
        """How many attempts it should have got."""
        errors = [entry.error for _index, entry in self.attempts if entry.error is not None]
        call = self.compensation.call
        return attempts_due(
            (self.compensation.retry,), lambda retry: [call.error_name(error) for error in retry.errors], errors
        )

    def _ends(self, entry: Entry) -> bool:
        return entry.error is None or entry.error in self.compensation.gone_errors


def _obligation(each: Occurrence, undo: Compensation, parameters: Any, required: bool, settled: bool) -> Obligation:
    return Obligation(
        task=each.task,
        compensation=undo,
        parameters=parameters,
        required=required,
        iteration=each.iteration,
        settled=settled,
    )


def owed(wanted: Expected, calls: Calls, by_result: Undos) -> tuple[list[Obligation], list[Finding]]:
    """The compensations that an execution owes or may make; and what cannot be proven.

    Those `by_result` can only be made with the result of their own task.
    """
    obligations: list[Obligation] = []
    unprovable: list[Finding] = []
    for each in wanted.completed:
        obligations += _of_completed(each, settled=each.place in wanted.settled)
        unknown = each.task.call.effect is Effect.UNKNOWN and bool(each.task.compensations)
        if unknown and any(entry.took_effect and entry.error is not None for entry in calls[each.place][:-1]):
            unprovable.append(_ambiguous(each.task, "is tried again all the same, and may then be done twice"))
    for each in wanted.uncertain:
        settled = each.place in wanted.settled
        obligations += _of_uncertain(each, calls, by_result, settled=settled)
    return obligations, unprovable


def _of_completed(each: Occurrence, *, settled: bool) -> Iterator[Obligation]:
    for undo in each.task.compensations:
        yield _obligation(each, undo, each.known.parameters(undo.call), True, settled)


def _of_uncertain(each: Occurrence, calls: Calls, by_result: Undos, *, settled: bool) -> Iterator[Obligation]:
    """What can be undone though nobody knows the result: with what is known without it, or with what a lookup found."""
    task, took_effect = each.task, _took_effect(each, calls)
    for undo in task.compensations:
        if undo not in by_result:
            yield _obligation(each, undo, each.known.parameters(undo.call), took_effect, settled)
        elif task.lookup is not None:
            yield from _found(each, undo, task.lookup, calls, settled=settled)


def _found(
    each: Occurrence, undo: Compensation, lookup: Lookup, calls: Calls, *, settled: bool
) -> Iterator[Obligation]:
    """The compensation of what a lookup has found, if there was something to find and the lookup worked."""
    made = [entry for entry in calls[each.place] if entry.took_effect]
    found = calls.get((lookup.name, each.iteration), ())
    if made and (not found or (found[-1].error is None and not _goes_on(found[-1], lookup))):
        results = {**each.known.results, each.task: described(_listed(found, lookup), made[-1])}
        seen = replace(each.known, results=results)
        yield _obligation(each, undo, seen.parameters(undo.call), True, settled)


def in_doubt(wanted: Expected, by_result: Undos) -> Iterator[Obligation]:
    """What may be there, and nothing can undo: a lost answer of a task whose compensation needs it, and no lookup."""
    for each in wanted.uncertain:
        undo = next((undo for undo in each.task.compensations if undo in by_result), None)
        if undo is not None and each.task.lookup is None:
            yield _obligation(each, undo, ANY, False, each.place in wanted.settled)


def _took_effect(each: Occurrence, calls: Calls) -> bool:
    return any(entry.took_effect for entry in calls[each.place])


def failed_lookups(wanted: Expected, log: Sequence[Entry]) -> Iterator[Obligation]:
    """Lookups that came to nothing: what they would have found is left, too."""
    for each in wanted.uncertain:
        lookup = each.task.lookup
        if lookup is None:
            continue
        place = (lookup.name, each.iteration)
        entries = [(index, entry) for index, entry in enumerate(log) if entry.place == place]
        ended = entries[-1][1] if entries else None
        if ended is not None and (ended.error not in (None, *lookup.call.gone_errors) or _goes_on(ended, lookup)):
            parameters = each.known.parameters(lookup.call)
            undo = Compensation(name=lookup.name, call=lookup.call, location=lookup.location)
            yield replace(_obligation(each, undo, parameters, True, False), attempts=entries)


def _goes_on(entry: Entry, lookup: Lookup) -> bool:
    """Whether a lookup has seen one page of several: the world shows another page where the thing is not on it."""
    return lookup.more is not None and isinstance(entry.result, dict) and lookup.more in entry.result


def _ambiguous(task: Task, why: str) -> Finding:
    return Finding(
        property=Property.P1,
        state=task.name,
        mark=why,
        message=f"{task.name!r} may take effect though its answer is lost: it {why}",
        fix="let what it does be the same when it is done again, and say so: by a name or a token of its own",
        weight=Weight.UNPROVABLE,
        left_over=(task.name,),
    )


def _listed(found: Sequence[Entry], lookup: Lookup) -> Any:
    """The kind of entry that a lookup lists: its first one, which is another's."""
    if not found or not isinstance(found[-1].made, dict):
        return dict.fromkeys(lookup.needed)
    if lookup.member is None:
        return found[-1].made
    listed = found[-1].made[lookup.member]
    return listed[0] if listed else dict.fromkeys(lookup.needed)
