"""What is verified: a definition, what judges its executions, what starts them, and who waits for their answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.verify.judges.endpoint import Endpoint
from keyflow.verify.judges.judge import Judge
from keyflow.verify.world.results import Keys
from keyflow.verify.world.runner import Finder
from keyflow.verify.world.variants import Probe


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is verified.

    `limit` is the seconds that an execution may take. `read` gives, by task, the paths of its result that something
    reads; a task that is not in it has no result that matters. `results` are given results of tasks, `finders` the
    tasks that look up what other tasks made. `owned` are the members of the input that name the execution's own things.
    `at_least_once` says that an execution may run twice, under one name; None where nobody knows how it is started.
    """

    name: str
    machine: asl.StateMachine
    judge: Judge
    input: JSON
    probes: tuple[Probe, ...] = ()
    limit: int | None = None
    endpoint: Endpoint | None = None
    read: Mapping[str, tuple[Keys, ...]] = field(default_factory=dict)
    results: Mapping[str, JSON] = field(default_factory=dict)
    finders: Mapping[str, Finder] = field(default_factory=dict)
    owned: tuple[Keys, ...] = ()
    at_least_once: bool | None = False
    sources: Mapping[str, Location] = field(default_factory=dict)
    location: Location | None = None

    @property
    def recognises_changes(self) -> bool:
        """Whether a call of it is known to change something, by its model or by what is told of it."""
        resources = (resource_of(task.resource).integration for _name, task in asl.all_tasks(self.machine))
        effects = (effect_of(each.model).effect for each in resources if each is not None)
        return self.judge.knows_more or any(effect not in (Effect.READS, Effect.UNKNOWN) for effect in effects)

    @property
    def bounded(self) -> asl.StateMachine:
        """The definition, ended at the latest when nobody waits for it any more."""
        given = self.machine.timeout_seconds
        bounds = [bound for bound in (given, self.limit) if bound is not None]
        return replace(self.machine, timeout_seconds=min(bounds)) if bounds else self.machine

    def place(self, state: str) -> Location | None:
        """The line that a state comes from."""
        return self.sources.get(state, self.location)
