"""Two executions that run at the same time: one after another goes on for some calls, in a world that they share.

An execution is what its definition makes of its input and of the answers that it got. So one that waits is not kept: it
is run again, gets the answers that it had, and goes on from there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from functools import lru_cache

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import EPOCH, Execution, Outcome, TaskCall
from keyflow.engine.interpreter import LoopWithoutEnd, execute
from keyflow.verify.judges.declared import names_of_call, names_of_task
from keyflow.verify.search.trials import Cut, Trials
from keyflow.verify.world.results import Keys, sample_result
from keyflow.verify.world.runner import Slowest
from keyflow.verify.world.shared import SharedWorld
from keyflow.verify.world.shared_tables import SharedTables
from keyflow.verify.world.tables import Initial, Tables
from keyflow.verify.world.variants import Variant

MOST_STATES = 5_000
"""States that a scope enters before it is taken for a loop that nothing ends."""
Schedule = tuple[int, ...]
"""How many calls each execution makes before the other goes on, in turns; after the last one both go on to their ends,
the other one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """One of two executions: `who` it is, and its `name`, which the other one may have, too.

    `read` are the paths that anybody reads of the items of a table.
    """

    who: str
    name: str
    trials: Trials
    variant: Variant
    seed: int
    read: Mapping[str, tuple[Keys, ...]] = field(default_factory=dict)

    def sample(self, call: TaskCall) -> JSON:
        """The result that a call gives where nothing is known: each text in it is this execution's."""
        subject = self.trials.subject
        given = subject.results.get(call.state)
        if given is not None:
            return self.variant.result(call.state, given)
        indices = "".join(f"[{index}]" for index in call.iteration)
        again = f"#{call.attempt + 1}" if call.attempt else ""
        table = call.parameters.get("TableName") if isinstance(call.parameters, dict) else None
        read = (*subject.read.get(call.state, ()), *self.read.get(str(table), ()))
        sample = _sampled(call.resource, f"{self.who}: {call.state}{indices}{again}", read)
        return self.variant.result(call.state, sample)

    def only_reads(self, call: TaskCall) -> bool:
        """Whether a call is said to change nothing."""
        return call.state in self.trials.subject.judge.declared.reads

    def undone_by(self, call: TaskCall) -> frozenset[str]:
        """The states whose work a call is said to undo."""
        declared = self.trials.subject.judge.declared
        task = (declared.undoing or {}).get(call.state)
        names = set(names_of_call(call.state, call.resource, call.parameters))
        told = [name for name, undoing in declared.told.items() if not names.isdisjoint(undoing)]
        tasks = self.trials.tasks.items() if told else ()
        states = (name for name, each in tasks if not set(told).isdisjoint(names_of_task(name, each)))
        return frozenset((*([] if task is None else [task]), *states))


_sampled = lru_cache(maxsize=4096)(sample_result)
"""Samples of calls that are made again and again; nothing changes one in its place."""


@dataclass(slots=True)
class Running:
    """An execution on its way: the calls that it has made, what they were answered, and its end, once it has come."""

    party: Party
    calls: list[TaskCall] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    execution: Execution | None = None

    def go_on(self, world: SharedWorld, calls: int | None = None) -> tuple[str, ...]:
        """Makes so many more calls, or all to the end; gives the states that it made them from.

        Raises:
            Endless: It does not come to an end.
        """
        before, trials = len(self.calls), self.party.trials
        with suppress(Cut), _loops_of(trials.subject.name):
            self.execution = execute(
                trials.machine,
                self.party.variant.input,
                _Again(self, world, None if calls is None else before + calls),
                name=self.party.name,
                machine_name=trials.subject.name,
                machines={},
                randomness=Slowest(self.party.seed),
                start=EPOCH,
                keeps_history=False,
                most_states=MOST_STATES,
            )
        return tuple(call.state for call in self.calls[before:])


class Endless(Exception):
    """A loop of a workflow does not come to an end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@contextmanager
def _loops_of(name: str) -> Iterator[None]:
    """Says whose loop it is that does not come to an end."""
    try:
        yield
    except LoopWithoutEnd:
        raise Endless(name) from None


@dataclass(slots=True)
class _Again:
    """A runner that gives the answers which an execution had, and then those of a world, for so many calls in all."""

    running: Running
    world: SharedWorld
    most: int | None
    at: int = 0

    def call(self, call: TaskCall) -> Outcome:
        running = self.running
        if self.at == len(running.outcomes):
            if self.most is not None and self.at >= self.most:
                raise Cut
            running.calls.append(call)
            running.outcomes.append(self.world.call(call, running.party))
        self.at += 1
        return running.outcomes[self.at - 1]


@dataclass(frozen=True, slots=True)
class Segment:
    """What one execution does before the other one goes on: the states that it calls from."""

    who: str
    states: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Interleaved:
    """What two executions came to: how each ended, and the world after them."""

    executions: Mapping[str, Execution]
    world: SharedWorld
    segments: tuple[Segment, ...]


def one_after_the_other(parties: Sequence[Party], initial: Initial) -> Interleaved:
    """Runs executions in the order in which they are given, each to its end."""
    return _Turns(parties, initial).finished()


def interleaved(parties: Sequence[Party], schedule: Schedule, initial: Initial) -> Interleaved | None:
    """Runs executions in turns, as a schedule says; None where one has ended before its turn is over.

    `initial` is what tables hold before, and is added to where a row is met of which it says nothing.
    """
    turns = _Turns(parties, initial)
    for calls in schedule:
        if turns.next(calls) is not None:
            return None
    return turns.finished()


class _Turns:
    """Executions that take turns in a new world."""

    def __init__(self, parties: Sequence[Party], initial: Initial) -> None:
        keys = frozenset[tuple[str | None, frozenset[str]]]().union(*(party.trials.keys for party in parties))
        self._world = SharedWorld(SharedTables(Tables(keys, initial)))
        self._runs = [Running(party) for party in parties]
        self._segments: list[Segment] = []
        self._turn = 0

    def next(self, calls: int | None = None) -> Execution | None:
        """Lets the one whose turn it is go on for so many calls; gives its end, if it comes to it."""
        running = self._runs[self._turn % len(self._runs)]
        states = running.go_on(self._world, calls)
        self._segments += [Segment(running.party.who, states)] if states else []
        self._turn += 1
        return running.execution

    def finished(self) -> Interleaved:
        """Lets all go on to their ends, the one first whose turn it is."""
        ended = dict[str, Execution]()
        for _each in self._runs:
            party = self._runs[self._turn % len(self._runs)].party
            execution = self.next()
            if execution is not None:
                ended[party.who] = execution
        return Interleaved(executions=ended, world=self._world, segments=tuple(self._segments))


def schedules(parties: Sequence[Party], switches: int, initial: Initial) -> Iterator[Interleaved]:
    """Every way in which two executions can take turns, with up to so many switches and at least two."""
    for turns in range(1, switches):
        yield from _longer(parties, (), turns, initial)


def _longer(parties: Sequence[Party], begun: Schedule, turns: int, initial: Initial) -> Iterator[Interleaved]:
    """Every way that begins with some turns and goes on with so many more."""
    for calls in itertools.count(1):
        found = interleaved(parties, (*begun, calls), initial)
        if found is None:
            return
        if turns == 1:
            yield found
        else:
            yield from _longer(parties, (*begun, calls), turns - 1, initial)
