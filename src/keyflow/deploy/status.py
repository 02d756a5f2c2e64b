"""What a stage serves now: versions and their shares, what runs on earlier ones, and what was changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.alias import Alias
from keyflow.deploy.permissions import allowed, end_of, endless, policy_hash
from keyflow.deploy.plan import Plan
from keyflow.deploy.resource import Action, Change, Resource
from keyflow.deploy.role import EARLIER, POLICY
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.target import Clients, aws_errors
from keyflow.deploy.versions import (
    Version,
    described_version,
    number_of,
    routing,
    running,
    version_arns,
)
from keyflow.durations import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A state machine of a stage: `what` is served, and `notes` on it; `versions` are shares in percent by number."""

    name: str
    what: str
    versions: dict[str, int]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"name": self.name, "served": self.what, "versions": self.versions, "notes": list(self.notes)}


def served_by(resources: Iterable[Resource], plan: Plan, clients: Clients) -> tuple[Served, ...]:
    """What the state machines among the resources serve.

    Raises:
        DeployError: KF503 or KF504, AWS refused or could not be reached.
    """
    resources = tuple(resources)
    changes = {(change.resource.kind, change.resource.name): change for change in plan}
    aliases = {each.machine_arn: each for each in resources if isinstance(each, Alias)}
    with aws_errors():
        return tuple(
            _served(machine, aliases.get(machine.arn), changes, clients)
            for machine in resources
            if isinstance(machine, DeployedStateMachine)
        )


_Changes = dict[tuple[str, str], Change]


def _served(machine: DeployedStateMachine, alias: Alias | None, changes: _Changes, clients: Clients) -> Served:
    change = changes[machine.kind, machine.name]
    if change.found is None:
        return Served(name=machine.name, what="not deployed", versions={}, notes=())
    arns = version_arns(machine.arn, clients)
    newest = described_version(arns[0], clients) if arns else None
    shares = (routing(alias.arn, clients) or {}) if alias is not None else {}
    split = ", ".join(_share(arn, share, clients) for arn, share in sorted(shares.items()))
    return Served(
        name=machine.name,
        what=split or f"{machine.type}, called without a version",
        versions={str(number_of(arn)): share for arn, share in shares.items()},
        notes=tuple(_notes(machine, change, newest, changes, clients)),
    )


def _share(arn: str, share: int, clients: Clients) -> str:
    version = described_version(arn, clients)
    when = f", deployed {version.deployment[: len('2026-01-01T00:00:00')]}Z" if version.deployment else ""
    part = "" if share == 100 else f"{share} % of the callers: "
    return f"{part}version {version.number} (build {version.build}{when})"


def _notes(
    machine: DeployedStateMachine, change: Change, newest: Version | None, changes: _Changes, clients: Clients
) -> Iterator[str]:
    if change.found is not None and not change.found["published"]:
        yield "the definition was changed by hand: no version holds it"
    if newest is not None and newest.policy is None:
        yield f"version {newest.number} was not published by keyflow"
    if machine.type == "STANDARD" and newest is not None:
        count = running(machine.arn, clients, besides=newest.arn)
        if count:
            yield f"{count} executions of earlier versions run"
    for (kind, name), other in changes.items():
        if kind == "role" and other.found is not None and _is_of(other, machine):
            yield from _role_notes(name, other, newest)


def _is_of(change: Change, machine: DeployedStateMachine) -> bool:
    return getattr(change.resource, "machine_arn", "") == machine.arn


def _role_notes(name: str, change: Change, newest: Version | None) -> Iterator[str]:
    found = change.found or {}
    policy, earlier = found["policies"].get(POLICY), found["policies"].get(EARLIER)
    published = None if newest is None else newest.policy
    if policy is not None and published not in (None, policy_hash(policy)) and change.action is Action.UPDATE:
        yield f"the policy of role {name} is not the one that the newest version was published with"
    if earlier is not None:
        end = end_of(earlier)
        what = ", ".join(sorted(map(str, allowed(endless(earlier)))))
        until = "" if end is None else f" until {moment(end)}"
        yield f"role {name} allows earlier versions {what}{until}"
    for arn in found["attached"]:
        yield f"{arn} was attached to role {name} by hand"
