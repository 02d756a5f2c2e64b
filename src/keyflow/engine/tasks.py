"""Attempts of a task: the call, its limits, its task token, and executions that it starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any

from keyflow import asl, json_values
from keyflow.asl import JSON
from keyflow.aws import Resource, resource_of
from keyflow.aws.resources import TASK_TOKEN
from keyflow.dataclass import dataclass
from keyflow.engine import steps
from keyflow.engine.clock import Await, Join, Process, Request, Scheduler, Signal, Sleep
from keyflow.engine.context import ARN, REGION
from keyflow.engine.errors import HEARTBEAT_TIMEOUT, RUNTIME, TASK_FAILED, TIMEOUT, StatesError
from keyflow.engine.history import Told
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.runner import Failure, Runner, Success, TaskCall, Waiting
from keyflow.engine.visit import Visit

AddEvent = Callable[[str, int, Told], int]
Attempt = Generator[Request, Any, JSON]


@dataclass(frozen=True, slots=True)
class Started:
    """An execution that a task has started: its ARN, and how it runs."""

    arn: str
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
    iterations: int = 0
    """Those of Maps that have begun and not ended."""


class Tasks:
    """Runs the tasks of one execution. `begin` starts another execution of a machine by its name."""

    def __init__(
        self,
        simulation: Simulation,
        add_event: AddEvent,
        begin: Callable[[str, JSON, str | None], Started],
        *,
        is_logged: bool = True,
    ) -> None:
        self._simulation = simulation
        self._is_logged = is_logged
        self._event = add_event
        self._begin = begin

    def attempt(self, step: steps.Task, visit: Visit) -> Attempt:
        """One attempt; gives the result, or raises `StatesError`."""
        simulation = self._simulation
        resource = resource_of(step.resource)
        token = visit.token = f"token-{len(simulation.calls) + 1}"
        parameters = step.arguments(visit)
        limits = Limits(step.timeout(visit), step.heartbeat(visit))
        log = _Log(self._event, visit, resource) if self._is_logged else _SILENT
        log.scheduled(parameters, limits)
        call = TaskCall(
            step.name,
            step.resource,
            parameters,
            visit.retries or 0,
            limits.timeout,
            token if resource.pattern == TASK_TOKEN else None,
            visit.iteration,
            limits.heartbeat,
        )
        simulation.calls.append(call)
        signal = simulation.tokens[token] = Signal()
        machine = self._started_machine(resource, parameters)
        try:
            if machine is not None and call.token is None:
                result = yield from self._execution(machine, resource, parameters, limits, log)
            elif _gives_token_back(resource, parameters, simulation.tokens):
                result = self._give_back(resource, parameters)
            else:
                outcome = simulation.runner.call(call)
                limit, error = limits.first()
                if limit is not None and outcome.seconds > limit:
                    yield Sleep(limit)
                    raise StatesError(error)
                if outcome.seconds:
                    yield Sleep(outcome.seconds)
                if isinstance(outcome, Waiting):
                    result = yield from self._waited(call, signal, limits, log)
                else:
                    result = _result(outcome)
        except StatesError as failed:
            log.failed(failed)
            raise
        finally:
            simulation.tokens.pop(token, None)
        log.ended("Succeeded", output=result)
        return result

    def _waited(self, call: TaskCall, signal: Signal, limits: Limits, log: _Log) -> Attempt:
        """What comes of a call whose token somebody has to give back."""
        if call.token is None:
            raise StatesError(RUNTIME, f"{call.state!r} waits for a token, but its resource does not")
        log.ended("Submitted", output={})
        return (yield from self._token_returned(signal, limits))

    def _token_returned(self, signal: Signal, limits: Limits) -> Attempt:
        """What is given back with the token, within the timeout, and with a heartbeat in each interval."""
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
                case Failure(error, cause):
                    raise StatesError(error, cause)
                case _heartbeat:
                    continue

    def _give_back(self, resource: Resource, parameters: Any) -> JSON:
        """SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, for tokens of this very run."""
        signal = self._simulation.tokens[parameters["TaskToken"]]
        message: Success | Failure | str
        match resource.action:
            case "sendTaskSuccess":
                message = Success(_json(parameters.get("Output", "null")))
            case "sendTaskFailure":
                message = Failure(parameters.get("Error") or "", parameters.get("Cause"))
            case _:
                message = "heartbeat"
        self._simulation.scheduler.send(signal, message)
        return {}

    # Executions that a task starts.

    def _started_machine(self, resource: Resource, parameters: Any) -> str | None:
        """The name of the machine that the call starts, where it is one that this run knows."""
        if not _is(resource, "startExecution", "startSyncExecution") or not isinstance(parameters, dict):
            return None
        arn = parameters.get("StateMachineArn")
        if not isinstance(arn, str):
            return None
        return next((name for name in (arn, arn.rsplit(":", 1)[-1]) if name in self._simulation.machines), None)

    def _execution(self, machine: str, resource: Resource, parameters: Any, limits: Limits, log: _Log) -> Attempt:
        """Starts an execution and, where the call waits for its end, gives what it came to."""
        given = parameters.get("Input", {})
        started = self._begin(machine, _json(given) if isinstance(given, str) else given, parameters.get("Name"))
        now = self._simulation.scheduler.now
        synchronous = resource.action == "startSyncExecution"
        if not resource.pattern and not synchronous:
            self._simulation.scheduler.start(started.process)
            return {"ExecutionArn": started.arn, "StartDate": _milliseconds(self._simulation.start, now)}
        if not synchronous:
            log.ended("Submitted", output={"ExecutionArn": started.arn})
        try:
            (ended,) = yield Join(iter([started.process]), seconds=limits.timeout)
        except TimeoutError:
            raise StatesError(TIMEOUT) from None
        description = {
            "ExecutionArn": started.arn,
            "Input": json.dumps(given) if not isinstance(given, str) else given,
            "Name": started.arn.rsplit(":", 1)[-1],
            "StartDate": _milliseconds(self._simulation.start, now),
            "StateMachineArn": f"{ARN}:stateMachine:{machine}",
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


def _result(outcome: Success | Failure) -> JSON:
    if isinstance(outcome, Failure):
        raise StatesError(outcome.error, outcome.cause)
    return outcome.result


def _is(resource: Resource, *actions: str) -> bool:
    """Whether the resource is one of Step Functions' own actions."""
    return resource.service == "stepfunctions" and resource.action in actions


def _gives_token_back(resource: Resource, parameters: Any, tokens: Mapping[str, Signal]) -> bool:
    return (
        _is(resource, "sendTaskSuccess", "sendTaskFailure", "sendTaskHeartbeat")
        and isinstance(parameters, dict)
        and parameters.get("TaskToken") in tokens
    )


def _json(text: JSON) -> JSON:
    try:
        return json_values.parse(text)
    except (TypeError, ValueError) as error:
        raise StatesError(RUNTIME, f"{text!r} is not JSON") from error


def _milliseconds(start: datetime, seconds: float) -> int:
    return round((start.timestamp() + seconds) * 1000)


@dataclass(slots=True)
class Limits:
    """Seconds that an attempt may take, and those between two heartbeats."""

    timeout: Any
    heartbeat: Any

    def first(self) -> tuple[float | None, str]:
        """The limit that strikes first, and its error."""
        if self.heartbeat is not None and (self.timeout is None or self.heartbeat < self.timeout):
            return self.heartbeat, HEARTBEAT_TIMEOUT
        return self.timeout, TIMEOUT


class _Log:
    """Writes the events of one attempt: those of a service's call, of a Lambda function, or of an activity."""

    def __init__(self, add_event: AddEvent, visit: Visit, resource: Resource) -> None:
        self._add_event = add_event
        self._visit = visit
        self._resource = resource
        self._family = _FAMILIES.get(resource.kind, "Task")
        self._about = _about(resource.arn) if self._family == "Task" else {}

    def scheduled(self, parameters: JSON, limits: Limits) -> None:
        """The call has been scheduled, and begins."""
        self._add("Scheduled", (_scheduled, self._family, self._resource.arn, parameters, limits))
        self._add("Started", self._about)

    def ended(self, what: str, output: JSON) -> None:
        """The call has been submitted, or has succeeded."""
        self._add(what, (_ended, self._about, output))

    def failed(self, error: StatesError) -> None:
        """The call has ended with an error."""
        what = "TimedOut" if error.error in (TIMEOUT, HEARTBEAT_TIMEOUT) else "Failed"
        self._add(what, {**self._about, "error": error.error, "cause": error.cause})

    def _add(self, what: str, told: Told) -> None:
        self._visit.event = self._add_event(sys.intern(f"{self._family}{what}"), self._visit.event, told)


def _scheduled(family: str, arn: str, parameters: JSON, limits: Limits) -> dict[str, Any]:
    """What the event of scheduling a call says."""
    details: dict[str, Any] = {"resource": arn, "input": parameters}
    if family == "Task":
        details = {**_about(arn), "region": REGION, "parameters": parameters}
    details["timeoutInSeconds"] = limits.timeout
    if family != "LambdaFunction":
        details["heartbeatInSeconds"] = limits.heartbeat
    return details


def _ended(about: Mapping[str, str], output: JSON) -> dict[str, Any]:
    return {**about, "output": output}


class _Silent(_Log):
    """Writes nothing."""

    def __init__(self) -> None:
        pass

    def scheduled(self, parameters: JSON, limits: Limits) -> None:
        pass

    def ended(self, what: str, output: JSON) -> None:
        pass

    def failed(self, error: StatesError) -> None:
        pass


_SILENT = _Silent()
_FAMILIES = {"function": "LambdaFunction", "activity": "Activity"}


@lru_cache(maxsize=1024)
def _about(arn: str) -> Mapping[str, str]:
    """What each event of a service's call says of it: `aws-sdk:apigateway` and `createApiKey`."""
    parts = arn.split(":", 5)
    kind, _, action = (parts[5] if len(parts) > 5 else arn).partition(":")
    if kind == "aws-sdk":
        service, _, action = action.partition(":")
        kind = f"aws-sdk:{service}"
    return {"resourceType": kind, "resource": action}
