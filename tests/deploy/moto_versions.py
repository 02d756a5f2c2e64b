"""What moto lacks of a state machine's versions: listing, publishing and deleting them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse


def _machine(response: StepFunctionResponse) -> Any:
    arn = response._get_param("stateMachineArn")
    machines = response.stepfunction_backend.state_machines
    found = next((each for each in machines if each.arn == arn), None)
    if found is None:
        raise JsonRESTError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return found


def list_state_machine_versions(response: StepFunctionResponse) -> ActionResult:
    versions = sorted(_machine(response).versions.values(), key=lambda each: each.version, reverse=True)
    listed = [{"stateMachineVersionArn": each.arn, "creationDate": each.creation_date} for each in versions]
    return ActionResult({"stateMachineVersions": listed})


def publish_state_machine_version(response: StepFunctionResponse) -> ActionResult:
    """Idempotent for a revision, as AWS's."""
    machine = _machine(response)
    newest = machine.latest_version
    same = newest is not None and all(
        getattr(newest, name) == getattr(machine, name) for name in ("definition", "roleArn", "loggingConfiguration")
    )
    if not same:
        machine.publish(response._get_param("description"))
    return ActionResult(
        {
            "stateMachineVersionArn": machine.latest_version.arn,
            "creationDate": machine.latest_version.creation_date,
        }
    )


def delete_state_machine_version(response: StepFunctionResponse) -> EmptyResult:
    """Refuses a version that an alias leads to, as AWS does."""
    arn = response._get_param("stateMachineVersionArn")
    for machine in response.stepfunction_backend.state_machines:
        led = {
            route["stateMachineVersionArn"]
            for alias in machine.aliases.values()
            for route in alias.routing_configuration
        }
        if arn in led:
            raise JsonRESTError("ConflictException", "Version is referenced by an alias")
        machine.versions = {number: each for number, each in machine.versions.items() if each.arn != arn}
    return EmptyResult()


@contextmanager
def versions() -> Iterator[None]:
    """moto, with versions."""
    with mock.patch.multiple(
        StepFunctionResponse,
        create=True,
        list_state_machine_versions=list_state_machine_versions,
        publish_state_machine_version=publish_state_machine_version,
        delete_state_machine_version=delete_state_machine_version,
    ):
        yield
