"""Every fault, alone and in pairs: each scenario is run on the engine, and what it shows is kept once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import EPOCH, Execution, TaskCall
from keyflow.engine.context import EXECUTION_NAME
from keyflow.engine.errors import RUNTIME, TIMEOUT
from keyflow.engine.interpreter import execute
from keyflow.engine.transitions import check_transitions
from keyflow.verify.answers import sample_result
from keyflow.verify.attempts import retries_of
from keyflow.verify.faults import Fault, Kind, Place, faults_of, gone_errors_of, unmodelled_error_of
from keyflow.verify.findings import Finding, Property, Weight
from keyflow.verify.subject import Subject
from keyflow.verify.variants import Variant, variants
from keyflow.verify.world import NEVER, Entry, Slowest, World

Progress = Callable[[int, int], None]
"""Told how many scenarios have been run, and how many there will be as far as is known."""


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
    """What the scenarios run so far have shown."""

    scenarios: int = 0
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

    def places(self, behind: Place | None = None) -> Iterator[tuple[Place, str]]:
        """The tasks in the order first called: all of them, or those behind another."""
        seen: dict[Place, str] = {}
        for entry in self.log:
            seen.setdefault(entry.place, entry.call.resource)
        places = list(seen)
        start = 0 if behind is None else places.index(behind) + 1 if behind in seen else len(places)
        return ((place, seen[place]) for place in places[start:])


class Explorer:
    """Runs scenarios of one subject.

    Raises:
        EngineError: KF601, a transition leads nowhere; KF701, the definition ends in an error even where nothing goes
            wrong.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.findings = Findings()
        self._machine = subject.bounded
        check_transitions(self._machine)
        self._tasks = dict(asl.all_tasks(subject.machine))
        self._maps = {
            name: resource
            for name, state in asl.all_states(subject.machine)
            if isinstance(state, asl.Map) and (resource := _own_call(state)) is not None
        }
        self._samples: dict[str, JSON] = {}
        self.variants = tuple(self._distinct())
        self._check_runs()
        self._judge_endpoint()

    def _check_runs(self) -> None:
        """Raises KF701 where no variant gets through: then nothing could be learnt from faults."""
        ends = [self._run(Scenario(variant)).execution for variant in self.variants]
        if all(end.error == RUNTIME for end in ends):
            message = f"{self.subject.name} cannot be run: {ends[0].cause}"
            hint = "pass --input with what it needs, or --stub with results that no model tells"
            raise EngineError(Diagnostic("KF701", message, self.subject.location, hint))

    def _judge_endpoint(self) -> None:
        """Looks at what the endpoint answers to every end that an execution can have, however it comes to it."""
        endpoint = self.subject.endpoint
        for end in endpoint.ends() if endpoint is not None else ():
            self.findings.scenarios += 1
            for finding in endpoint.findings(end) if endpoint is not None else ():
                self.findings.add(self._example(finding, Scenario(self.variants[0]), end))

    def singles(self) -> Iterator[Scenario]:
        """Runs each variant without a fault; gives each with each fault alone."""
        for variant in self.variants:
            base = self.judge(Scenario(variant))
            for place, resource in base.places():
                for fault in self._faults(place, resource):
                    yield Scenario(variant, (fault,))

    def count_pairs(self, single: Scenario) -> int:
        """Runs a fault alone; gives how many faults can strike behind it."""
        ran = self.judge(single)
        return sum(len(self._faults(*each)) for each in ran.places(single.faults[0].place))

    def pairs(self, single: Scenario) -> Iterator[None]:
        """Runs a fault with each that can strike behind it, one at a time.

        Where both are plain refusals, a third one behind them is tried as well: it takes two failed compensations
        behind a failure to see that neither hides the other.
        """
        (first,) = single.faults
        for place, resource in self._run(single).places(first.place):
            for fault in self._faults(place, resource):
                pair = Scenario(single.variant, (first, fault))
                ran = self.judge(pair)
                yield
                if _is_plain(first, self._resource(first)) and _is_plain(fault, resource):
                    yield from self._thirds(pair, ran)

    def _thirds(self, pair: Scenario, ran: _Ran) -> Iterator[None]:
        for place, resource in ran.places(pair.faults[-1].place):
            for fault in self._faults(place, resource):
                if _is_plain(fault, resource):
                    self.judge(Scenario(pair.variant, (*pair.faults, fault)))
                    yield

    def _resource(self, fault: Fault) -> str:
        state = fault.place[0]
        return self._maps[state] if state in self._maps else self._tasks[state].resource

    def judge(self, scenario: Scenario) -> _Ran:
        """Runs a scenario, and notes what it violates."""
        ran = self._run(scenario)
        self.findings.scenarios += 1
        malformed = [fault.place[0] for fault in scenario.faults if fault.kind is Kind.MALFORMED]
        found = list(self.subject.judge.findings(scenario.variant.input, malformed, ran.execution, ran.log))
        found += self._out_of_time(ran)
        if self.subject.endpoint is not None:
            found += self.subject.endpoint.findings(ran.execution)
        for finding in found:
            self.findings.add(self._example(finding, scenario, ran.execution))
        return ran

    def _example(self, finding: Finding, scenario: Scenario, execution: Execution) -> Counterexample:
        ended = execution.status if execution.error is None else f"{execution.status} {execution.error}"
        endpoint = self.subject.endpoint
        answer = None
        if endpoint is not None:
            given = endpoint.answer(execution)
            answer = f"{given.status} {' '.join(given.body.split())}"
        return Counterexample(finding, scenario.faults, execution.path, ended, answer)

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


def _is_plain(fault: Fault, resource: str) -> bool:
    """Whether a fault is a refusal that stands for others like it, or says that nothing is left to undo."""
    if fault.kind is not Kind.REFUSED or fault.attempts is not None:
        return False
    return fault.error == unmodelled_error_of(resource) or fault.error in gone_errors_of(resource)
