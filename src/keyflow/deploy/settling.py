"""What a deployment had to leave, because something ran on it: it goes when nothing does any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.deploy.alias import alias_arn
from keyflow.deploy.narrowing import Narrowing
from keyflow.deploy.permissions import allowed, end_of, endless, policy_hash
from keyflow.deploy.plan import Plan, plan_deployment
from keyflow.deploy.resource import Found, Resource, Work
from keyflow.deploy.role import EARLIER, Role, inline_policies
from keyflow.deploy.state_machine import DeployedStateMachine
from keyflow.deploy.target import Clients
from keyflow.deploy.versions import described_version, routing, version_arns
from keyflow.durations import moment


@dataclass(frozen=True, kw_only=True)
class Settling(Narrowing):
    """What a role is allowed for earlier versions alone goes, and with it the versions that cannot run without it."""

    def wanted(self) -> Mapping[str, Any]:
        return {"earlier": None}

    def read(self, clients: Clients) -> Found | None:
        iam = clients.client("iam")
        try:
            earlier = inline_policies(self.name, clients).get(EARLIER)
        except iam.exceptions.NoSuchEntityException:
            return None
        listed = None if earlier is None else sorted(map(str, allowed(endless(earlier))))
        return {"earlier": listed, "tags": self.tags}

    def update(self, work: Work, found: Found) -> None:
        earlier = inline_policies(self.name, work.clients)[EARLIER]
        used = self.still_needed(work)
        if used is not None:
            work.say(f"role {self.name} keeps what earlier versions need: {used}")
            return
        end = end_of(earlier)
        if end is None and self.type != "STANDARD":
            self._end(earlier, work)
            return
        if end is not None and end > work.clients.clock(work.now):
            work.say(f"role {self.name} keeps what earlier versions need until {moment(end)}")
            return
        self._forget_versions(work)
        self.delete(work)

    def _forget_versions(self, work: Work) -> None:
        """Versions that need more than the role is allowed from now on: nobody could go back to them."""
        if not self.machine_arn:
            return
        needed = policy_hash(self.policy)
        served = routing(self.alias_arn, work.clients) or {}
        for arn in version_arns(self.machine_arn, work.clients)[1:]:
            if arn not in served and described_version(arn, work.clients).policy != needed:
                work.clients.client("stepfunctions").delete_state_machine_version(stateMachineVersionArn=arn)


def plan_settling(found: Iterable[Resource], clients: Clients, leftovers: Iterable[Resource] = ()) -> Plan:
    """What can be taken away of what earlier deployments left.

    Args:
        found: What the project has in the stage: `deployed_resources`.
        clients: The clients that lead there.
        leftovers: Of it what no definition asks for any more.

    Raises:
        DeployError: KF503 or KF504, AWS refused or could not be reached.
    """
    found, leftovers = tuple(found), tuple(leftovers)
    left = {(each.kind, each.name) for each in leftovers}
    types = {each.arn: each.type for each in found if isinstance(each, DeployedStateMachine)}
    settled = [
        Settling(
            role.name,
            role.tags,
            policy=role.policy,
            machine_arn=role.machine_arn if role.machine_arn in types else "",
            type=types.get(role.machine_arn, ""),
            alias_arn=alias_arn(role.machine_arn) if role.machine_arn else "",
        )
        for role in found
        if isinstance(role, Role) and (role.kind, role.name) not in left
    ]
    return plan_deployment(settled, clients, leftovers=leftovers)
