"""P6: two executions at once, of one workflow or of two that touch the same things, and one that runs twice.

One goes on while the other waits, at every point between two calls. What comes of it is held against what comes of one
after the other. An asynchronous Express execution may run twice under one name; it must end as if it had run once.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.isolation import (
    Difference,
    Outcome,
    ending_of,
    excerpt,
    is_refused,
    unlike,
    unlike_once,
)
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.interleaving import Endless, Interleaved, Party, Segment, one_after_the_other, schedules
from keyflow.verify.search.second_inputs import alike, otherwise
from keyflow.verify.search.trials import Trials, trials_of
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.items import table_named
from keyflow.verify.world.marks import marks_of
from keyflow.verify.world.own import OTHERS_NAME, OWN_NAME
from keyflow.verify.world.results import Keys
from keyflow.verify.world.shared import SharedWorld
from keyflow.verify.world.shared_tables import Place, spelt
from keyflow.verify.world.tables import Initial
from keyflow.verify.world.variants import Variant

SWITCHES = 2
"""How often the executions take turns: one runs wholly inside the other."""
_SHOWN = 3
"""Differences that a finding names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A finding of two executions at once, with the shortest interleaving that shows it and how many others do."""

    finding: Finding
    subject: Subject
    segments: tuple[Segment, ...]
    endings: Mapping[str, str]
    interleavings: int = 1

    @property
    def length(self) -> int:
        """How hard it is to read."""
        return sum(len(each.states) for each in self.segments) + 100 * len(self.segments)


@dataclass(frozen=True, kw_only=True, slots=True)
class Isolation:
    """What comes of two executions at once. `names` are of their workflows, one for two of the same.

    `refusals` are how one of them ends because of the other, each by the workflow's name. `endless` are workflows that
    loops kept from being tried, `lacking` those of which each execution ends for what is not in its data.
    """

    names: tuple[str, ...]
    interleavings: int
    violations: tuple[Clash, ...]
    unprovable: tuple[Clash, ...]
    assumptions: tuple[Clash, ...]
    refusals: tuple[tuple[str, str], ...]
    endless: tuple[str, ...]
    lacking: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the property is not violated."""
        return not self.violations


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The tables and services in which an execution touches something by name, and whether it changes anything there.

    `lists` are the services that it reads lists of; `makes` are those in which it creates things of any name. One that
    is not `whole` ends for what is not in its data.
    """

    places: frozenset[str]
    writes: bool
    lists: frozenset[str]
    makes: frozenset[str]
    whole: bool


@dataclass(frozen=True, eq=False)
class Candidate:
    """A workflow that may run at the same time as another one."""

    subject: Subject
    _reaches: dict[tuple[str, str], Reach | None] = field(default_factory=dict, init=False)

    @cached_property
    def trials(self) -> Trials:
        """What runs it."""
        return trials_of(self.subject)

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The inputs and results that take it through its branches."""
        return explorer_of(self.trials).variants

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks that read an item of a table, by the table."""
        found: dict[str, tuple[str, ...]] = {}
        for name, task in self.trials.tasks.items():
            table = table_named(task.given.get("TableName")) if isinstance(task.given, dict) else None
            if table is not None and task.resource.lower().endswith(":getitem"):
                found[table] = (*found.get(table, ()), name)
        return found

    def read(self, table: str) -> tuple[Keys, ...]:
        """The paths that it reads of what a GetItem of a table gives."""
        return tuple(keys for task in self.readers.get(table, ()) for keys in self.subject.read.get(task, ()))

    def reach(self, party: Party) -> Reach | None:
        """What it touches where it runs alone; None where a loop keeps it from its end."""
        key = (spelt(party.variant.input), repr(party.variant.special))
        if key not in self._reaches:
            try:
                self._reaches[key] = _reach_of(one_after_the_other((party,), {}))
            except Endless:
                self._reaches[key] = None
        return self._reaches[key]

    @property
    def is_ever_whole(self) -> bool:
        """Whether an execution that has run alone has not ended for what is not in its data."""
        return any(each is None or each.whole for each in self._reaches.values())

    def beside(self, variant: Variant, other: Candidate, others: Variant) -> Variant:
        """A variant in which items have what another workflow's variant wants of them, too."""
        special = dict(variant.special)
        for table, tasks in self.readers.items():
            wanted = [each for task in other.readers.get(table, ()) for each in others.special.get(task, ())]
            special |= {task: (*wanted, *variant.special.get(task, ())) for task in tasks}
        return replace(variant, special=special)


Told = Callable[[str, int, int], None]
"""Is told what is tried now, how many pairs have been, and how many there are."""


def isolations(
    subjects: Sequence[Subject], *, switches: int = SWITCHES, progress: Told = lambda _name, _done, _total: None
) -> Iterator[Isolation]:
    """What comes of each workflow beside itself, of each pair that touches the same things, and of repeated ones."""
    candidates = [Candidate(subject) for subject in subjects]
    pairs = list(itertools.combinations_with_replacement(candidates, 2))
    for done, (one, other) in enumerate(pairs):
        progress(_label(one, other), done, len(pairs))
        found = _Search(one, other, switches).found()
        if found is not None:
            yield found
    progress("", len(pairs), len(pairs))


def _label(one: Candidate, other: Candidate) -> str:
    return one.subject.name if one is other else f"{one.subject.name} and {other.subject.name}"


@dataclass(eq=False)
class _Search:
    """What two executions come to, whose workflows are the same or two."""

    one: Candidate
    other: Candidate
    switches: int
    clashes: dict[tuple[object, ...], Clash] = field(default_factory=dict)
    refusals: dict[tuple[str, str], None] = field(default_factory=dict)
    endless: dict[str, None] = field(default_factory=dict)
    interleavings: int = 0

    def found(self) -> Isolation | None:
        """None where the two have nothing to do with each other."""
        began = time.perf_counter()
        for parties in self._parties():
            try:
                self._judge(parties)
            except Endless as endless:
                self.endless[endless.name] = None
        lacking = self.one is self.other and not self.one.is_ever_whole
        if not self.interleavings and not self.endless and not lacking:
            return None
        clashes = sorted(self.clashes.values(), key=lambda each: each.length)
        return Isolation(
            names=tuple(dict.fromkeys((self.one.subject.name, self.other.subject.name))),
            interleavings=self.interleavings,
            violations=tuple(each for each in clashes if each.finding.weight is Weight.VIOLATION),
            unprovable=tuple(each for each in clashes if each.finding.weight is Weight.UNPROVABLE),
            assumptions=tuple(each for each in clashes if each.finding.weight is Weight.ASSUMPTION),
            refusals=tuple(self.refusals),
            endless=tuple(self.endless),
            lacking=(self.one.subject.name,) if lacking else (),
            seconds=time.perf_counter() - began,
        )

    # Who runs.

    def _parties(self) -> Iterator[tuple[Party, Party]]:
        """Two executions, each once as the one that the other runs inside of."""
        orders = (
            [(self.one, self.other)] if self.one is self.other else [(self.one, self.other), (self.other, self.one)]
        )
        for outer, inner in orders:
            for first in outer.variants:
                for second in inner.variants:
                    pairs = (
                        self._pair(outer, first, inner, replace(second, input=data))
                        for data in _inputs(first, inner, second)
                    )
                    yield from (each for each in pairs if _may_meet(outer.reach(each[0]), inner.reach(each[1])))
            if self.one is self.other and self.one.subject.at_least_once is not False:
                for variant in outer.variants:
                    first_run, second_run = self._pair(outer, variant, inner, variant)
                    yield first_run, replace(second_run, name=first_run.name)

    def _pair(self, outer: Candidate, first: Variant, inner: Candidate, second: Variant) -> tuple[Party, Party]:
        read = {table: (*outer.read(table), *inner.read(table)) for table in {*outer.readers, *inner.readers}}
        name = outer.subject.name
        others = f"another {name}" if inner is outer else inner.subject.name
        mine, theirs = outer.beside(first, inner, second), inner.beside(second, outer, first)
        return (
            Party(who=name, name=OWN_NAME, trials=outer.trials, variant=mine, seed=1, read=read),
            Party(who=others, name=OTHERS_NAME, trials=inner.trials, variant=theirs, seed=2, read=read),
        )

    # What comes of it.

    def _judge(self, parties: tuple[Party, Party]) -> None:
        initial: Initial = {}
        alone = [one_after_the_other((party,), initial) for party in parties]
        alones = [_outcome(parties, run) for run in alone]
        twice = parties[0].name == parties[1].name
        does_something = any(each.world for each in alones) if twice else _meet(alone)
        if not does_something or any(map(_ends_for_its_data, alone)):
            return
        orders = [one_after_the_other(parties, initial), one_after_the_other(parties[::-1], initial)]
        ordered = [_outcome(parties, run) for run in orders]
        for run in (*(orders if twice else ()), *schedules(parties, self.switches, initial)):
            outcome = _outcome(parties, run)
            self.interleavings += 1
            if twice:
                self._note(parties, run, outcome, unlike_once(outcome, alones, parties[0].who, parties[1].who))
                continue
            differences = unlike(outcome, ordered, alones, _declared(parties))
            self._note(parties, run, outcome, differences)
            for who in () if differences else is_refused(outcome, ordered):
                self.refusals[_named(parties, who), outcome.endings[who].text] = None

    def _note(
        self, parties: tuple[Party, Party], run: Interleaved, outcome: Outcome, differences: Sequence[Difference]
    ) -> None:
        if not differences:
            return
        finding = _finding(parties, run, differences)
        key = (finding.weight, finding.mark, parties[0].who, any(each.is_of_world for each in differences))
        clash = Clash(
            finding=finding,
            subject=parties[0].trials.subject,
            segments=run.segments,
            endings={who: excerpt(ending.text) for who, ending in outcome.endings.items()},
        )
        known = self.clashes.get(key)
        shorter = clash if known is None or clash.length < known.length else known
        self.clashes[key] = replace(shorter, interleavings=1 if known is None else known.interleavings + 1)


def _inputs(first: Variant, inner: Candidate, second: Variant) -> Iterator[JSON]:
    """The inputs of the second execution: one that says the same as the first one's, and one that does not."""
    same = alike(second.input, first.input)
    yield same
    options = (option for probe in inner.subject.probes for option in probe.options)
    other = otherwise(same, (), {each.keys for option in options for each in option if each.task is None})
    if other != same:
        yield other


def _reach_of(run: Interleaved) -> Reach:
    world = run.world
    touched = _touched(world)
    return Reach(
        places=frozenset((*(where for where, _named in touched), *itertools.chain(*world.tables.searched.values()))),
        writes=any(touched.values()),
        lists=frozenset(service for listings in world.listed.values() for service, _operation in listings),
        makes=frozenset(each.thing.integration.model.service.name for each in world.made),
        whole=not _ends_for_its_data(run),
    )


def _may_meet(one: Reach | None, other: Reach | None) -> bool:
    """Whether two executions may be about the same thing, by where they do what they do alone."""
    if one is None or other is None:
        return True
    changes = one.writes or other.writes
    lists = not one.lists.isdisjoint(other.makes) or not other.lists.isdisjoint(one.makes)
    return lists or (changes and not one.places.isdisjoint(other.places))


def _meet(alone: Sequence[Interleaved]) -> bool:
    """Whether two executions are about the same thing, and one of them writes to it."""
    one, other = (run.world for run in alone)
    both = ((one, other), (other, one))
    touched, met = (_touched(world) for world in (one, other))
    same = ((writes, met[each]) for place, writes in touched.items() for each in met if _is_same(place, each))
    return any(map(any, same)) or any(meet(*each) for meet in (_searches_where, _lists_what) for each in both)


def _touched(world: SharedWorld) -> Mapping[Place, bool]:
    return {place: writes for each in world.touched.values() for place, writes in each.items()}


def _is_same(place: Place, other: Place) -> bool:
    """Whether two calls are about the same thing, or one about what lies in that of the other."""
    (where, named), (elsewhere, others) = place, other
    return where == elsewhere and (named <= others or others <= named) and bool(named) and bool(others)


def _searches_where(one: SharedWorld, other: SharedWorld) -> bool:
    """Whether an execution looks for items in a table to which the other one writes."""
    written = {table for table, _key in other.tables.writers}
    return any(not tables.isdisjoint(written) for tables in one.tables.searched.values())


def _lists_what(one: SharedWorld, other: SharedWorld) -> bool:
    """Whether an execution looks for things of a kind of which the other one makes some."""
    listed = {each for listings in one.listed.values() for each in listings}
    things = (each.thing for each in other.made)
    return any((each.integration.model.service.name, by) in listed for each in things for by in each.effect.found_by)


def _ends_for_its_data(run: Interleaved) -> bool:
    return any(execution.error in (RUNTIME, QUERY_EVALUATION) for execution in run.executions.values())


def _outcome(parties: Sequence[Party], run: Interleaved) -> Outcome:
    endpoints = {party.who: party.trials.subject.endpoint for party in parties}
    executions = {party.who: run.executions[party.who] for party in parties if party.who in run.executions}
    endings = {who: ending_of(execution, endpoints[who]) for who, execution in executions.items()}
    return Outcome(endings, marks_of(run.world))


def _declared(parties: Sequence[Party]) -> Mapping[str, Declared]:
    return {party.who: party.trials.subject.judge.declared for party in parties}


def _named(parties: Sequence[Party], who: str) -> str:
    return next(party.trials.subject.name for party in parties if party.who == who)


def _finding(parties: tuple[Party, Party], run: Interleaved, differences: Sequence[Difference]) -> Finding:
    outer, inner = parties
    at = run.segments[0].states[-1]
    twice = outer.name == inner.name
    told = "; ".join(each.words for each in differences[:_SHOWN])
    more = f"; and {len(differences) - _SHOWN} differences more" if len(differences) > _SHOWN else ""
    if twice:
        message = f"an execution that runs twice under one name does not end as if it had run once. {told}{more}"
        if outer.trials.subject.at_least_once is None:
            message = f"{outer.who} is started by StartSyncExecution, or it may run twice under one name. {told}{more}"
        fix = "let what it makes go by a name that both runs give, and ask with a condition that nothing is there yet"
    else:
        where = f"{inner.who} runs while {outer.who} stands after {at!r}"
        message = f"{where}: in neither order they end so. {told}{more}"
        fix = "let each write ask, with a condition, that what was read is still so; claim a thing before deleting it"
    return Finding(
        property=Property.P6,
        state=at,
        mark="twice" if twice else inner.who,
        message=message,
        fix=fix,
        weight=_weight(outer.trials.subject, differences, twice=twice),
    )


def _weight(subject: Subject, differences: Sequence[Difference], *, twice: bool) -> Weight:
    """How a finding counts: what no model knows proves nothing, and nobody may start it asynchronously."""
    if not any(each.is_known for each in differences):
        return Weight.UNPROVABLE
    return Weight.ASSUMPTION if twice and subject.at_least_once is None else Weight.VIOLATION
