"""Going back: the alias and the API's stage lead to what they led to before, and roles allow it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.alias import ALIAS, Alias, alias_arn
from keyflow.deploy.permissions import end_of, endless
from keyflow.deploy.plan import Plan, plan_deployment
from keyflow.deploy.resource import Found, Phase, Resource, Work
from keyflow.deploy.rest_api import RestApi, Served
from keyflow.deploy.role import EARLIER, Role, inline_policies, put_policy
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.target import Clients, Target, aws_errors
from keyflow.deploy.versions import Version, described_version, lead, number_of, routing, version_arns
from keyflow.diagnostics import Diagnostic, ProjectError


@dataclass(frozen=True, kw_only=True)
class Reopened(Resource):
    """What earlier definitions are allowed, without the end that it had."""

    kind: ClassVar[str] = "earlier permissions of role"
    phase: ClassVar[Phase] = Phase.WIDEN
    services: ClassVar[tuple[str, ...]] = ("iam",)

    def wanted(self) -> Mapping[str, Any]:
        return {"end": None}

    def read(self, clients: Clients) -> Found | None:
        earlier = inline_policies(self.name, clients).get(EARLIER)
        return {"end": None if earlier is None else end_of(earlier), "tags": self.tags}

    def create(self, work: Work) -> None:
        """A role that is not there has nothing to be given back."""

    def update(self, work: Work, found: Found) -> None:
        earlier = inline_policies(self.name, work.clients)[EARLIER]
        put_policy(self.name, EARLIER, endless(earlier), work.clients)

    def delete(self, work: Work) -> None:
        """It goes with its role."""


@dataclass(frozen=True, kw_only=True)
class LedBack(Alias):
    """An alias that leads to one given version."""

    version: int

    def wanted(self) -> Mapping[str, Any]:
        return {"versions": {str(self.version): 100}}

    def update(self, work: Work, found: Found) -> None:
        lead(self.arn, {f"{self.machine_arn}:{self.version}": 100}, work.clients)


@dataclass(frozen=True, kw_only=True)
class StageBack(Resource):
    """A stage of an API that serves one given deployment."""

    kind: ClassVar[str] = "stage of REST API"
    phase: ClassVar[Phase] = Phase.ROUTE
    services: ClassVar[tuple[str, ...]] = ("apigateway",)
    api_id: str
    stage: str
    served: str

    def wanted(self) -> Mapping[str, Any]:
        return {"deployment": self.served}

    def read(self, clients: Clients) -> Found | None:
        stage = clients.client("apigateway").get_stage(restApiId=self.api_id, stageName=self.stage)
        return {"deployment": stage["deploymentId"], "tags": self.tags}

    def create(self, work: Work) -> None:
        """A stage that is not there served nothing before."""

    def update(self, work: Work, found: Found) -> None:
        work.clients.client("apigateway").update_stage(
            restApiId=self.api_id,
            stageName=self.stage,
            patchOperations=[{"op": "replace", "path": "/deploymentId", "value": self.served}],
        )

    def delete(self, work: Work) -> None:
        """It goes with its API."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that can go back: the moment of its newest deployment, and what leads it back."""

    moment: str | None
    resources: tuple[Resource, ...]


def plan_rollback(
    found: Iterable[Resource], target: Target, clients: Clients, *, names: Sequence[str] = (), to: int | None = None
) -> Plan:
    """What leads a stage back to what it served before.

    Args:
        found: What the project has in the stage: `deployed_resources`.
        target: The stage.
        clients: The clients that lead there.
        names: The workflows and APIs that go back; with none, those that the latest deployment has changed.
        to: The version that the workflow goes back to; with none, the one before that which is served.

    Raises:
        ProjectError: KF516, there is nothing to go back to.
        DeployError: KF503 or KF504, AWS refused or could not be reached.
    """
    found = tuple(found)
    with aws_errors():
        steps = [*_machine_steps(found, clients, to), *_api_steps(found, target, clients)]
    if not names:
        latest = max((step.moment for step in steps if step.moment), default=None)
        steps = [step for step in steps if step.moment is not None and step.moment == latest]
    resources = [resource for step in steps for resource in step.resources]
    if not resources:
        what = " ".join(names) if names else f"the stage {target.stage}"
        message = f"there is nothing that {what} could go back to"
        hint = "deploy the definitions as they were: `git checkout REVISION && keyflow deploy`"
        raise ProjectError(Diagnostic("KF516", message, hint=hint))
    return plan_deployment(resources, clients)


def _machine_steps(found: Iterable[Resource], clients: Clients, to: int | None) -> Iterator[_Step]:
    roles = {each.machine_arn: each for each in found if isinstance(each, Role)}
    for machine in found:
        if not isinstance(machine, DeployedStateMachine):
            continue
        shares = routing(alias_arn(machine.arn), clients)
        if not shares:
            continue
        served = max(shares, key=lambda arn: shares[arn])
        earlier = _earlier(machine, served, clients, to)
        if earlier is None:
            continue
        led = LedBack(
            f"{machine.name}:{ALIAS}",
            machine.tags,
            machine_arn=machine.arn,
            build=earlier.build,
            version=earlier.number,
        )
        role = roles.get(machine.arn)
        reopened = (Reopened(role.name, role.tags),) if role is not None else ()
        yield _Step(described_version(served, clients).deployment, (*reopened, led))


def _earlier(machine: DeployedStateMachine, served: str, clients: Clients, to: int | None) -> Version | None:
    """The version that a state machine goes back to; None where there is none."""
    arns = version_arns(machine.arn, clients)
    if to is None:
        before = [arn for arn in arns if number_of(arn) < number_of(served)]
        return described_version(before[0], clients) if before else None
    chosen = [arn for arn in arns if number_of(arn) == to]
    if not chosen:
        kept = ", ".join(str(number_of(arn)) for arn in reversed(arns))
        message = f"{machine.title} has no version {to}"
        raise ProjectError(Diagnostic("KF516", message, hint=f"there are {kept}"))
    return described_version(chosen[0], clients)


def _api_steps(found: Iterable[Resource], target: Target, clients: Clients) -> Iterator[_Step]:
    roles = {each.name: each for each in found if isinstance(each, Role) and not each.machine_arn}
    gateway = clients.client("apigateway")
    for api in found:
        if not isinstance(api, RestApi):
            continue
        api_id = api.api_id(clients)
        if api_id is None:
            continue
        served, before = _deployments(gateway, api_id, target.stage)
        if before is None:
            continue
        back = StageBack(api.name, api.tags, api_id=api_id, stage=target.stage, served=before["id"])
        role = roles.get(f"{api.name}-{target.region}")
        said = Served.read(served)
        reopened = (Reopened(role.name, role.tags),) if role is not None else ()
        yield _Step(said.deployment if said else None, (*reopened, back))


def _deployments(gateway: Any, api_id: str, stage: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """The deployment that a stage serves, and the one before it that keyflow made."""
    current = gateway.get_stage(restApiId=api_id, stageName=stage)["deploymentId"]
    pages = gateway.get_paginator("get_deployments").paginate(restApiId=api_id)
    every = sorted((each for page in pages for each in page["items"]), key=_moment)
    served = next(each for each in every if each["id"] == current)
    before = [each for each in every[: every.index(served)] if Served.read(each) is not None]
    return served, before[-1] if before else None


def _moment(described: Mapping[str, Any]) -> tuple[datetime, str]:
    """When a deployment of an API was made, by AWS and then by keyflow, whose moments are more exact.

    AWS's are whole seconds: https://docs.aws.amazon.com/cli/latest/reference/apigateway/get-deployments.html
    """
    said = Served.read(described)
    return described["createdDate"], (said and said.deployment) or ""
