"""Applying a plan: one change after the other. A second run after a crash at any call comes to the same end."""

from __future__ import annotations

import time
from collections.abc import Callable

from keyflow.deploy.plan import Plan
from keyflow.deploy.resource import Action, Change
from keyflow.deploy.target import Clients, aws_errors
from keyflow.diagnostics import DeployError

Progress = Callable[[Change], None]

_PROPAGATION_SECONDS = (1, 2, 4, 8, 15)
_NOT_YET = (
    "cannot be assumed",
    "is not authorized to create managed-rule",
    "Neither the global service principal",
    "not authorized to access the Log Destination",
    "not authorized to perform: sts:AssumeRole",
    "Role ARN does not have required permissions",
    "StateMachineDeleting",
)
"""What services say of a role that IAM has made but not yet spread, and of a state machine that is still going."""


def apply_plan(
    plan: Plan, clients: Clients, progress: Progress, *, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Does what the plan says; `progress` is told each change before it is made.

    Raises:
        DeployError: KF503 or KF504, AWS refused a call or could not be reached; what was done before stays done.
    """
    for change in plan:
        if change.action is Action.KEEP:
            continue
        progress(change)
        _patiently(lambda change=change: _make(change, clients), sleep)  # type: ignore[misc]


def _make(change: Change, clients: Clients) -> None:
    with aws_errors():
        match change.action:
            case Action.CREATE:
                change.resource.create(clients)
            case Action.UPDATE:
                change.resource.update(clients)
            case Action.DELETE:
                change.resource.delete(clients)
            case Action.KEEP:
                pass


def _patiently(make: Callable[[], None], sleep: Callable[[float], object]) -> None:
    """Makes a change, waiting where what was done before has not reached every part of AWS yet."""
    for seconds in _PROPAGATION_SECONDS:
        try:
            make()
        except DeployError as error:
            if not any(said in str(error) for said in _NOT_YET):
                raise
            sleep(seconds)
        else:
            return
    make()
