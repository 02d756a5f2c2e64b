"""The end of what earlier definitions are allowed: after everything else, when nothing runs on them any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import EXPRESS_SECONDS
from keyflow.dataclass import dataclass
from keyflow.deploy.permissions import Policy, allowed, end_of, ending
from keyflow.deploy.resource import Found, Phase, Resource, Work
from keyflow.deploy.role import EARLIER, POLICY, attached_policies, changed_by_hand, inline_policies, put_policy
from keyflow.deploy.target import Clients
from keyflow.deploy.versions import number_of, routing, running, version_arns
from keyflow.durations import moment

_SPREAD_SECONDS = 60
"""How long a change of an alias, of a stage or of a policy takes at most to reach every part of AWS."""
_ALIAS_SECONDS = 5
"""For so long, new executions may begin on the version that an alias led to before.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
"""


@dataclass(frozen=True, kw_only=True)
class Narrowing(Resource):
    """What a role is allowed beyond the newest definition; also what was added to the role by hand.

    `machine_arn` and `type` are of the state machine that has the role, and empty for an API's role; `alias_arn` of its
    alias, where callers come by one. What no call lists ends within so many `seconds`: an Express execution, a request.
    """

    kind: ClassVar[str] = "earlier permissions of role"
    phase: ClassVar[Phase] = Phase.NARROW
    services: ClassVar[tuple[str, ...]] = ("iam", "stepfunctions")
    settles: ClassVar[bool] = True
    policy: Policy
    machine_arn: str = ""
    type: str = ""
    alias_arn: str = ""
    seconds: int = EXPRESS_SECONDS

    def wanted(self) -> Mapping[str, Any]:
        return {"beyond": [], "attached": [], "inline": []}

    def read(self, clients: Clients) -> Found | None:
        """`beyond` lists what is allowed without an end; `attached` and `inline` the policies of other hands."""
        iam = clients.client("iam")
        try:
            policies = inline_policies(self.name, clients)
        except iam.exceptions.NoSuchEntityException:
            return None
        earlier = policies.get(EARLIER)
        open_ended = allowed(earlier) if earlier is not None and end_of(earlier) is None else frozenset()
        newest = policies.get(POLICY)
        by_hand = changed_by_hand(newest, self.policy, self.machine_arn, clients)
        beyond = (open_ended | allowed(None if by_hand else newest)) - allowed(self.policy)
        return {
            "beyond": sorted(map(str, beyond)),
            "attached": list(attached_policies(self.name, clients)),
            "inline": sorted(policies.keys() - {POLICY, EARLIER}),
            "tags": self.tags,
        }

    def create(self, work: Work) -> None:
        """A role that is not there yet has nothing to lose."""

    def update(self, work: Work, found: Found) -> None:
        iam = work.clients.client("iam")
        for arn in attached_policies(self.name, work.clients):
            iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)
        policies = inline_policies(self.name, work.clients)
        for name in sorted(policies.keys() - {POLICY, EARLIER}):
            iam.delete_role_policy(RoleName=self.name, PolicyName=name)
        earlier = policies.get(EARLIER)
        if earlier is not None and end_of(earlier) is None:
            self._end(earlier, work)

    def _end(self, earlier: Policy, work: Work) -> None:
        used = self.still_needed(work)
        what = ", ".join(sorted(map(str, allowed(earlier))))
        if used is not None:
            work.say(f"role {self.name} keeps {what}: {used}; `keyflow settle` takes it away later")
            return
        end = work.clients.clock(work.now) + self.seconds + _SPREAD_SECONDS
        put_policy(self.name, EARLIER, ending(earlier, end), work.clients)
        work.say(f"role {self.name} keeps {what} until {moment(end)}, for what began before")

    def still_needed(self, work: Work) -> str | None:
        """Who needs what earlier definitions are allowed; None where nobody does, or only for a known time."""
        if not self.machine_arn:
            return None
        newest = next(iter(version_arns(self.machine_arn, work.clients)), "")
        served = routing(self.alias_arn, work.clients) if self.alias_arn else None
        earlier = sorted(number_of(arn) for arn in served or {} if arn != newest)
        if earlier:
            return f"version {' and '.join(map(str, earlier))} is served"
        if self.type != "STANDARD":
            return None
        work.sleep(_ALIAS_SECONDS)
        count = running(self.machine_arn, work.clients, besides=newest)
        return f"{count} executions of earlier versions run" if count else None

    def delete(self, work: Work) -> None:
        """Takes away what only earlier definitions need, whether it has ended or not."""
        work.clients.client("iam").delete_role_policy(RoleName=self.name, PolicyName=EARLIER)
