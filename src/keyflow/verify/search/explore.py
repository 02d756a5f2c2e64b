"""Every fault, alone and in pairs: each scenario is run on the engine, and what it shows is kept once.

Alone, every fault is tried. In pairs and threes one of each class is (`keyflow.verify.search.classes`), and counts for
all of the class; where what it shows names its error, every fault of the class is tried after all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import field

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import Execution
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.http.gateway import Answer
from keyflow.verify.judges.findings import Finding
from keyflow.verify.search.classes import Distinctions, FaultClass, in_order, is_plain
from keyflow.verify.search.scenarios import Counterexample, Findings, Scenario
from keyflow.verify.search.trials import Ran, Trials
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.faults import Fault, Place
from keyflow.verify.world.variants import Variant, variants


@dataclass(frozen=True, slots=True)
class First:
    """A class of faults of one variant, and the calls after it in which others strike: so many pairs are tried."""

    variant: Variant
    faults: FaultClass
    behind: tuple[tuple[Place, str], ...]
    tried: int


@dataclass(frozen=True, slots=True)
class Alone:
    """What the faults of one call, each alone, have shown, and the classes of them behind which others can strike.

    So many scenarios are `done`, this call's included, of a `total`.
    """

    findings: Findings
    firsts: tuple[First, ...]
    done: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One run that was judged: a fault of each class, how the execution ended, and what it shows."""

    classes: tuple[FaultClass, ...]
    ran: Ran
    ended: str
    answer: str | None
    examples: tuple[Counterexample, ...]


Watch = Callable[[Judged], None]
"""Is given each run as it is judged, not only what all of them together have shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explorer:
    """Every scenario of one subject, and what it shows.

    `variants` are those of which each takes another way; without `distinctions`, every fault is of a class of its own,
    and every scenario is run.
    """

    trials: Trials
    variants: tuple[Variant, ...]
    distinctions: Distinctions | None
    watch: Watch | None = None
    _classes: dict[tuple[Place, str], tuple[FaultClass, ...]] = field(default_factory=dict, init=False)

    @property
    def subject(self) -> Subject:
        """What is verified."""
        return self.trials.subject

    def check_runs(self) -> None:
        """Raises KF701 where no variant gets through: then nothing could be learnt from faults."""
        ends = [self.trials.run(Scenario(variant)).execution for variant in self.variants]
        if all(end.error == RUNTIME for end in ends):
            message = f"{self.subject.name} cannot be run: {ends[0].cause}"
            hint = "pass --input with what it needs, or --stub with results that no model has"
            raise EngineError(Diagnostic("KF701", message, self.subject.location, hint))

    def answers(self) -> Findings:
        """What the endpoint answers to every end that an execution can have, however it comes to it."""
        shown, endpoint = Findings(), self.subject.endpoint
        for end in endpoint.ends() if endpoint is not None else ():
            shown.count(1)
            for finding in endpoint.findings(end) if endpoint is not None else ():
                shown.add(self._example(finding, Scenario(self.variants[0]), end))
        for answer, finding in endpoint.refused() if endpoint is not None else ():
            shown.add(
                Counterexample(
                    finding=finding,
                    faults=(),
                    path=(),
                    ended="no execution: the caller is not let through",
                    answer=_line(answer),
                    scenarios=1,
                )
            )
        return shown

    def alone(self) -> Iterator[Alone]:
        """Runs each variant without a fault, and then, call by call, with each fault alone."""
        shown = Findings()
        bases = [(variant, self._places(self._judge(shown, variant))) for variant in self.variants]
        total = sum(len(self.trials.faults(*each)) for _variant, places in bases for each in places)
        yield Alone(shown, (), 0, total)
        done = 0
        for variant, places in bases:
            for place, resource in places:
                shown = Findings()
                firsts = tuple(self._firsts(shown, variant, place, resource))
                done += len(self.trials.faults(place, resource))
                yield Alone(shown, firsts, done, total)

    def _places(self, ran: Ran) -> list[tuple[Place, str]]:
        """The calls in which faults are tried: none where an execution ends for its data alone, faults or not."""
        return [] if ran.execution.error in (RUNTIME, QUERY_EVALUATION) else list(ran.places())

    def _firsts(self, shown: Findings, variant: Variant, place: Place, resource: str) -> Iterator[First]:
        """The faults of a call in classes: those that no list of errors tells apart, and that have done the same."""
        alike: dict[Hashable, list[tuple[Fault, Ran]]] = {}
        for fault in self.trials.faults(place, resource):
            ran = self._judge(shown, variant, FaultClass((fault,)))
            if not fault.is_alone:
                alike.setdefault((self._key(fault), ran.conduct), []).append((fault, ran))
        for each in alike.values():
            faults = FaultClass(in_order(fault for fault, _ran in each))
            behind = tuple(each[0][1].places(faults.tried.place))
            yield First(variant, faults, behind, sum(len(self.classes(*call)) for call in behind))

    def pairs(self, first: First, *, until_violated: bool = False) -> Findings:
        """What a fault shows with each that can strike behind it, one of a class for all.

        Where both are plain refusals, a third one behind them is tried as well: it takes two failed compensations
        behind a failure to see that neither hides the other.
        """
        shown = Findings()
        for _tried in self._pairs(first, shown):
            if until_violated and shown.has_violation:
                break
        return shown

    def _pairs(self, first: First, shown: Findings) -> Iterator[None]:
        for place, resource in first.behind:
            lasting: list[tuple[Fault, Ran]] = []
            for second in self.classes(place, resource):
                known = next((ran for fault, ran in lasting if ran.is_that_of(second.tried, fault)), None)
                same = None if self.distinctions is None else known
                ran = self._judge(shown, first.variant, first.faults, second, same=same)
                lasting.append((second.tried, ran))
                yield
                plain = [self._plain(each) for each in (first.faults, second)]
                if all(plain):
                    yield from self._thirds(shown, first.variant, [each for each in plain if each is not None], ran)

    def _thirds(self, shown: Findings, variant: Variant, pair: Sequence[FaultClass], ran: Ran) -> Iterator[None]:
        for place, resource in ran.places(pair[-1].tried.place):
            for each in self.classes(place, resource):
                third = self._plain(each)
                if third is not None:
                    self._judge(shown, variant, *pair, third)
                    yield

    # Classes.

    def classes(self, place: Place, resource: str) -> tuple[FaultClass, ...]:
        """The faults of a call in classes."""
        if (place, resource) not in self._classes:
            alike: dict[Hashable, list[Fault]] = {}
            for fault in self.trials.faults(place, resource):
                if not fault.is_alone:
                    alike.setdefault(self._key(fault), []).append(fault)
            self._classes[place, resource] = tuple(FaultClass(in_order(faults)) for faults in alike.values())
        return self._classes[place, resource]

    def _key(self, fault: Fault) -> Hashable:
        return fault if self.distinctions is None else self.distinctions.key(fault)

    def _plain(self, faults: FaultClass) -> FaultClass | None:
        """Those of a class that are plain refusals."""
        resource = self.trials.resource(faults.tried)
        plain = tuple(fault for fault in faults.faults if is_plain(fault, resource))
        return FaultClass(plain) if plain else None

    # Runs.

    def _judge(self, shown: Findings, variant: Variant, *classes: FaultClass, same: Ran | None = None) -> Ran:
        """Runs a scenario with a fault of each class, and notes for all of them what it violates.

        Where another scenario has had the same run, that is judged, and none is made.
        """
        scenario = Scenario(variant, tuple(each.tried for each in classes))
        ran = same or self.trials.run(scenario)
        found = self.trials.findings(scenario, ran)
        for index, each in enumerate(classes):
            if any(map(each.is_named_in, found)):
                for alone in each.apart():
                    self._judge(shown, variant, *classes[:index], alone, *classes[index + 1 :])
                return ran
        stands_for = math.prod(len(each.faults) for each in classes)
        shown.count(stands_for, ran.execution, is_run=same is None)
        examples = tuple(self._example(finding, scenario, ran.execution, stands_for) for finding in found)
        for example in examples:
            shown.add(example)
        if self.watch is not None:
            ended, answer = _ended(ran.execution), self._answer(ran.execution)
            self.watch(Judged(classes=classes, ran=ran, ended=ended, answer=answer, examples=examples))
        return ran

    def _example(
        self, finding: Finding, scenario: Scenario, execution: Execution, stands_for: int = 1
    ) -> Counterexample:
        return Counterexample(
            finding=finding,
            faults=scenario.faults,
            path=execution.path,
            ended=_ended(execution),
            answer=self._answer(execution),
            scenarios=stands_for,
        )

    def _answer(self, execution: Execution) -> str | None:
        """What the caller gets, where somebody waits."""
        endpoint = self.subject.endpoint
        if endpoint is None:
            return None
        return _line(endpoint.answer(execution))


def _line(answer: Answer) -> str:
    return f"{answer.status} {' '.join(answer.body.split())}"


def _ended(execution: Execution) -> str:
    return execution.status if execution.error is None else f"{execution.status} {execution.error}"


def explorer_of(trials: Trials, *, every: bool = False, watch: Watch | None = None) -> Explorer:
    """What explores the scenarios of a subject.

    Args:
        trials: What runs them.
        every: Whether every fault is tried in pairs and threes, not one of each class: the same comes of it, later.
        watch: Is given each run.
    """
    found = tuple(_distinct(trials))
    distinctions = None if every else Distinctions(trials.subject, found)
    return Explorer(trials=trials, variants=found, distinctions=distinctions, watch=watch)


def _distinct(trials: Trials) -> Iterator[Variant]:
    """The variants of which each takes another way."""
    subject, seen = trials.subject, set()
    for variant in variants(subject.input, subject.probes):
        ran = trials.run(Scenario(variant))
        execution = ran.execution
        wrong = any(subject.judge.findings(variant.input, (), execution, ran.log, ran.things))
        way = (execution.status, execution.error, execution.path, wrong)
        if way not in seen:
            seen.add(way)
            yield variant
