"""How many versions of a state machine are kept to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Found, Phase, Resource, Work
from keyflow.deploy.target import Clients
from keyflow.deploy.versions import routing, used_by_machine, version_arns


@dataclass(frozen=True, kw_only=True)
class Pruning(Resource):
    """The oldest versions beyond the number that is kept; one that is served is never among them.

    Deleting a version does not end the executions that run on it.
    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
    """

    kind: ClassVar[str] = "old versions of state machine"
    phase: ClassVar[Phase] = Phase.NARROW
    services: ClassVar[tuple[str, ...]] = ("stepfunctions",)
    settles: ClassVar[bool] = True
    machine_arn: str
    alias_arn: str
    kept: int

    def wanted(self) -> Mapping[str, Any]:
        return {"beyond": []}

    def read(self, clients: Clients) -> Found | None:
        if not used_by_machine(self.machine_arn, clients):
            return None
        arns = version_arns(self.machine_arn, clients)
        served = routing(self.alias_arn, clients) or {} if len(arns) > self.kept else {}
        return {"beyond": [arn for arn in arns[self.kept :] if arn not in served], "tags": self.tags}

    def create(self, work: Work) -> None:
        """A state machine that is not there yet has no versions."""

    def update(self, work: Work, found: Found) -> None:
        states = work.clients.client("stepfunctions")
        now = self.read(work.clients)
        for arn in reversed(now["beyond"] if now else ()):
            states.delete_state_machine_version(stateMachineVersionArn=arn)

    def delete(self, work: Work) -> None:
        """AWS deletes a state machine's versions with it."""
