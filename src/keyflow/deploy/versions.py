"""The versions of a state machine: what each of them is, which of them run, and which can be gone back to.

A version is a snapshot that nothing changes. AWS lists versions without saying what they are, so keyflow computes a
version's revision from what it holds; its description carries the same revision for people, with the hash of the policy
that it needs and the moment of the deployment that published it.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.target import Clients
from keyflow.diagnostics import DeployError, Diagnostic
from keyflow.lazy import lazy_pattern

NOT_LISTED = "AWS lists no version"
_DESCRIPTION = lazy_pattern(
    r"keyflow build (?P<build>[0-9a-f]{16}) policy (?P<policy>[0-9a-f]{12}) deployed (?P<at>\S*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version: its ARN, what it holds, and when it was published.

    `policy` is the hash of the policy that it needs and `deployment` the moment of its deployment, where the
    description has them.
    """

    arn: str
    build: str
    definition: Mapping[str, Any]
    created: datetime
    policy: str | None = None
    deployment: str | None = None

    @property
    def number(self) -> int:
        """The version's number."""
        return number_of(self.arn)


def number_of(version_arn: str) -> int:
    """The number that a version's ARN ends in."""
    return int(version_arn.rpartition(":")[2])


def build_hash(definition: Any, role_arn: str, logging: Mapping[str, Any]) -> str:
    """What tells what a version holds from others: 16 hexadecimal digits."""
    text = json.dumps([definition, role_arn, logging], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def version_description(build: str, policy: str, deployment: str) -> str:
    """What a version says of itself, at most 256 characters."""
    return f"keyflow build {build} policy {policy} deployed {deployment}"


def logging_of(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is logged where, of an answer that describes a state machine."""
    found = described.get("loggingConfiguration") or {}
    return {
        "level": found.get("level", "OFF"),
        "includeExecutionData": bool(found.get("includeExecutionData", False)),
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": each["cloudWatchLogsLogGroup"]["logGroupArn"]}}
            for each in found.get("destinations") or ()
        ],
    }


def version_arns(machine_arn: str, clients: Clients) -> list[str]:
    """The ARNs of a state machine's versions, the newest first."""
    return clients.once(("versions", machine_arn), lambda: _version_arns(machine_arn, clients))


def _version_arns(machine_arn: str, clients: Clients) -> list[str]:
    states = clients.client("stepfunctions")
    arns: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = states.list_state_machine_versions(stateMachineArn=machine_arn, **token)
        arns += [each["stateMachineVersionArn"] for each in page["stateMachineVersions"]]
        if not page.get("nextToken"):
            return sorted(arns, key=number_of, reverse=True)
        token = {"nextToken": page["nextToken"]}


def described_version(arn: str, clients: Clients) -> Version:
    """What a version holds."""
    return clients.once(("version", arn), lambda: _described_version(arn, clients))


def _described_version(arn: str, clients: Clients) -> Version:
    found = clients.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    definition = json.loads(found["definition"])
    said = _DESCRIPTION.fullmatch(found.get("description") or "")
    return Version(
        arn=arn,
        build=build_hash(definition, found["roleArn"], logging_of(found)),
        definition=definition,
        created=found["creationDate"],
        policy=said["policy"] if said else None,
        deployment=(said["at"] or None) if said else None,
    )


def newest_version(machine_arn: str, clients: Clients) -> Version | None:
    """The newest version of a state machine; None where it has none, or is not there."""
    arns = version_arns(machine_arn, clients) if used_by_machine(machine_arn, clients) else []
    return described_version(arns[0], clients) if arns else None


def version_holding(build: str, machine_arn: str, clients: Clients) -> str:
    """The ARN of the newest version, which holds a build.

    Raises:
        DeployError: KF503, it does not hold it: AWS may take a moment to list a version that it has just published.
    """
    newest = newest_version(machine_arn, clients)
    if newest is None or newest.build != build:
        raise DeployError(Diagnostic("KF503", f"{NOT_LISTED} of {machine_arn} that holds the build {build}"))
    return newest.arn


def routing(alias_arn: str, clients: Clients) -> dict[str, int] | None:
    """The versions that an alias leads to, by ARN, and the share of each in percent; None where there is no alias."""
    return clients.once(("routing", alias_arn), lambda: _routing(alias_arn, clients))


def _routing(alias_arn: str, clients: Clients) -> dict[str, int] | None:
    states = clients.client("stepfunctions")
    try:
        found = states.describe_state_machine_alias(stateMachineAliasArn=alias_arn)
    except (
        states.exceptions.ResourceNotFound,
        states.exceptions.StateMachineDoesNotExist,
        states.exceptions.ValidationException,  # LocalStack's answer: the ARN itself is always well made
    ):
        return None
    routes = found.get("routingConfiguration", ())
    return {each["stateMachineVersionArn"]: each["weight"] for each in routes if each["weight"]}


def weights(shares: Mapping[str, int]) -> list[dict[str, Any]]:
    """Shares in the form that AWS wants."""
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in shares.items() if weight]


def lead(alias_arn: str, shares: Mapping[str, int], clients: Clients) -> None:
    """Leads the callers of an alias to versions, by ARN, each for its share in percent."""
    clients.client("stepfunctions").update_state_machine_alias(
        stateMachineAliasArn=alias_arn, routingConfiguration=weights(shares)
    )


def running(machine_arn: str, clients: Clients, *, besides: str | None = None) -> int:
    """How many executions of a STANDARD state machine run: all, or those on another version than one, or on none."""
    states = clients.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine_arn, statusFilter="RUNNING")
    versions = [each.get("stateMachineVersionArn") for page in pages for each in page["executions"]]
    return sum(besides is None or version != besides for version in versions)


def used_by_machine(machine_arn: str, clients: Clients) -> str | None:
    """Why what belongs to a state machine stays: the state machine is there. None where it is not, or is going."""
    if not machine_arn:
        return None
    return clients.once(("use", machine_arn), lambda: _used_by_machine(machine_arn, clients))


def _used_by_machine(machine_arn: str, clients: Clients) -> str | None:
    states = clients.client("stepfunctions")
    try:
        found = states.describe_state_machine(stateMachineArn=machine_arn)
    except states.exceptions.StateMachineDoesNotExist:
        return None
    return None if found.get("status") == "DELETING" else "its state machine is there"
