"""Every fault, alone and in pairs: each scenario is run on the engine, and what it shows is kept once.

Alone, every fault is tried. In pairs and threes one of each class is (`keyflow.verify.classes`), and counts for all of
the class; where what it shows names its error, every fault of the class is tried after all.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import EPOCH, Execution, TaskCall
from keyflow.engine.context import EXECUTION_NAME
from keyflow.engine.errors import RUNTIME, TIMEOUT
from keyflow.engine.interpreter import execute
from keyflow.engine.transitions import check_transitions
from keyflow.verify.answers import sample_result
from keyflow.verify.attempts import retries_of
from keyflow.verify.classes import Distinctions, FaultClass, in_order, is_plain
from keyflow.verify.faults import Fault, Kind, Place, faults_of
from keyflow.verify.findings import Finding, Property, Weight
from keyflow.verify.subject import Subject
from keyflow.verify.variants import Variant, variants
from keyflow.verify.world import NEVER, Entry, Slowest, World


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way through the workflow, and what goes wrong on it."""

    variant: Variant
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A finding with the shortest scenario that shows it, and how many others do."""

    finding: Finding
    faults: tuple[Fault, ...]
    path: tuple[str, ...]
    ended: str
    answer: str | None
    scenarios: int = 1

    @property
    def _length(self) -> tuple[Any, ...]:
        """How hard it is to read: by the number of faults and of states, and plain refusals first."""
        kinds = list(Kind)
        return (len(self.faults), len(self.path), [kinds.index(fault.kind) for fault in self.faults], str(self.faults))

    def merged(self, other: Counterexample) -> Counterexample:
        """The shorter of two that show the same."""
        shorter = self if self._length <= other._length else other
        return replace(shorter, scenarios=self.scenarios + other.scenarios)


Key = tuple[Property, str, str, Weight]


@dataclass(slots=True)
class Findings:
    """What the scenarios run so far have shown; `tried` are those that were run, which stand for all `scenarios`."""

    scenarios: int = 0
    tried: int = 0
    found: dict[Key, Counterexample] = field(default_factory=dict)

    def add(self, example: Counterexample) -> None:
        """Notes a counterexample."""
        finding = example.finding
        key = (finding.property, finding.state, finding.mark, finding.weight)
        known = self.found.get(key)
        self.found[key] = example if known is None else known.merged(example)

    def include(self, others: Findings) -> None:
        """Adds what another part of the search has found."""
        self.scenarios += others.scenarios
        self.tried += others.tried
        for example in others.found.values():
            self.add(example)

    @property
    def has_violation(self) -> bool:
        """Whether the proof has failed already."""
        return any(key[3] is Weight.VIOLATION for key in self.found)

    def of(self, weight: Weight) -> tuple[Counterexample, ...]:
        """The findings of a weight, in the order of properties."""
        chosen = [example for key, example in self.found.items() if key[3] is weight]
        return tuple(sorted(chosen, key=lambda example: (example.finding.property.name, example._length)))


@dataclass(frozen=True, slots=True)
class _Ran:
    """One scenario's run: the tasks called, in order, with their resources."""

    execution: Execution
    log: Sequence[Entry]

    @property
    def conduct(self) -> Hashable:
        """What the execution did, but for the texts in it."""
        attempts = tuple((entry.place, entry.call.attempt, entry.took_effect) for entry in self.log)
        return (self.execution.status, self.execution.seconds, self.execution.path, attempts)

    def places(self, behind: Place | None = None) -> Iterator[tuple[Place, str]]:
        """The tasks in the order first called: all of them, or those behind another."""
        seen: dict[Place, str] = {}
        for entry in self.log:
            seen.setdefault(entry.place, entry.call.resource)
        places = list(seen)
        start = 0 if behind is None else places.index(behind) + 1 if behind in seen else len(places)
        return ((place, seen[place]) for place in places[start:])


@dataclass(frozen=True, slots=True)
class First:
    """A class of faults of one variant, behind which others strike: so many are tried, and stand for so many pairs."""

    variant: Variant
    faults: FaultClass
    tried: int


class Explorer:
    """Runs scenarios of one subject.

    Args:
        subject: What is verified.
        every: Whether every fault is tried in pairs and threes, not one of each class: the same comes of it, later.

    Raises:
        EngineError: KF601, a transition leads nowhere.
    """

    def __init__(self, subject: Subject, *, every: bool = False) -> None:
        self.subject = subject
        self.findings = Findings()
        self.firsts: list[First] = []
        self._machine = subject.bounded
        check_transitions(self._machine)
        self._tasks = dict(asl.all_tasks(subject.machine))
        self._maps = {
            name: resource
            for name, state in asl.all_states(subject.machine)
            if isinstance(state, asl.Map) and (resource := _own_call(state)) is not None
        }
        self._samples: dict[str, JSON] = {}
        self._classes: dict[tuple[Place, str], tuple[FaultClass, ...]] = {}
        self.variants = tuple(self._distinct())
        self._distinctions = None if every else Distinctions(subject, self.variants)

    def check_runs(self) -> None:
        """Raises KF701 where no variant gets through: then nothing could be learnt from faults."""
        ends = [self._run(Scenario(variant)).execution for variant in self.variants]
        if all(end.error == RUNTIME for end in ends):
            message = f"{self.subject.name} cannot be run: {ends[0].cause}"
            hint = "pass --input with what it needs, or --stub with results that no model tells"
            raise EngineError(Diagnostic("KF701", message, self.subject.location, hint))

    def judge_endpoint(self) -> None:
        """Looks at what the endpoint answers to every end that an execution can have, however it comes to it."""
        endpoint = self.subject.endpoint
        for end in endpoint.ends() if endpoint is not None else ():
            self.findings.scenarios += 1
            self.findings.tried += 1
            for finding in endpoint.findings(end) if endpoint is not None else ():
                self.findings.add(self._example(finding, Scenario(self.variants[0]), end))

    def singles(self) -> Iterator[tuple[int, int]]:
        """Runs each variant without a fault, and with each fault alone; gives how many of how many it has run.

        Collects the classes of faults behind which others can strike: those that no list of errors tells apart, and
        that have indeed done the same.
        """
        bases = [(variant, list(self._judge(variant).places())) for variant in self.variants]
        total = sum(len(self._faults(*each)) for _variant, places in bases for each in places)
        done = 0
        for variant, places in bases:
            for place, resource in places:
                alike: dict[Hashable, list[tuple[Fault, _Ran]]] = {}
                for fault in self._faults(place, resource):
                    ran = self._judge(variant, FaultClass((fault,)))
                    alike.setdefault((self._key(fault), ran.conduct), []).append((fault, ran))
                    done += 1
                    yield done, total
                self.firsts += (self._first(variant, each) for each in alike.values())

    def _first(self, variant: Variant, alike: Sequence[tuple[Fault, _Ran]]) -> First:
        faults = FaultClass(in_order(fault for fault, _ran in alike))
        behind = alike[0][1].places(faults.tried.place)
        return First(variant, faults, sum(len(self._classes_of(*each)) for each in behind))

    def pairs(self, first: First) -> Iterator[None]:
        """Runs a fault with each that can strike behind it, one of a class for all.

        Where both are plain refusals, a third one behind them is tried as well: it takes two failed compensations
        behind a failure to see that neither hides the other.
        """
        alone = self._run(Scenario(first.variant, (first.faults.tried,)))
        for place, resource in alone.places(first.faults.tried.place):
            for second in self._classes_of(place, resource):
                ran = self._judge(first.variant, first.faults, second)
                yield
                plain = [self._plain(each) for each in (first.faults, second)]
                if all(plain):
                    yield from self._thirds(first.variant, [each for each in plain if each is not None], ran)

    def _thirds(self, variant: Variant, pair: Sequence[FaultClass], ran: _Ran) -> Iterator[None]:
        for place, resource in ran.places(pair[-1].tried.place):
            for each in self._classes_of(place, resource):
                third = self._plain(each)
                if third is not None:
                    self._judge(variant, *pair, third)
                    yield

    # Classes.

    def _classes_of(self, place: Place, resource: str) -> tuple[FaultClass, ...]:
        """The faults of a call in classes."""
        if (place, resource) not in self._classes:
            alike: dict[Hashable, list[Fault]] = {}
            for fault in self._faults(place, resource):
                alike.setdefault(self._key(fault), []).append(fault)
            self._classes[place, resource] = tuple(FaultClass(in_order(faults)) for faults in alike.values())
        return self._classes[place, resource]

    def _key(self, fault: Fault) -> Hashable:
        return fault if self._distinctions is None else self._distinctions.key(fault)

    def _plain(self, faults: FaultClass) -> FaultClass | None:
        """Those of a class that are plain refusals."""
        resource = self._resource(faults.tried)
        plain = tuple(fault for fault in faults.faults if is_plain(fault, resource))
        return FaultClass(plain) if plain else None

    def _resource(self, fault: Fault) -> str:
        state = fault.place[0]
        return self._maps[state] if state in self._maps else self._tasks[state].resource

    # Runs.

    def _judge(self, variant: Variant, *classes: FaultClass) -> _Ran:
        """Runs a scenario with a fault of each class, and notes for all of them what it violates."""
        scenario = Scenario(variant, tuple(each.tried for each in classes))
        ran = self._run(scenario)
        found = self._found(scenario, ran)
        for index, each in enumerate(classes):
            if any(map(each.is_named_in, found)):
                for alone in each.apart():
                    self._judge(variant, *classes[:index], alone, *classes[index + 1 :])
                return ran
        self.findings.tried += 1
        stands_for = math.prod(len(each.faults) for each in classes)
        self.findings.scenarios += stands_for
        for finding in found:
            self.findings.add(self._example(finding, scenario, ran.execution, stands_for))
        return ran

    def _found(self, scenario: Scenario, ran: _Ran) -> list[Finding]:
        """What a run violates."""
        malformed = [fault.place[0] for fault in scenario.faults if fault.kind is Kind.MALFORMED]
        found = list(self.subject.judge.findings(scenario.variant.input, malformed, ran.execution, ran.log))
        found += self._out_of_time(ran)
        if self.subject.endpoint is not None:
            found += self.subject.endpoint.findings(ran.execution)
        return found

    def _example(
        self, finding: Finding, scenario: Scenario, execution: Execution, stands_for: int = 1
    ) -> Counterexample:
        ended = execution.status if execution.error is None else f"{execution.status} {execution.error}"
        endpoint = self.subject.endpoint
        answer = None
        if endpoint is not None:
            given = endpoint.answer(execution)
            answer = f"{given.status} {' '.join(given.body.split())}"
        return Counterexample(finding, scenario.faults, execution.path, ended, answer, stands_for)

    def _run(self, scenario: Scenario) -> _Ran:
        world = World(
            scenario.faults,
            lambda call: self._result(scenario.variant, call),
            self.subject.judge.undoing,
            self.subject.finders,
        )
        execution = execute(
            self._machine,
            scenario.variant.input,
            world,
            name=EXECUTION_NAME,
            machine_name=self.subject.name,
            machines={},
            randomness=Slowest(),
            start=EPOCH,
            keeps_history=False,
        )
        return _Ran(execution, world.log)

    def _result(self, variant: Variant, call: TaskCall) -> JSON:
        label = call.state + "".join(f"[{index}]" for index in call.iteration)
        if call.attempt:
            label = f"{label}#{call.attempt + 1}"
        if label not in self._samples:
            read = self.subject.read.get(call.state, ())
            answer = self.subject.answers.get(call.state)
            self._samples[label] = sample_result(call.resource, label, read) if answer is None else answer
        return variant.result(call.state, self._samples[label])

    def _faults(self, place: Place, resource: str) -> tuple[Fault, ...]:
        if place[0] in self._maps:  # a Map's own call has no timeout: it fails, or it does not
            return tuple(fault for fault in faults_of(place, resource) if fault.kind is Kind.REFUSED)
        reads_result = place[0] in self.subject.read
        task = self._tasks.get(place[0])
        retries = 0 if task is None else retries_of(task)
        return faults_of(place, resource, retries=retries, reads_result=reads_result)

    def _distinct(self) -> Iterator[Variant]:
        """The variants of which each takes another way."""
        seen = set()
        for variant in variants(self.subject.input, self.subject.probes):
            ran = self._run(Scenario(variant))
            execution = ran.execution
            wrong = any(self.subject.judge.findings(variant.input, (), execution, ran.log))
            way = (execution.status, execution.error, execution.path, wrong)
            if way not in seen:
                seen.add(way)
                yield variant

    def _out_of_time(self, ran: _Ran) -> Iterable[Finding]:
        """P5."""
        execution, limit = ran.execution, self.subject.limit
        hanging = [entry.call.state for entry in ran.log if entry.call.timeout is None and entry.error == TIMEOUT]
        if execution.status == "TIMED_OUT" or execution.seconds >= NEVER:
            last = ran.log[-1].call.state if ran.log else execution.path[-1]
            state = hanging[-1] if hanging else last
            why = f"{state!r} has no timeout, so it may never end" if hanging else f"{last!r} comes too late"
            mend = "give each task a TimeoutSeconds, so that its Catch runs: nothing runs behind the workflow's own"
            yield Finding(Property.P5, state, "time", f"{why}: the execution is cut off, and nothing is undone", mend)
        elif limit is not None and execution.seconds > limit:
            message = f"the execution takes {execution.seconds:g} s, over {limit:g} s"
            yield Finding(Property.P5, execution.path[-1], "limit", message, "shorten timeouts and retries")


def _own_call(state: asl.Map) -> str | None:
    """The resource of the first call that a Map makes itself."""
    resources = [each.resource for each in (state.item_reader, state.result_writer) if each is not None]
    return next(iter(resources), None)
