"""Runs a definition: each scope of states is a process on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine.attempts import next_delay
from keyflow.engine.choice import holds
from keyflow.engine.clock import Join, Process, Request, Scheduler, Sleep, Stalled
from keyflow.engine.context import EXECUTION_NAME, context_object, execution_arn
from keyflow.engine.errors import (
    NO_CHOICE_MATCHED,
    QUERY_EVALUATION,
    RUNTIME,
    TIMEOUT,
    StatesError,
    matches,
)
from keyflow.engine.fields import check_fields
from keyflow.engine.history import EPOCH, Event, timestamp
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.maps import Maps
from keyflow.engine.runner import Runner, TaskCall
from keyflow.engine.tasks import Simulation, Started, Tasks
from keyflow.engine.transitions import check_transitions
from keyflow.engine.visit import Visit, arguments_of, assign, finished, handled, input_of, output_of, passed, through

STEP_LIMIT = 100_000
"""States that one scope may enter before it is taken for a loop without end."""
EVENT_LIMIT = 1_000_000
"""Events that an execution may have: those of Map within Map multiply."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How an execution ended, and what it did. `seconds` are of virtual time.

    `calls` are those of the executions that it started, too; `started` are these executions themselves.
    """

    status: str
    output: JSON
    error: str | None
    cause: str | None
    history: Sequence[Event]
    calls: Sequence[TaskCall]
    seconds: float
    started: Sequence[Execution] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the states entered, in order."""
        return tuple(event.details["name"] for event in self.history if event.type.endswith("StateEntered"))


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

    Raises:
        EngineError: KF601, a transition leads nowhere; KF603, a task has no answer; KF605, a loop has no end;
            KF607, the execution waits for a task token that nothing gives back; KF610, a field is of the wrong kind.
    """
    for each in (machine, *(machines or {}).values()):
        check_fields(each)
        check_transitions(each)
    return execute(
        machine,
        data,
        runner,
        name=name,
        machine_name=machine_name,
        machines=machines or {},
        randomness=randomness or Randomness(seed),
        start=start,
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
) -> Execution:
    """As `run`, for definitions whose transitions have been checked."""
    simulation = Simulation(Scheduler(), runner, randomness, start, machines)
    execution = _Interpreter(machine, simulation, name, machine_name)
    try:
        ended: Execution = simulation.scheduler.run(execution.process(data))
        simulation.scheduler.finish()
    except Stalled:
        waiting = ", ".join(repr(call.state) for call in simulation.calls if call.token in simulation.tokens)
        message = f"{waiting} waits for a task token that nothing gives back"
        hint = "give the state a TimeoutSeconds, or let its stub answer"
        raise EngineError(Diagnostic("KF607", message, hint=hint)) from None
    return ended


_Left = tuple[JSON, str | None]
"""How a state was left: its output, and where to go on (None ends the scope)."""
_Steps = Generator[Request, Any, _Left]


class _Interpreter:
    """One execution."""

    def __init__(self, machine: asl.StateMachine, simulation: Simulation, name: str, machine_name: str) -> None:
        self._machine = machine
        self._simulation = simulation
        self._name = name
        self._machine_name = machine_name
        self._began = simulation.scheduler.now
        self._events: list[Event] = []
        self._started: list[_Interpreter] = []
        self._ended: Execution | None = None
        self._tasks = Tasks(simulation, self._event, self._begin)
        self._maps = Maps(simulation, self._events, self._event, self._scope, machine_name)
        self._jsonata = machine.query_language is asl.QueryLanguage.JSONATA

    @property
    def arn(self) -> str:
        return execution_arn(self._machine_name, self._name)

    def process(self, data: JSON) -> Process:
        """Runs the whole definition; gives the `Execution`."""
        self._ended = yield from self._whole(data)
        return self._ended

    def _whole(self, data: JSON) -> Process:
        context = context_object(self._machine_name, self._name, data, self._now())
        role = context["Execution"]["RoleArn"]
        started = self._event("ExecutionStarted", 0, {"input": data, "roleArn": role})
        scope = self._scope(self._machine, data, context, {}, started, ())
        try:
            if self._machine.timeout_seconds is None:
                output, last = yield from scope
            else:
                ((output, last),) = yield Join(iter([scope]), seconds=self._machine.timeout_seconds)
        except TimeoutError:
            self._event("ExecutionTimedOut", len(self._events), {})
            return self._execution("TIMED_OUT", None, TIMEOUT, None)
        except StatesError as error:
            self._event("ExecutionFailed", len(self._events), error.details())
            return self._execution("FAILED", None, error.error, error.cause)
        self._event("ExecutionSucceeded", last, {"output": output})
        return self._execution("SUCCEEDED", output, None, None)

    def _execution(self, status: str, output: JSON, error: str | None, cause: str | None) -> Execution:
        started = _StartedExecutions(self._started)
        seconds = self._simulation.scheduler.now - self._began
        return Execution(status, output, error, cause, self._events, self._simulation.calls, seconds, started)

    def _begin(self, machine: str, data: JSON, name: str | None) -> Started:
        """Begins another execution; it runs when its process does."""
        name = name or f"{self._name}-{len(self._started) + 1}"
        child = _Interpreter(self._simulation.machines[machine], self._simulation, name, machine.rsplit(":", 1)[-1])
        self._started.append(child)
        return Started(child.arn, child.process(data))

    def _event(self, kind: str, previous: int, details: Mapping[str, Any]) -> int:
        number = len(self._events) + 1
        if number > EVENT_LIMIT:
            message = f"the execution has more than {EVENT_LIMIT:,} events: it may never end"
            raise EngineError(Diagnostic("KF605", message))
        self._events.append(Event(number, previous, kind, self._simulation.scheduler.now, details))
        return number

    # Scopes.

    def _scope(
        self,
        scope: asl.Scope,
        data: JSON,
        context: Mapping[str, Any],
        variables: Mapping[str, JSON],
        event: int,
        iteration: tuple[int, ...],
    ) -> Process:
        """Runs a scope; gives its output and its last event. Variables assigned in it end with it."""
        own = dict(variables)
        name: str | None = scope.start_at
        for _ in range(STEP_LIMIT):
            if name is None:
                return data, event
            state = scope.states[name]
            tried = {"RetryCount": 0} if isinstance(state, asl.Task | asl.Parallel | asl.Map) else {}
            in_state = {**context, "State": {"Name": name, "EnteredTime": self._now(), **tried}}
            entered = self._event(f"{state.type}StateEntered", event, {"name": name, "input": data})
            uses_jsonata = self._jsonata or state.query_language is asl.QueryLanguage.JSONATA
            randomness = self._simulation.randomness
            visit = Visit(name, data, in_state, own, uses_jsonata, randomness, entered, iteration)
            data, following = yield from self._stay(state, visit)
            if not isinstance(state, asl.Fail):
                details = {"name": name, "output": data, "assignedVariables": visit.assigned}
                event = self._event(f"{state.type}StateExited", visit.event, _known(details))
            name = following
        if name is None:
            return data, event
        message = f"{name!r} was entered after {STEP_LIMIT} other states: a loop without an end"
        raise EngineError(Diagnostic("KF605", message))

    def _now(self) -> str:
        return timestamp(self._simulation.scheduler.now, self._simulation.start)

    def _stay(self, state: asl.State, visit: Visit) -> _Steps:
        match state:
            case asl.Task():
                return (yield from self._tried(state, visit, lambda: self._tasks.attempt(state, visit)))
            case asl.Parallel():
                return (yield from self._tried(state, visit, lambda: self._parallel(state, visit)))
            case asl.Map():
                return (yield from self._tried(state, visit, lambda: self._maps.attempt(state, visit)))
            case asl.Wait():
                yield Sleep(self._wait(state, visit))
                return through(state, visit), _next(state)
            case asl.Pass():
                return passed(state, visit), _next(state)
            case asl.Choice():
                return self._choice(state, visit)
            case asl.Succeed():
                return output_of(state, visit, input_of(state, visit)), None
            case asl.Fail():
                error, cause = (visit.scalar(each) for each in (state.error, state.cause))
                if not isinstance(error, str | None) or not isinstance(cause, str | None):
                    raise StatesError(RUNTIME, f"the error and the cause of {visit.name!r} must be text")
                raise StatesError(error or "", cause)

    # Plain states.

    def _wait(self, state: asl.Wait, visit: Visit) -> float:
        if state.seconds is not None:
            return float(visit.number(state.seconds) or 0)
        value = visit.scalar(state.timestamp)
        try:
            moment = datetime.fromisoformat(value)
            return max(0.0, (moment - self._simulation.start).total_seconds() - self._simulation.scheduler.now)
        except (TypeError, ValueError) as error:
            raise StatesError(RUNTIME, f"{value!r} is no timestamp") from error

    def _choice(self, state: asl.Choice, visit: Visit) -> _Left:
        data = input_of(state, visit)
        for rule in state.choices:
            if _applies(rule.condition, visit, data):
                output = output_of(state, visit, data)
                if rule.output is not ABSENT:
                    output = visit.filled(rule.output, data)
                assign(rule.assign, visit, data)
                return output, rule.next
        if state.default is None:
            raise StatesError(NO_CHOICE_MATCHED, f"no rule of {visit.name!r} holds, and it has no Default")
        output = output_of(state, visit, data)
        assign(state.assign, visit, data)
        return output, state.default

    # States that can be tried again.

    def _tried(
        self,
        state: asl.Task | asl.Parallel | asl.Map,
        visit: Visit,
        attempt: Callable[[], Generator[Request, Any, JSON]],
    ) -> _Steps:
        """An attempt with its retries; an error that is left goes to the catchers."""
        used: dict[int, int] = {}
        while True:
            try:
                result = yield from attempt()
                return finished(state, visit, result), _next(state)
            except StatesError as error:
                delay = next_delay(state.retry or (), used, error, self._simulation.randomness)
                if delay is None:
                    return self._caught(state, visit, error)
                yield Sleep(delay)
                visit.context["State"]["RetryCount"] += 1

    def _caught(self, state: asl.Task | asl.Parallel | asl.Map, visit: Visit, error: StatesError) -> _Left:
        for catcher in state.catch or ():
            if matches(catcher.error_equals, error.error):
                described = {"Error": error.error, "Cause": error.cause or ""}
                return handled(catcher, visit, described), catcher.next
        raise error

    # Branches and iterations.

    def _parallel(self, state: asl.Parallel, visit: Visit) -> Generator[Request, Any, JSON]:
        data = arguments_of(state, visit)
        started = visit.event = self._event("ParallelStateStarted", visit.event, {})
        context = visit.outside()
        branches = (
            self._scope(branch, data, context, visit.variables, started, visit.iteration) for branch in state.branches
        )
        try:
            ended = yield Join(branches)
        except StatesError:
            visit.event = self._event("ParallelStateFailed", len(self._events), {})
            raise
        visit.event = self._event("ParallelStateSucceeded", len(self._events), {})
        return [output for output, _event in ended]


class _StartedExecutions(Sequence[Execution]):
    """The executions that one has started, each as it ended: some end later than the one that started them."""

    def __init__(self, interpreters: Sequence[_Interpreter]) -> None:
        self._interpreters = interpreters

    def __len__(self) -> int:
        return len(self._interpreters)

    def __getitem__(self, index: Any) -> Any:
        return [each._ended for each in self._interpreters][index]


def _applies(condition: asl.Condition, visit: Visit, data: JSON) -> bool:
    if not isinstance(condition, asl.Expression):
        return holds(condition, visit.frame(data))
    value = visit.filled(condition.text, data)
    if not isinstance(value, bool):
        raise StatesError(QUERY_EVALUATION, f"the condition {condition.text!r} is {value!r}, not true or false")
    return value


def _next(state: Any) -> str | None:
    return state.next if isinstance(state.next, str) else None


def _known(details: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value is not None or key in ("output", "input")}
