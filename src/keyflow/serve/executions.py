"""Step Functions as far as routes call it: executions of the site's workflows, on keyflow's engine.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html and the pages of the
other operations.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from keyflow import asl, json_values
from keyflow.asl import JSON
from keyflow.asl.quotas import PAYLOAD_BYTES
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, KeyflowError
from keyflow.engine import Execution, Failure, Runner, Success, run
from keyflow.engine.context import execution_arn
from keyflow.engine.outside import Outside, Stopped
from keyflow.lazy import lazy_pattern
from keyflow.serve.ids import new_id, new_seed
from keyflow.serve.refusal import Refused
from keyflow.serve.rest_api import AwsAnswer, AwsRequest

_NAME = lazy_pattern(r"[A-Za-z0-9_-]{1,80}")
_KEPT = 1_000
"""Executions that are described after their ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A workflow that can be started; its ARN's last part is its name."""

    arn: str
    name: str
    type: str
    definition: asl.StateMachine


@dataclass(slots=True, kw_only=True)
class Begun:
    """An execution that nobody waits for, while it runs and after its end."""

    arn: str
    name: str
    machine: Machine
    input: str
    began: float
    outside: Outside
    ended: Execution | None = None
    problem: Diagnostic | None = None
    stopped: float | None = None

    @property
    def status(self) -> str:
        if self.ended is not None:
            return self.ended.status
        return "FAILED" if self.problem is not None else "RUNNING" if self.stopped is None else "ABORTED"


Watch = Callable[[Begun, Execution | None], None]
"""Told of every execution that nobody waited for when it has ended, with its history where it has run to an end."""


class Executions:
    """Starts executions and answers for them."""

    def __init__(self, runner: Callable[[], Runner], watch: Watch) -> None:
        self._machines: Mapping[str, Machine] = {}
        self._definitions: Mapping[str, asl.StateMachine] = {}
        self._runner = runner
        self._watch = watch
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._lock = threading.Lock()

    def replace(self, machines: Mapping[str, Machine]) -> None:
        """Starts executions of other machines from now on; those that run go on as they are."""
        self._machines = machines
        self._definitions = {name: each.definition for each in machines.values() for name in (each.arn, each.name)}

    def running(self) -> Sequence[Begun]:
        """The executions that have not ended, the newest first."""
        with self._lock:
            return [each for each in reversed(self._begun.values()) if each.status == "RUNNING"]

    def send(self, request: AwsRequest) -> AwsAnswer:
        """What Step Functions answers.

        Raises:
            KeyflowError: A task of the execution cannot be answered.
        """
        try:
            document = _document(request.body)
            match request.operation:
                case "StartSyncExecution":
                    return self._synchronous(document)
                case "StartExecution":
                    return self._started(document)
                case "DescribeExecution":
                    return AwsAnswer(status=200, body=self._described(document))
                case "StopExecution":
                    return AwsAnswer(status=200, body=self._stopped(document))
                case "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat":
                    return AwsAnswer(status=200, body=self._given_back(request.operation, document))
                case _:
                    raise Refused("UnknownOperationException", f"nothing here answers {request.operation}")
        except Refused as error:
            return error.answer()

    def _synchronous(self, document: Mapping[str, Any]) -> AwsAnswer:
        machine, name, text = self._wanted(document)
        if machine.type != "EXPRESS":
            raise Refused("StateMachineTypeNotSupported", "This operation is not supported by this type of machine")
        began = time.time()
        ended = self._run(machine, name, text, began)
        body = {
            "executionArn": execution_arn(machine.name, name).replace(":execution:", ":express:"),
            "stateMachineArn": machine.arn,
            "name": name,
            "startDate": began,
            "stopDate": began + ended.seconds,
            "status": ended.status,
            "input": text,
            "inputDetails": {"included": True},
            **_end(ended),
        }
        return AwsAnswer(status=200, body=body, seconds=ended.seconds, execution=ended, workflow=machine.name)

    def _started(self, document: Mapping[str, Any]) -> AwsAnswer:
        """Begins an execution; one of the same name and input that still runs is the same.

        Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        machine, name, text = self._wanted(document)
        arn = execution_arn(machine.name, name)
        with self._lock:
            other = self._begun.get(arn)
            if other is not None:
                if other.status != "RUNNING" or other.input != text:
                    raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
                return AwsAnswer(status=200, body={"executionArn": arn, "startDate": other.began})
            begun = Begun(arn=arn, name=name, machine=machine, input=text, began=time.time(), outside=Outside(new_id()))
            self._begun[arn] = begun
            self._forget()
        threading.Thread(target=self._go_on, args=(begun,), daemon=True).start()
        return AwsAnswer(status=200, body={"executionArn": arn, "startDate": begun.began}, workflow=machine.name)

    def _go_on(self, begun: Begun) -> None:
        """Runs an execution to its end. How it ended is kept longer than what it did."""
        ended = None
        try:
            ended = self._run(begun.machine, begun.name, begun.input, begun.began, begun.outside)
            begun.ended = replace(ended, history=(), calls=(), started=(), path=(), children=())
        except KeyflowError as error:
            begun.problem = error.diagnostics[0]
        except Stopped:
            pass
        begun.stopped = time.time()
        self._watch(begun, ended)

    def _run(self, machine: Machine, name: str, text: str, began: float, outside: Outside | None = None) -> Execution:
        return run(
            machine.definition,
            json.loads(text),
            self._runner(),
            name=name,
            machine_name=machine.name,
            machines=self._definitions,
            seed=new_seed(),
            start=datetime.fromtimestamp(began, UTC),
            outside=outside,
            is_express=machine.type == "EXPRESS",
        )

    def _forget(self) -> None:
        """Lets the oldest executions go that have ended."""
        ended = [arn for arn, each in self._begun.items() if each.status != "RUNNING"]
        for arn in ended[: max(0, len(ended) - _KEPT)]:
            del self._begun[arn]

    def _found(self, document: Mapping[str, Any]) -> Begun:
        arn = document.get("executionArn")
        begun = self._begun.get(arn) if isinstance(arn, str) else None
        if begun is None:
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return begun

    def _stopped(self, document: Mapping[str, Any]) -> JSON:
        """Ends an execution, at the latest when it waits again for a token."""
        begun = self._found(document)
        begun.outside.stop()
        return {"stopDate": time.time()}

    def _given_back(self, operation: str, document: Mapping[str, Any]) -> JSON:
        """Takes a task token back.

        Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
        """
        token = document.get("taskToken")
        name = token.rpartition("-token-")[0] if isinstance(token, str) else ""
        begun = next((each for each in self._begun.values() if each.outside.name == name), None)
        if begun is None or not isinstance(token, str):
            raise Refused("InvalidToken", "Invalid token")
        if not begun.outside.has(token):
            raise Refused("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        begun.outside.give_back(token, _message(operation, document))
        return {}

    def _described(self, document: Mapping[str, Any]) -> JSON:
        begun = self._found(document)
        described: dict[str, JSON] = {
            "executionArn": begun.arn,
            "stateMachineArn": begun.machine.arn,
            "name": begun.name,
            "status": begun.status,
            "startDate": begun.began,
            "input": begun.input,
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        if begun.ended is not None:
            described |= {"stopDate": begun.began + begun.ended.seconds, **_end(begun.ended)}
        elif begun.problem is not None:
            described |= {"stopDate": begun.stopped, "error": begun.problem.code, "cause": begun.problem.message}
        elif begun.stopped is not None:
            described["stopDate"] = begun.stopped
        return described

    def _wanted(self, document: Mapping[str, Any]) -> tuple[Machine, str, str]:
        """The machine that is to be started, the execution's name, and its input."""
        arn, name, text = document.get("stateMachineArn"), document.get("name"), document.get("input", "{}")
        machine = self._machines.get(arn) if isinstance(arn, str) else None
        if machine is None:
            raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        name = new_id() if name is None else name
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refused("InvalidName", f"Invalid Name: '{name}'")
        if not isinstance(text, str) or len(text.encode()) > PAYLOAD_BYTES:
            limit = f"Member must have length less than or equal to {PAYLOAD_BYTES}"
            message = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {limit}"
            raise Refused("ValidationException", message)
        try:
            json_values.parse(text)
        except ValueError as error:
            raise Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
        return machine, name, text


def _message(operation: str, document: Mapping[str, Any]) -> Success | Failure | str:
    """What a task hears of its token."""
    match operation:
        case "SendTaskSuccess":
            try:
                return Success(json_values.parse(document.get("output", "")))
            except (TypeError, ValueError) as error:
                raise Refused("InvalidOutput", f"Invalid Output: '{error}'") from error
        case "SendTaskFailure":
            return Failure(str(document.get("error", "")), document.get("cause"))
        case _:
            return "heartbeat"


def _document(body: str) -> Mapping[str, Any]:
    try:
        document = json_values.parse(body)
    except ValueError as error:
        raise Refused("SerializationException", "the body is no JSON") from error
    if not isinstance(document, dict):
        raise Refused("SerializationException", "the body is no JSON object")
    return document


def _end(ended: Execution) -> dict[str, JSON]:
    """How an execution has ended, as descriptions have it."""
    if ended.status == "SUCCEEDED":
        return {"output": json.dumps(ended.output, ensure_ascii=False), "outputDetails": {"included": True}}
    named = {"error": ended.error, "cause": ended.cause}
    return {name: value for name, value in named.items() if value is not None}
