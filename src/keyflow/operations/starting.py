"""Executions of a deployed stage: started once, followed until they end."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keyflow.dataclass import dataclass
from keyflow.deploy.alias import alias_arn
from keyflow.deploy.state_machine import machine_arn, machine_name
from keyflow.deploy.target import Clients, Target, aws_errors
from keyflow.deploy.versions import routing
from keyflow.diagnostics import DeployError, Diagnostic, ProjectError, did_you_mean
from keyflow.operations.events import Event, of_history

if TYPE_CHECKING:
    from botocore.config import Config

ANSWER_SECONDS = 310
"""How long an Express execution is waited for: it takes 5 minutes at most, and the answer must still come.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
_PAGE = 1000
"""Events that GetExecutionHistory gives at most in one answer."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two questions whether an execution has ended: the pause grows, since AWS answers so many a second.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-state-throttling
"""
_GOES_ON = ("RUNNING", "PENDING_REDRIVE")


class PatientClients(Clients):
    """Clients that make each call once, and wait for its answer as long as an Express execution may take.

    StartSyncExecution is not idempotent: a second attempt after a lost answer would start a second execution. Its model
    puts `sync-` before the host's name, which another endpoint than AWS's does not have.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        connections: int = 10,
    ) -> None:
        super().__init__(region=region, profile=profile, endpoint_url=endpoint_url)
        self._answer_seconds = answer_seconds
        self._connections = connections

    def _config(self) -> Config:
        from botocore.config import Config

        prefix: dict[str, Any] = {} if self.endpoint_url is None else {"inject_host_prefix": False}
        return Config(
            retries={"total_max_attempts": 1},
            connect_timeout=min(10, self._answer_seconds),
            read_timeout=self._answer_seconds,
            max_pool_connections=self._connections,
            **prefix,
        )


def served_arn(workflow: str, clients: Clients, target: Target) -> str:
    """The ARN that executions of a workflow are started by: its alias, where the stage has one."""
    machine = machine_arn(workflow, target)
    alias = alias_arn(machine)
    return machine if routing(alias, clients) is None else alias


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A workflow as a stage has it: what its executions are started by, its type, and how much of them is logged."""

    workflow: str
    arn: str
    type: str
    log_level: str

    @property
    def is_express(self) -> bool:
        """Whether it answers at once, and its history stands in logs alone."""
        return self.type == "EXPRESS"


def served(workflow: str, clients: Clients, target: Target) -> Served:
    """What a stage has under a workflow's name.

    Raises:
        ProjectError: KF530, there is no such state machine.
        DeployError: KF503, AWS refused; KF504, it could not be reached.
    """
    states = clients.client("stepfunctions")
    with aws_errors():
        try:
            found = states.describe_state_machine(stateMachineArn=machine_arn(workflow, target))
        except (states.exceptions.StateMachineDoesNotExist, states.exceptions.InvalidArn):
            raise ProjectError(_not_deployed(workflow, states, target)) from None
        arn = served_arn(workflow, clients, target)
    return Served(
        workflow=workflow,
        arn=arn,
        type=found["type"],
        log_level=found.get("loggingConfiguration", {}).get("level", "OFF"),
    )


def _not_deployed(workflow: str, states: Any, target: Target) -> Diagnostic:
    """What to say of a name that the stage does not have: those that it has may be like it."""
    ending = f"-{target.stage}"
    known = sorted(name.removesuffix(ending) for name in _machines(states) if name.endswith(ending))
    message = f"the stage {target.stage} has no state machine {machine_name(workflow, target)!r} in {target.region}"
    if not known:
        hint = f"keyflow deploy --stage {target.stage}"
    else:
        hint = did_you_mean(workflow, known) or f"the stage has {', '.join(known[:20])}"
    return Diagnostic("KF530", message, hint=hint)


def _machines(states: Any) -> list[str]:
    """The names of all state machines; none where they may not be listed, since a hint is all that they are for."""
    from botocore.exceptions import ClientError

    try:
        pages = states.get_paginator("list_state_machines").paginate()
        return [each["name"] for page in pages for each in page["stateMachines"]]
    except ClientError:
        return []


def check_name(name: str) -> None:
    """Refuses a name that no execution can have, or whose logs would not come.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

    Raises:
        ProjectError: KF532.
    """
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,80}", name):
        raise ProjectError(Diagnostic("KF532", f"an execution cannot be named {name!r}"))


def new_name() -> str:
    """A name that no other execution has."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an execution ended. `output` is None where it failed; `billed_ms` is what an Express one is billed for.

    `began` is in seconds since 1970, on AWS's clock; `seconds` is what the execution took.
    """

    execution: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    began: float
    seconds: float
    billed_ms: int | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it did what it was to do."""
        return self.status == "SUCCEEDED"


def answered(machine: Served, text: str, name: str, clients: PatientClients) -> Ended:
    """Starts an Express execution, and waits for its answer.

    Raises:
        DeployError: KF503, AWS refused; KF504, it could not be reached; KF533, no answer came in time.
    """
    from botocore.exceptions import ReadTimeoutError

    states = clients.client("stepfunctions")
    with aws_errors():
        try:
            return _ended(states.start_sync_execution(stateMachineArn=machine.arn, input=text, name=name))
        except ReadTimeoutError:
            raise DeployError(
                Diagnostic("KF533", f"the execution {name} of {machine.workflow} has not answered in time")
            ) from None


def started(machine: Served, text: str, name: str, clients: Clients) -> str:
    """Starts an execution, and gives its ARN. A Standard one may be started again by the same name: it is one.

    Raises:
        DeployError: KF503, AWS refused; KF504, it could not be reached.
    """
    with aws_errors():
        found = clients.client("stepfunctions").start_execution(stateMachineArn=machine.arn, input=text, name=name)
    arn: str = found["executionArn"]
    return arn


def followed(
    execution: str,
    clients: Clients,
    *,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Event | Ended | None]:
    """The events of a Standard execution as they come, each once, and how it ended; None where it goes on.

    Raises:
        DeployError: KF503, AWS refused; KF504, it could not be reached; KF533, it goes on after so many seconds.
    """
    deadline = None if seconds is None else clock() + seconds
    history, pause = _History(execution, clients), _FIRST_PAUSE
    while True:
        with aws_errors():
            found = clients.client("stepfunctions").describe_execution(executionArn=execution)
            events = list(history.new())  # after the status: what is there when it has ended is all
        yield from events
        if found["status"] not in _GOES_ON:
            yield _ended(found)
            return
        if deadline is not None and clock() >= deadline:
            raise DeployError(Diagnostic("KF533", f"the execution {execution} goes on after {seconds:g} s"))
        yield None
        pause = _FIRST_PAUSE if events else min(pause * 1.5, _LONGEST_PAUSE)
        sleep(pause if deadline is None else max(0.0, min(pause, deadline - clock())))


class _History:
    """Reads a history that grows: the page that was the last one is read again, since its rest may have come."""

    def __init__(self, execution: str, clients: Clients) -> None:
        self._execution, self._clients = execution, clients
        self._token: str | None = None
        self._seen: set[int] = set()

    def new(self) -> Iterator[Event]:
        """The events that have not been given yet."""
        while True:
            page = self._page()
            for event in page["events"]:
                if event["id"] not in self._seen:
                    self._seen.add(event["id"])
                    yield of_history(self._execution, event)
            token = page.get("nextToken")
            if token is None:
                return
            self._token = token

    def _page(self) -> Any:
        states = self._clients.client("stepfunctions")
        asked: dict[str, Any] = {"executionArn": self._execution, "maxResults": _PAGE}
        if self._token is not None:
            try:
                return states.get_execution_history(**asked, nextToken=self._token)
            except states.exceptions.InvalidToken:  # it holds for 24 hours
                self._token = None
        return states.get_execution_history(**asked)


def _ended(found: Mapping[str, Any]) -> Ended:
    began = found["startDate"].timestamp()
    stopped = found.get("stopDate")
    billed = found.get("billingDetails", {}).get("billedDurationInMilliseconds")
    return Ended(
        execution=found["executionArn"],
        status=found["status"],
        output=_parsed(found.get("output")),
        error=found.get("error"),
        cause=found.get("cause"),
        began=began,
        seconds=0.0 if stopped is None else max(0.0, stopped.timestamp() - began),
        billed_ms=billed,
    )


def _parsed(text: str | None) -> Any:
    """The value of a text of JSON; the text itself where it is none."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text
