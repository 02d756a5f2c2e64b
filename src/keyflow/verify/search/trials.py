"""Runs of one subject: what a scenario makes of an execution, and what it violates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from keyflow import asl
from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.durations import duration
from keyflow.engine import EPOCH, Execution, Outcome, Runner, TaskCall
from keyflow.engine.errors import TIMEOUT
from keyflow.engine.interpreter import LoopWithoutEnd, execute
from keyflow.engine.transitions import check_transitions
from keyflow.verify.judges.deviations import deviation
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.malformed import Malformed
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.faults import Fault, Kind, Place, faults_of
from keyflow.verify.world.items import Keys, keys_in
from keyflow.verify.world.own import OWN_NAME, texts_in
from keyflow.verify.world.results import sample_result, value_at
from keyflow.verify.world.retries import retried_errors_of, retries_of
from keyflow.verify.world.runner import NEVER, Entry, Slowest, World
from keyflow.verify.world.things import Things
from keyflow.verify.world.variants import Variant

ROUNDS = 3
"""How often a loop that nothing ends is gone through before what keeps it going is over."""
_MOST_STATES = 5_000
"""States that a scope enters before it is taken for a loop that nothing ends: what a loop counts, it counts to less."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """One scenario's run: the tasks called, in order, with their resources.

    `struck` is the last attempt of each task that its fault made end in another way; `looping` is a task that was
    called again and again, and had to be let out of its loop.
    """

    execution: Execution
    log: Sequence[Entry]
    things: Things
    struck: Mapping[Place, int]
    looping: str | None = None

    def is_that_of(self, fault: Fault, lasting: Fault) -> bool:
        """Whether this run, with a fault that lasts, is the one with a fault that is over sooner.

        It is where the later attempts came to nothing that the fault had a part in.
        """
        if fault.attempts is None or self.looping is not None or lasting != replace(fault, attempts=None):
            return False
        return self.struck.get(fault.place, -1) < fault.attempts

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """What runs scenarios of one subject.

    `tasks` are the machine's, `maps` the resources that its Maps call themselves, by their states' names; `keys` are
    the sets of attributes that it names as keys of items.
    """

    subject: Subject
    machine: asl.StateMachine
    tasks: Mapping[str, asl.Task]
    maps: Mapping[str, str]
    keys: Keys
    _samples: dict[str, JSON] = field(default_factory=dict, init=False)

    def run(self, scenario: Scenario) -> Ran:
        """One execution. An execution that never ends is run again; this time the answers that keep it looping change
        after some rounds.

        Raises:
            LoopWithoutEnd: It does not end then either.
        """
        world = self._world(scenario)
        try:
            execution = self._execute(scenario, world)
        except LoopWithoutEnd:
            world = self._world(scenario, rounds=ROUNDS)
            execution = self._execute(scenario, world)
            (looping, _count), *_others = Counter(entry.call.state for entry in world.log).most_common(1)
            return _ran(execution, world, looping)
        return _ran(execution, world)

    def cut(self, scenario: Scenario, calls: int) -> tuple[Sequence[Entry], Things]:
        """What an execution has done that ends after so many calls, whatever it was about to do."""
        world = self._world(scenario)
        with suppress(Cut):
            self._execute(scenario, _Cutting(world, calls))
        return world.log, world.things

    def _world(self, scenario: Scenario, rounds: int | None = None) -> World:
        given = texts_in([value_at(scenario.variant.input, keys) for keys in self.subject.owned])
        things = Things.empty(self.keys, given, scenario.variant.foreign)

        def result_of(call: TaskCall, after: int) -> JSON:
            return self._result(self._other(scenario.variant, call.state, after) if after else scenario.variant, call)

        return World(scenario.faults, result_of, things, self.subject.finders, rounds)

    def _other(self, variant: Variant, task: str, number: int) -> Variant:
        """A variant in which a task's result is another one: what keeps a loop going may end with one of them."""
        options = [
            tuple(each for each in option if each.task == task)
            for probe in self.subject.probes
            for option in probe.options
        ]
        chosen = options[(number - 1) % len(options)] if options else ()
        return Variant(variant.input, {**variant.special, task: chosen})

    def _execute(self, scenario: Scenario, runner: Runner) -> Execution:
        return execute(
            self.machine,
            scenario.variant.input,
            runner,
            name=OWN_NAME,
            machine_name=self.subject.name,
            machines={},
            randomness=Slowest(),
            start=EPOCH,
            keeps_history=False,
            most_states=_MOST_STATES,
        )

    def findings(self, scenario: Scenario, ran: Ran) -> list[Finding]:
        """What a run violates."""
        malformed = [
            Malformed(fault.place[0], is_too_large=fault.kind is Kind.TOO_LARGE, is_odd=bool(fault.keys))
            for fault in scenario.faults
            if fault.kind.is_malformed
        ]
        found = list(self.subject.judge.findings(scenario.variant.input, malformed, ran.execution, ran.log, ran.things))
        found += _out_of_time(ran, self.subject.limit)
        found += _without_end(ran, may_loop=self.subject.judge.may_loop)
        if self.subject.endpoint is not None:
            found += self.subject.endpoint.findings(ran.execution)
        return found

    def faults(self, place: Place, resource: str) -> tuple[Fault, ...]:
        """Every fault of a call."""
        if place[0] in self.maps:  # a Map's own call has no timeout: it fails, or it does not
            return tuple(fault for fault in faults_of(place, resource) if fault.kind is Kind.REFUSED)
        task = self.tasks.get(place[0])
        retries = 0 if task is None else retries_of(task)
        named = () if task is None else tuple(dict.fromkeys(names_in(task)))
        finder = self.subject.finders.get(place[0])
        return faults_of(
            place,
            resource,
            named=named,
            retries=retries,
            retried=() if task is None else tuple(retried_errors_of(task)),
            read=self.subject.read.get(place[0]),
            lists=finder is not None and finder.member is not None,
            has_pages=finder is not None and finder.more is not None,
        )

    def resource(self, fault: Fault) -> str:
        """What is called where a fault strikes."""
        state = fault.place[0]
        return self.maps[state] if state in self.maps else self.tasks[state].resource

    def _result(self, variant: Variant, call: TaskCall) -> JSON:
        label = call.state + "".join(f"[{index}]" for index in call.iteration)
        if call.attempt:
            label = f"{label}#{call.attempt + 1}"
        if label not in self._samples:
            read = self.subject.read.get(call.state, ())
            given = self.subject.results.get(call.state)
            self._samples[label] = sample_result(call.resource, label, read) if given is None else given
        return variant.result(call.state, self._samples[label])


def _ran(execution: Execution, world: World, looping: str | None = None) -> Ran:
    return Ran(execution=execution, log=world.log, things=world.things, struck=world.struck, looping=looping)


class Cut(Exception):
    """The execution ends here."""


@dataclass(frozen=True, slots=True)
class _Cutting:
    """A runner that answers so many calls."""

    world: World
    calls: int

    def call(self, call: TaskCall) -> Outcome:
        if len(self.world.log) >= self.calls:
            raise Cut
        return self.world.call(call)


def trials_of(subject: Subject) -> Trials:
    """What runs scenarios of a subject.

    Raises:
        EngineError: KF601, a transition leads nowhere.
    """
    machine = subject.bounded
    check_transitions(machine)
    maps = {
        name: resource
        for name, state in asl.all_states(machine)
        if isinstance(state, asl.Map) and (resource := _own_call(state)) is not None
    }
    return Trials(
        subject=subject, machine=machine, tasks=dict(asl.all_tasks(machine)), maps=maps, keys=keys_in(asl.dump(machine))
    )


def names_in(task: asl.Task) -> Iterator[str]:
    """The errors that a definition names for a task."""
    for catcher in task.catch or ():
        yield from catcher.error_equals


def _own_call(state: asl.Map) -> str | None:
    """The resource of the first call that a Map makes itself."""
    resources = [each.resource for each in (state.item_reader, state.result_writer) if each is not None]
    return next(iter(resources), None)


def _without_end(ran: Ran, *, may_loop: bool) -> Iterator[Finding]:
    """What is taken for given of a loop that nothing ends; no loop is in what keyflow makes of steps."""
    if ran.looping is not None and not may_loop:
        yield deviation(Property.P5, ran.looping, "rounds", f"the states around {ran.looping!r} go round in a loop")
    elif ran.looping is not None:
        message = f"the loop around {ran.looping!r} ends some time: it is tried for {ROUNDS} rounds"
        fix = "nothing to do where something else ends it; a TimeoutSeconds or a count ends it for certain"
        yield Finding(
            property=Property.P5,
            state=ran.looping,
            mark="rounds",
            message=message,
            fix=fix,
            weight=Weight.ASSUMPTION,
        )


def _out_of_time(ran: Ran, limit: int | None) -> Iterator[Finding]:
    """P5."""
    execution = ran.execution
    hanging = [entry.call.state for entry in ran.log if entry.call.timeout is None and entry.error == TIMEOUT]
    if execution.status == "TIMED_OUT" or execution.seconds >= NEVER:
        last = ran.log[-1].call.state if ran.log else execution.path[-1]
        state = hanging[-1] if hanging else last
        why = f"{state!r} has no timeout, so it may never end" if hanging else f"{last!r} comes too late"
        fix = "give each task a TimeoutSeconds, so that its Catch runs: nothing runs after the workflow's own"
        yield Finding(
            property=Property.P5,
            state=state,
            mark="time",
            message=f"{why}: the execution is cut off, and nothing is undone",
            fix=fix,
        )
    elif limit is not None and execution.seconds > limit:
        message = f"the execution takes {duration(execution.seconds)}, over {duration(limit)}"
        yield Finding(
            property=Property.P5,
            state=execution.path[-1],
            mark="limit",
            message=message,
            fix="shorten timeouts and retries",
        )
