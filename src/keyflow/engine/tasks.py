"""Attempts of a task: the call, its limits, its task token, and executions that it starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from keyflow import asl, json_values
from keyflow.asl import JSON
from keyflow.aws import Resource
from keyflow.aws.resources import TASK_TOKEN
from keyflow.dataclass import dataclass
from keyflow.engine import steps, task_events
from keyflow.engine.clock import Await, Join, Process, Request, Scheduler, Signal, Sleep
from keyflow.engine.context import ARN
from keyflow.engine.errors import DATA_LIMIT, HEARTBEAT_TIMEOUT, RUNTIME, TASK_FAILED, TIMEOUT, StatesError
from keyflow.engine.history import Told
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.limits import Limits
from keyflow.engine.payload import TOO_LARGE, is_too_large
from keyflow.engine.runner import Failure, Runner, Success, TaskCall, Waiting
from keyflow.engine.visit import Visit

MOST_STATES = 100_000
"""States that one scope may enter before it is taken for a loop without end."""
AddEvent = Callable[[str, int, Told], int]
Attempt = Generator[Request, Any, JSON]


@dataclass(frozen=True, slots=True)
class Started:
    """An execution that a task has started: its ARN, its machine's name, and how it runs."""

    arn: str
    machine: str
    process: Process


@dataclass(slots=True)
class Simulation:
    """What an execution and those that it starts share: the time, who answers, chance, and the tokens given out."""

    scheduler: Scheduler
    runner: Runner
    randomness: Randomness
    start: datetime
    machines: Mapping[str, asl.StateMachine]
    keeps_history: bool = True
    calls: list[TaskCall] = field(default_factory=list)
    tokens: dict[str, Signal] = field(default_factory=dict)
    prefix: str = "token"
    """Begins every task token; the number of its call follows."""
    iterations: int = 0
    """Those of Maps that have begun and not ended."""
    tolerated: list[str | None] = field(default_factory=list)
    """The errors of those that have failed without failing their Map."""
    most_states: int = MOST_STATES


Begin = Callable[[str, JSON, str | None, bool], Started]
"""Starts another execution, of a machine by its name: on an input, under a name where one is given, Express or not."""


class Tasks:
    """Runs the tasks of one execution."""

    def __init__(self, simulation: Simulation, add_event: AddEvent, *, is_logged: bool = True) -> None:
        self._simulation = simulation
        self._is_logged = is_logged
        self._event = add_event

    def attempt(self, step: steps.Task, visit: Visit, begin: Begin) -> Attempt:
        """One attempt; gives the result, or raises `StatesError`. `begin` starts the executions that it asks for."""
        call, limits = self._scheduled(step, visit)
        events, tokens = step.events, self._simulation.tokens
        signal = None if call.token is None else tokens.setdefault(call.token, Signal())
        try:
            result = yield from self._came_to(step, visit, call, signal, limits, begin)
            if is_too_large(result):
                raise StatesError(DATA_LIMIT, TOO_LARGE.format(name=events.name))
        except StatesError as failed:
            what = events.timed_out if failed.error in (TIMEOUT, HEARTBEAT_TIMEOUT) else events.failed
            self._note(visit, what, {**events.about, **failed.details()})
            raise
        finally:
            if call.token is not None:
                del tokens[call.token]
        self._note(visit, events.succeeded, (task_events.ended, events, result))
        return result

    def _scheduled(self, step: steps.Task, visit: Visit) -> tuple[TaskCall, Limits]:
        """The call of an attempt, noted, and how long it may take."""
        simulation = self._simulation
        resource, events = step.resource, step.events
        token = visit.token = f"{simulation.prefix}-{len(simulation.calls) + 1}" if resource.pattern else None
        parameters = step.arguments(visit)
        limits = step.limits(visit)
        role = None if step.role is None else step.role(visit)
        if self._is_logged:
            told = (task_events.scheduled, events, parameters, limits, role)
            visit.event = self._event(events.started, self._event(events.scheduled, visit.event, told), events.about)
        call = TaskCall(
            step.name,
            resource.arn,
            parameters,
            visit.retries or 0,
            limits.timeout,
            token if resource.pattern == TASK_TOKEN else None,
            visit.iteration,
            limits.heartbeat,
        )
        simulation.calls.append(call)
        return call, limits

    def _came_to(
        self, step: steps.Task, visit: Visit, call: TaskCall, signal: Signal | None, limits: Limits, begin: Begin
    ) -> Attempt:
        """What a call gives: of Step Functions itself, the execution answers some, and the runner all others."""
        resource = step.resource
        if resource.service == "stepfunctions":
            machine = self._started_machine(resource, call.parameters)
            if machine is not None:
                started = _begun(machine, resource, call.parameters, begin)
                return (yield from self._execution(started, step, visit, call, signal, limits))
            if _gives_token_back(resource, call.parameters, self._simulation.tokens):
                return self._give_back(resource, call.parameters)
        outcome = self._simulation.runner.call(call)
        if outcome.seconds:
            limit, error = limits.first()
            if limit is not None and outcome.seconds > limit:
                yield Sleep(limit)
                raise StatesError(error)
            yield Sleep(outcome.seconds)
        if isinstance(outcome, Waiting):
            self._submitted(step, visit, outcome.submitted)
            return (yield from self._token_returned(call, signal, limits))
        if outcome.submitted is not None or (resource.pattern and isinstance(outcome, Success)):
            self._submitted(step, visit, outcome.submitted)
        return _result(outcome)

    def _note(self, visit: Visit, kind: str, told: Told) -> None:
        """Adds an event of the visit, where events are kept."""
        if self._is_logged:
            visit.event = self._event(kind, visit.event, told)

    def _submitted(self, step: steps.Task, visit: Visit, answer: JSON) -> None:
        """Notes that the service took a call which ends later; a test may not say what it answered."""
        self._note(visit, step.events.submitted, (task_events.ended, step.events, {} if answer is None else answer))

    def _token_returned(self, call: TaskCall, signal: Signal | None, limits: Limits) -> Attempt:
        """What is given back with the token, within the timeout, and with a heartbeat in each interval."""
        if signal is None:
            raise StatesError(RUNTIME, f"{call.state!r} waits for a token, but its resource does not")
        clock = self._simulation.scheduler
        began = clock.now
        while True:
            left = None if limits.timeout is None else limits.timeout - (clock.now - began)
            limit, error = Limits(left, limits.heartbeat).first()
            match (yield Await(signal, limit)):
                case None:
                    raise StatesError(error)
                case Success(result):
                    return result
                case _Refusal() as refused:
                    raise StatesError(refused.error, refused.cause)
                case _heartbeat:
                    continue

    def _give_back(self, resource: Resource, parameters: Any) -> JSON:
        """SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, for tokens of this very run."""
        signal = self._simulation.tokens[parameters["TaskToken"]]
        message: Success | _Refusal | str
        match resource.action:
            case "sendTaskSuccess":
                message = Success(_json(parameters.get("Output", "null"), resource, "InvalidOutput"))
            case "sendTaskFailure":
                message = _Refusal(parameters.get("Error"), parameters.get("Cause"))
            case _:
                message = "heartbeat"
        self._simulation.scheduler.send(signal, message)
        return {}

    # Executions that a task starts.

    def _started_machine(self, resource: Resource, parameters: Any) -> str | None:
        """The name of the machine that the call starts; None where this run does not know it."""
        if resource.action not in ("startExecution", "startSyncExecution") or not isinstance(parameters, dict):
            return None
        arn = parameters.get("StateMachineArn")
        if not isinstance(arn, str):
            return None
        return next((name for name in (arn, arn.rsplit(":", 1)[-1]) if name in self._simulation.machines), None)

    def _execution(
        self, started: Started, step: steps.Task, visit: Visit, call: TaskCall, signal: Signal | None, limits: Limits
    ) -> Attempt:
        """Runs an execution that was started; where the call waits for its end or its token, gives what it came to."""
        resource, given = step.resource, call.parameters.get("Input", {})
        synchronous = resource.action == "startSyncExecution"
        now = self._simulation.scheduler.now
        output = {"ExecutionArn": started.arn, "StartDate": _milliseconds(self._simulation.start, now)}
        if not synchronous and resource.pattern:
            self._submitted(step, visit, output)
        if not synchronous and resource.pattern in ("", TASK_TOKEN):
            self._simulation.scheduler.start(started.process)
            return output if signal is None else (yield from self._token_returned(call, signal, limits))
        try:
            (ended,) = yield Join(iter([started.process]), seconds=limits.timeout)
        except TimeoutError:
            raise StatesError(TIMEOUT) from None
        description = {
            "ExecutionArn": started.arn,
            "Input": json.dumps(given) if not isinstance(given, str) else given,
            "Name": started.arn.rsplit(":", 1)[-1],
            "StartDate": _milliseconds(self._simulation.start, now),
            "StateMachineArn": f"{ARN}:stateMachine:{started.machine}",
            "Status": ended.status,
            "StopDate": _milliseconds(self._simulation.start, self._simulation.scheduler.now),
        }
        if ended.status == "SUCCEEDED":
            parsed = resource.pattern == "sync:2"
            return {**description, "Output": ended.output if parsed else json.dumps(ended.output, ensure_ascii=False)}
        description |= {"Error": ended.error or "", "Cause": ended.cause or ""}
        if synchronous:
            return description
        raise StatesError(TASK_FAILED, json.dumps(description, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What SendTaskFailure gives back with a token; it may name no error."""

    error: str | None
    cause: str | None


def _begun(machine: str, resource: Resource, parameters: Any, begin: Begin) -> Started:
    """The execution of a machine that a call starts."""
    given = parameters.get("Input", {})
    data = _json(given, resource, "InvalidExecutionInput") if isinstance(given, str) else given
    return begin(machine, data, parameters.get("Name"), resource.action == "startSyncExecution")


def _result(outcome: Success | Failure) -> JSON:
    if isinstance(outcome, Failure):
        raise StatesError(outcome.name, outcome.cause)
    return outcome.result


def _gives_token_back(resource: Resource, parameters: Any, tokens: Mapping[str, Signal]) -> bool:
    return (
        resource.action in ("sendTaskSuccess", "sendTaskFailure", "sendTaskHeartbeat")
        and isinstance(parameters, dict)
        and isinstance(parameters.get("TaskToken"), str)
        and parameters["TaskToken"] in tokens
    )


def _json(text: JSON, resource: Resource, error_name: str) -> JSON:
    """The JSON of a text that is handed to Step Functions itself; raises the service's error of that name."""
    try:
        return json_values.parse(text)
    except (TypeError, ValueError) as error:
        name = RUNTIME if resource.integration is None else resource.integration.error_name(error_name)
        raise StatesError(name, f"{text!r} is not JSON") from error


def _milliseconds(start: datetime, seconds: float) -> int:
    return round((start.timestamp() + seconds) * 1000)
