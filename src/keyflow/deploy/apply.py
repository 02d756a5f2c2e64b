"""Applying a plan: one change after the other. A second run after a crash at any call comes to the same end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from keyflow.deploy.alias import Alias
from keyflow.deploy.canary import Canary
from keyflow.deploy.plan import Plan
from keyflow.deploy.resource import Action, Change, Found, Resource, Work, differing
from keyflow.deploy.target import Clients, aws_errors
from keyflow.deploy.versions import NOT_LISTED
from keyflow.diagnostics import DeployError, Diagnostic
from keyflow.durations import duration

Progress = Callable[[Change], object]

_PROPAGATION_SECONDS = (1, 2, 4, 8, 15)
_GOING_SECONDS = (5,) * 36
"""AWS deletes a state machine when it comes to it, "usually in less than a minute".

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
"""
_GOING = "StateMachineDeleting"
_NOT_YET = (
    "cannot be assumed",
    "is not authorized to create managed-rule",
    "Neither the global service principal",
    "not authorized to access the Log Destination",
    "not authorized to perform: sts:AssumeRole",
    "Role ARN does not have required permissions",
    "CreateStateMachineAlias: ResourceNotFound",
    "PutMetricFilter: ResourceNotFoundException",
    NOT_LISTED,
)
"""What services say of what was made but is not known everywhere yet."""
_THROTTLED = ("TooManyRequestsException", "Throttling", "RequestLimitExceeded")
_THROTTLED_SECONDS = (30,) * 10
"""AWS lets an account delete one REST API in 30 s.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""


def apply_plan(
    plan: Plan,
    clients: Clients,
    progress: Progress,
    *,
    sleep: Callable[[float], object] | None = None,
    say: Callable[[str], object] = lambda _message: None,
    wait: Callable[[str], object] = lambda _message: None,
    gently: bool = False,
) -> None:
    """Does what the plan says.

    Args:
        plan: The plan. Before a change is made, AWS is read once more: it must have what the plan found.
        clients: The clients that lead to where the resources live.
        progress: Is given each change before it is made.
        sleep: Waits for so many seconds.
        say: Is given what a person should know afterwards: what is left, and until when.
        wait: Is given why nothing happens for a while.
        gently: Whether a state machine that is removed may end what runs on it first; else AWS ends its executions.

    Raises:
        DeployError: KF503 or KF504, AWS refused a call or could not be reached; KF511, AWS has changed since the plan
            was made. What was done before stays done.
        ProjectError: KF515, a canary's alarm went off.
    """
    work = Work(clients=clients, sleep=sleep or time.sleep, say=say, wait=wait, gently=gently)
    waited = 0
    for together in _together(plan):
        for change in together:
            progress(change)
            if gently and change.action is Action.DELETE:
                waited += _drain(change.resource.drain_seconds() - waited, work)
            _check_unchanged(change, clients)
        _patiently(lambda together=together: _make_all(together, work), work)  # type: ignore[misc]


def _together(plan: Plan) -> Iterator[tuple[Change, ...]]:
    """The changes, those together that are one step: aliases with a canary shift at the same time."""
    changes = (change for change in plan if change.action is not Action.KEEP)
    for canary, group in groupby(changes, key=_canary_of):
        if canary is None:
            yield from ((change,) for change in group)
        else:
            yield tuple(group)


def _canary_of(change: Change) -> Canary | None:
    alias = change.resource
    return alias.canary if isinstance(alias, Alias) and change.action is Action.UPDATE else None


def _make_all(changes: tuple[Change, ...], work: Work) -> None:
    canary = _canary_of(changes[0])
    if canary is None:
        _make(changes[0], work)
        return
    aliases = [change.resource for change in changes if isinstance(change.resource, Alias)]
    with aws_errors():
        versions = {alias.arn: alias.wanted_version(work.clients) for alias in aliases}
        watched = dict.fromkeys(alarm for alias in aliases for alarm in alias.watched)
        canary.shift(versions, tuple(watched), work)


def _drain(seconds: int, work: Work) -> int:
    """Waits until what runs, and no call lists, has ended; the seconds that it waited."""
    if seconds <= 0:
        return 0
    work.wait(f"executions may still run for {duration(seconds)}")
    work.sleep(seconds)
    return seconds


def _check_unchanged(change: Change, clients: Clients) -> None:
    """Refuses a change whose resource is not what the plan found: another deployment runs, or a hand was faster."""
    resource = change.resource
    if resource.settles:
        return
    if change.found is not None and (change.action is Action.CREATE or not resource.is_certain(change.found)):
        return  # it went with what it belongs to
    with aws_errors():
        now = resource.read(clients)
    if now != change.found:
        raise DeployError(changed_since(resource, change.found, now))


def changed_since(resource: Resource, then: Found | None, now: Found | None) -> Diagnostic:
    """KF511: what has changed on a resource since a plan found it."""
    if then is None or now is None:
        what = "is gone" if now is None else "was made"
    else:
        what = f"has another {', '.join(each.property for each in differing(then, now))}"
    message = f"the {resource.title} {what} since the plan was made"
    return Diagnostic("KF511", message, hint="another deployment may be running: look, and plan again")


def _make(change: Change, work: Work) -> None:
    with aws_errors():
        match change.action:
            case Action.CREATE:
                _create(change.resource, work)
            case Action.UPDATE:
                change.resource.update(work, change.found or {})
            case Action.REPLACE:
                _check_unused(change.resource, work)
                _delete(change.resource, work)
                _create(change.resource, work)
            case Action.DELETE:
                _delete(change.resource, work)
            case Action.KEEP:
                pass


def _create(resource: Resource, work: Work) -> None:
    """Makes a resource. Where its first answer was lost, it is there already when it is asked for again."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        resource.create(work)
    except (BotoCoreError, ClientError):
        found = resource.read(work.clients)
        if found is None or not resource.owns(found) or resource.refusal(found) is not None:
            raise
        resource.update(work, found)


def _check_unused(resource: Resource, work: Work) -> None:
    used = resource.still_used(work.clients)
    if used is not None:
        raise DeployError(Diagnostic("KF505", f"the {resource.title} cannot be replaced: {used}", hint="wait for them"))


def _delete(resource: Resource, work: Work) -> None:
    """Removes a resource, when what runs on it has ended."""
    used = resource.still_used(work.clients) if work.gently else None
    if used is not None:
        work.say(f"{resource.title} stays: {used}; `keyflow settle` removes it later")
        return
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        resource.delete(work)
    except (BotoCoreError, ClientError):
        if resource.read(work.clients) is not None:
            raise


def _patiently(make: Callable[[], None], work: Work) -> None:
    """Makes a change; waits where what was done before has not reached every part of AWS, or AWS wants a pause."""
    waits = [
        ("AWS wants a pause", _THROTTLED, iter(_THROTTLED_SECONDS)),
        ("the state machine is still going", (_GOING,), iter(_GOING_SECONDS)),
        ("what was made has not reached every part of AWS", _NOT_YET, iter(_PROPAGATION_SECONDS)),
    ]
    while True:
        try:
            make()
        except DeployError as error:
            why, seconds = _wait_for(str(error), waits)
            if seconds is None:
                raise
            work.wait(f"{why}: again in {duration(seconds)}")
            work.sleep(seconds)
        else:
            return


def _wait_for(said: str, waits: Sequence[tuple[str, Sequence[str], Iterator[int]]]) -> tuple[str, int | None]:
    """Why a refusal may pass, and for how long to wait; None where it will not, or was waited for long enough."""
    for why, marks, seconds in waits:
        if any(mark in said for mark in marks):
            return why, next(seconds, None)
    return "", None
