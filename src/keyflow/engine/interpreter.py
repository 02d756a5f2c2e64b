"""Runs a definition: each scope of states is a process on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from keyflow import asl
from keyflow.asl import JSON
from keyflow.asl.quotas import PAYLOAD_BYTES
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import steps
from keyflow.engine.attempts import next_delay
from keyflow.engine.clock import Join, Process, Request, Scheduler, Sleep, Stalled
from keyflow.engine.context import EXECUTION_NAME, ROLE_ARN, context_object, execution_arn
from keyflow.engine.errors import DATA_LIMIT, RUNTIME, TIMEOUT, FieldError, StatesError, matches
from keyflow.engine.history import EPOCH, STANDARD_EVENTS, Event, History, HistoryFull, timestamp
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.maps import Maps
from keyflow.engine.outside import Outside
from keyflow.engine.payload import TOO_LARGE, is_too_large
from keyflow.engine.runner import Runner, TaskCall
from keyflow.engine.scopes import scope_of
from keyflow.engine.steps import Left
from keyflow.engine.tasks import MOST_STATES, Attempt, Simulation, Started, Tasks
from keyflow.engine.visit import Around, Visit

T = TypeVar("T")


class LoopWithoutEnd(EngineError):
    """An execution goes round and round (KF605)."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How an execution ended, and what it did. `seconds` are of virtual time.

    `path` has the names of the states entered, in order; `caught` has the catchers that took an error, each by its
    state and its index; `tolerated` are the errors of iterations that failed without failing their Map, told of the
    outermost execution alone. `history` is empty where nobody wanted one. `calls` are those of the executions that it
    started, too; `started` are these executions themselves, and `children` those that its distributed Maps ran their
    iterations in, each with a history of its own and the ARN of its `map_run`.
    """

    status: str
    output: JSON
    error: str | None
    cause: str | None
    history: Sequence[Event]
    calls: Sequence[TaskCall]
    seconds: float
    started: Sequence[Execution] = ()
    path: tuple[str, ...] = ()
    children: Sequence[Execution] = ()
    map_run: str | None = None
    caught: tuple[tuple[str, int], ...] = ()
    tolerated: tuple[str | None, ...] = ()


def run(
    machine: asl.StateMachine,
    data: JSON,
    runner: Runner,
    *,
    name: str = EXECUTION_NAME,
    machine_name: str = "StateMachine",
    machines: Mapping[str, asl.StateMachine] | None = None,
    seed: int = 0,
    randomness: Randomness | None = None,
    start: datetime = EPOCH,
    outside: Outside | None = None,
    is_express: bool = False,
) -> Execution:
    """Runs a definition on an input, on virtual time.

    Args:
        machine: The definition.
        data: The execution's input.
        runner: Who answers the tasks.
        name: The execution's name, as the context object has it.
        machine_name: The state machine's name, as the context object has it.
        machines: Definitions that tasks may start, by name or ARN; calls that start others go to the runner.
        seed: Of random numbers, UUIDs and jitter: the same seed gives the same run.
        randomness: Where those come from instead.
        start: The moment at which the execution begins.
        outside: By which others give task tokens back while it runs.
        is_express: Whether it is an Express execution, whose events nobody counts; a Standard one has 25,000.

    Raises:
        EngineError: KF601, a transition leads nowhere; KF603, a task has no answer; KF605, a loop has no end;
            KF607, the execution waits for a task token that nothing gives back; KF610, a field is of the wrong kind;
            KF614, the input is larger than Step Functions takes.
    """
    if is_too_large(data):
        message = f"the input has more than {PAYLOAD_BYTES:,} bytes"
        raise EngineError(Diagnostic("KF614", message, hint="put it into S3, and let the workflow read it there"))
    for each in (machine, *(machines or {}).values()):
        scope_of(each)
    return execute(
        machine,
        data,
        runner,
        name=name,
        machine_name=machine_name,
        machines=machines or {},
        randomness=randomness or Randomness(seed),
        start=start,
        most_events=None if is_express else STANDARD_EVENTS,
        outside=outside,
    )


def execute(
    machine: asl.StateMachine,
    data: JSON,
    runner: Runner,
    *,
    name: str,
    machine_name: str,
    machines: Mapping[str, asl.StateMachine],
    randomness: Randomness,
    start: datetime,
    keeps_history: bool = True,
    most_events: int | None = None,
    outside: Outside | None = None,
    most_states: int = MOST_STATES,
) -> Execution:
    """As `run`; without a history where nobody reads it, and with as many events as it may have.

    Raises:
        LoopWithoutEnd: A scope entered more than `most_states`.
    """
    simulation = Simulation(outside or Scheduler(), runner, randomness, start, machines, keeps_history)
    simulation.most_states = most_states
    if outside is not None:
        simulation.prefix = f"{outside.name}-token"
        outside.attach(simulation.tokens, simulation.calls)
    scope = scope_of(machine)
    execution = _Interpreter(scope, machine.timeout_seconds, simulation, name, machine_name, most_events)
    try:
        ended: Execution = simulation.scheduler.run(execution.process(data))
        simulation.scheduler.finish()
    except Stalled:
        waiting = ", ".join(repr(call.state) for call in simulation.calls if call.token in simulation.tokens)
        message = f"{waiting} waits for a task token that nothing gives back"
        hint = "give the state a TimeoutSeconds, or let its stub answer"
        raise EngineError(Diagnostic("KF607", message, hint=hint)) from None
    return ended


_Steps = Generator[Request, Any, Left]


class _Interpreter:
    """One execution, of a machine or of an iteration of a distributed Map.

    Nothing that it has refers to it: so all of it is gone with it, and the garbage collector has nothing to find.
    """

    def __init__(
        self,
        scope: steps.Scope,
        timeout: float | None,
        simulation: Simulation,
        name: str,
        machine_name: str,
        most_events: int | None,
    ) -> None:
        self._outermost = scope
        self._timeout = timeout
        self._simulation = simulation
        self._scheduler = simulation.scheduler
        self._name = name
        self._machine_name = machine_name
        self._began = simulation.scheduler.now
        self._events = History(simulation.scheduler, kept=simulation.keeps_history, most=most_events)
        self._event = self._events.add
        self._entered: list[str] = []
        self._enter: Callable[[str], None] = self._entered.append
        self._caught: list[tuple[str, int]] = []
        self._catch: Callable[[tuple[str, int]], None] = self._caught.append
        self._started: list[_Interpreter] = []
        self._children: list[_Interpreter] = []
        self._ended: Execution | None = None
        self._map_run: str | None = None
        self._tasks = Tasks(simulation, self._event, is_logged=simulation.keeps_history)
        self._maps = Maps(simulation, self._event, machine_name)

    @property
    def arn(self) -> str:
        return execution_arn(self._machine_name, self._name)

    def process(
        self,
        data: JSON,
        around: Around | None = None,
        variables: Mapping[str, JSON] | None = None,
        iteration: tuple[int, ...] = (),
    ) -> Process:
        """Runs the whole definition; gives the `Execution`.

        An iteration of a distributed Map has a context object made `around` it, the variables of the Map, and the
        indices of the items around it.
        """
        self._ended = yield from self._whole(data, around, variables or {}, iteration)
        return self._ended

    def _whole(
        self, data: JSON, around: Around | None, variables: Mapping[str, JSON], iteration: tuple[int, ...]
    ) -> Process:
        now = timestamp(self._simulation.scheduler.now, self._simulation.start)
        self._event("ExecutionStarted", 0, {"input": data, "roleArn": ROLE_ARN})
        if around is None:
            around = _always(context_object(self._machine_name, self._name, data, now))
        scope = self._scope(self._outermost, data, around, variables, 0, iteration)
        try:
            if self._timeout is None:
                output, last = yield from scope
            else:
                ((output, last),) = yield Join(iter([scope]), seconds=self._timeout)
        except TimeoutError:
            self._event("ExecutionTimedOut", len(self._events), {})
            return self._execution("TIMED_OUT", None, TIMEOUT, None)
        except StatesError as error:
            self._event("ExecutionFailed", len(self._events), error.details())
            return self._execution("FAILED", None, error.shown, error.cause)
        except HistoryFull:
            self._event("ExecutionFailed", len(self._events), {"error": RUNTIME, "cause": _TOO_MANY_EVENTS})
            return self._execution("FAILED", None, RUNTIME, _TOO_MANY_EVENTS)
        self._event("ExecutionSucceeded", last, {"output": output})
        return self._execution("SUCCEEDED", output, None, None)

    def _execution(self, status: str, output: JSON, error: str | None, cause: str | None) -> Execution:
        seconds = self._simulation.scheduler.now - self._began
        return Execution(
            status,
            output,
            error,
            cause,
            self._events,
            self._simulation.calls,
            seconds,
            _Ended(self._started) if self._started else (),
            tuple(self._entered),
            _Ended(self._children) if self._children else (),
            self._map_run,
            tuple(self._caught),
            tuple(self._simulation.tolerated) if self._map_run is None else (),
        )

    def _begin(self, machine: str, data: JSON, name: str | None, is_express: bool) -> Started:
        """Begins another execution; it runs when its process does."""
        name = name or f"{self._name}-{len(self._started) + 1}"
        definition = self._simulation.machines[machine]
        most = None if is_express or not self._simulation.keeps_history else STANDARD_EVENTS
        scope, timeout = scope_of(definition), definition.timeout_seconds
        child = _Interpreter(scope, timeout, self._simulation, name, machine.rsplit(":", 1)[-1], most)
        self._started.append(child)
        return Started(child.arn, machine, child.process(data))

    def _child(self, step: steps.Map, processor: steps.Scope, map_run: str, name: str) -> _Interpreter:
        """The execution of an iteration of a distributed Map, with a history of its own.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
        """
        most = None if step.is_express else STANDARD_EVENTS
        child = _Interpreter(processor, None, self._simulation, name, f"{self._machine_name}/{step.label}", most)
        child._enter = _in_both(child._entered, self._enter)
        child._catch = _in_both(child._caught, self._catch)
        child._started = self._started
        child._map_run = map_run
        self._children.append(child)
        return child

    # Scopes.

    def _scope(
        self,
        scope: steps.Scope,
        data: JSON,
        around: Around,
        variables: Mapping[str, JSON],
        event: int,
        iteration: tuple[int, ...],
    ) -> Process:
        """Runs a scope; gives its output and its last event. Variables assigned in it end with it."""
        own = dict(variables)
        name: str | None = scope.start_at
        scheduler, randomness, start = self._scheduler, self._simulation.randomness, self._simulation.start
        for _ in range(self._simulation.most_states):
            if name is None:
                return data, event
            step = scope.steps[name]
            self._enter(name)
            entered = self._event(step.entered, event, (_entered, name, data))
            retries = 0 if isinstance(step, steps.Tried) else None
            visit = Visit(name, data, around, own, randomness, start, scheduler.now, entered, iteration, retries)
            try:
                if isinstance(step, steps.Plain):
                    data, following = step.leave(visit)
                elif isinstance(step, steps.Wait):
                    data, following = yield from self._wait(step, visit)
                else:
                    data, following = yield from self._tried(step, visit)
            except StatesError as error:
                if isinstance(error, FieldError):
                    self._place(error, visit)
                error.event = max(error.event, visit.event)
                raise
            if step.exited is not None:
                event = self._event(step.exited, visit.event, (_left, name, data, visit.assigned))
            name = following
        if name is None:
            return data, event
        message = f"{name!r} was entered after {self._simulation.most_states:,} other states: a loop without an end"
        raise LoopWithoutEnd(Diagnostic("KF605", message))

    def _place(self, error: FieldError, visit: Visit) -> None:
        """Says in an error of a state's fields which state it was; one of an expression has an event of its own."""
        if error.is_placed:
            return
        error.is_placed = True
        if error.error == DATA_LIMIT:
            error.cause = error.cause or TOO_LARGE.format(name=visit.name)
            return
        place = f"An error occurred while executing the state '{visit.name}' (entered at the event id"
        error.cause = f"{place} #{visit.entered_event}). {error.cause}"
        if error.field is not None and self._simulation.keeps_history:
            before = self._events[visit.entered_event - 1].previous
            told = {**error.details(), "location": error.field, "state": visit.name}
            error.event = self._event("EvaluationFailed", before, told)

    def _wait(self, step: steps.Wait, visit: Visit) -> _Steps:
        yield Sleep(step.seconds(visit, self._scheduler.now))
        return step.leave(visit)

    # States that can be tried again.

    def _tried(self, step: steps.Task | steps.Parallel | steps.Map, visit: Visit) -> _Steps:
        """An attempt with its retries; an error that is left goes to the catchers."""
        used: dict[int, int] = {}
        while True:
            try:
                result = yield from self._attempt(step, visit)
                visit.failing = None
                return step.ends.finish(visit, result), step.ends.next
            except StatesError as error:
                if isinstance(error, FieldError):
                    self._place(error, visit)
                delay = next_delay(step.ends.retry, used, error, visit.randomness)
                if delay is None:
                    if visit.failing is not None:
                        visit.event = self._event(visit.failing, max(error.event, visit.event), {})
                    left = self._handled(step, visit, error)
                    if left is None:
                        raise
                    return left
                yield Sleep(delay)
                visit.retries = (visit.retries or 0) + 1

    def _handled(self, step: steps.Tried, visit: Visit, error: StatesError) -> Left | None:
        """Where the first catcher leads that takes the error; None where none does."""
        of_task = not isinstance(error, FieldError)
        for index, catcher in enumerate(step.ends.catch):
            if matches(catcher.errors, error.error, of_task=of_task):
                self._catch((visit.name, index))
                described = {"Error": error.error or "", "Cause": error.cause or ""}
                return catcher.handle(visit, described), catcher.next
        return None

    def _attempt(self, step: steps.Task | steps.Parallel | steps.Map, visit: Visit) -> Attempt:
        match step:
            case steps.Task():
                return self._tasks.attempt(step, visit, self._begin)
            case steps.Parallel():
                return self._parallel(step, visit)
            case steps.Map():
                return self._maps.attempt(step, visit, self._scope, self._child)

    # Branches and iterations.

    def _parallel(self, step: steps.Parallel, visit: Visit) -> Attempt:
        data = step.arguments(visit)
        started = visit.event = self._event("ParallelStateStarted", visit.event, {})
        visit.failing = "ParallelStateFailed"
        branches = (
            self._scope(branch, data, visit.around, visit.variables, started, visit.iteration)
            for branch in step.branches
        )
        ended = yield Join(branches)
        visit.event = max(event for _output, event in ended)
        self._event("ParallelStateSucceeded", visit.event, {})  # leaving the state follows the branches, too
        return [output for output, _event in ended]


def _always(context: Mapping[str, Any]) -> Around:
    """A context object that is made once, whoever asks for it."""
    return lambda: context


def _in_both(own: list[T], outer: Callable[[T], None]) -> Callable[[T], None]:
    """Notes what an iteration's own execution does as what the whole execution does, too."""

    def note(each: T) -> None:
        own.append(each)
        outer(each)

    return note


def _entered(name: str, data: JSON) -> Mapping[str, Any]:
    """What the event of entering a state says."""
    return {"name": name, "input": data}


def _left(name: str, data: JSON, assigned: Mapping[str, JSON] | None) -> Mapping[str, Any]:
    """What the event of leaving a state says."""
    details = {"name": name, "output": data}
    return details if assigned is None else {**details, "assignedVariables": assigned}


_TOO_MANY_EVENTS = "The execution reached the maximum number of history events (25000)."


class _Ended(Sequence[Execution]):
    """Executions that another one began, each as it ended: some end later than the one that began them."""

    def __init__(self, interpreters: Sequence[_Interpreter]) -> None:
        self._interpreters = interpreters

    def __len__(self) -> int:
        return len(self._interpreters)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [each._ended for each in self._interpreters[index]]
        return self._interpreters[index]._ended
