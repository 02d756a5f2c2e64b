"""The alias of a state machine: which of its versions is served.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from keyflow.dataclass import dataclass
from keyflow.deploy.canary import Canary
from keyflow.deploy.resource import Found, Phase, Resource, Work
from keyflow.deploy.target import Clients
from keyflow.deploy.versions import described_version, lead, routing, version_holding, weights

ALIAS = "live"
"""The alias that routes and other workflows call."""


def alias_arn(machine_arn: str) -> str:
    """The ARN of a state machine's alias."""
    return f"{machine_arn}:{ALIAS}"


@dataclass(frozen=True, kw_only=True)
class Alias(Resource):
    """The alias, which leads to the version that holds the wanted `build`.

    With a `canary` it does so in two steps, unless one of the alarms that are `watched` goes off. An alias has no tags:
    it is as much keyflow's as its state machine.
    """

    kind: ClassVar[str] = "alias"
    phase: ClassVar[Phase] = Phase.SERVE
    services: ClassVar[tuple[str, ...]] = ("stepfunctions",)
    machine_arn: str
    build: str
    canary: Canary | None = None
    watched: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """The alias' ARN."""
        return alias_arn(self.machine_arn)

    def wanted(self) -> Mapping[str, Any]:
        return {"build": self.build}

    def read(self, clients: Clients) -> Found | None:
        """`build` is what the version holds, where the alias leads to one; else each version's share in percent."""
        shares = routing(self.arn, clients)
        if shares is None:
            return None
        numbers = {arn.rpartition(":")[2]: share for arn, share in shares.items()}
        if len(shares) != 1:
            split = " and ".join(f"{share} % version {number}" for number, share in sorted(numbers.items()))
            return {"build": split, "versions": numbers, "tags": self.tags}
        (version,) = shares
        states = clients.client("stepfunctions")
        try:
            build = described_version(version, clients).build
        except states.exceptions.StateMachineDoesNotExist:  # LocalStack keeps the alias of a state machine that is gone
            build = None
        return {"build": build, "versions": numbers, "tags": self.tags}

    def is_certain(self, found: Found) -> bool:
        """An alias whose version is gone leads to another when there is one of that number again."""
        return found["build"] is not None

    def create(self, work: Work) -> None:
        newest = self.wanted_version(work.clients)
        work.clients.client("stepfunctions").create_state_machine_alias(
            name=ALIAS, description="Made by keyflow", routingConfiguration=weights({newest: 100})
        )

    def update(self, work: Work, found: Found) -> None:
        lead(self.arn, {self.wanted_version(work.clients): 100}, work.clients)

    def wanted_version(self, clients: Clients) -> str:
        """The ARN of the version that holds the wanted build.

        Raises:
            DeployError: KF503, AWS does not list it yet.
        """
        return version_holding(self.build, self.machine_arn, clients)

    def delete(self, work: Work) -> None:
        work.clients.client("stepfunctions").delete_state_machine_alias(stateMachineAliasArn=self.arn)
