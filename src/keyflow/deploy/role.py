"""The IAM roles: the execution's, and the one that API Gateway calls AWS with.

A role has one inline policy, `keyflow`: what the newest definition needs. While an earlier one may run, or can be gone
back to, a second one, `keyflow-earlier`, holds what earlier ones need beyond it. So what runs never loses a permission,
and what an earlier one needed ends by a date in the policy itself, or when nothing runs on it any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import ROLE_NAME_CHARACTERS, ROLE_POLICY_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.permissions import Policy, allowed, endless, policy_hash, policy_of
from keyflow.deploy.resource import Found, Phase, Resource, Size, Work, tag_list, tags_in
from keyflow.deploy.target import Clients, Target
from keyflow.deploy.versions import newest_version, used_by_machine

POLICY = "keyflow"
EARLIER = "keyflow-earlier"
MADE_BY = "Made by keyflow"
FULL_NAME_TAG = "keyflow:role"
"""Holds a role's name before it was cut: whose it is, in which region."""


def role_name(name: str, target: Target) -> str:
    """The role's name: IAM is global, so the region is part of it; a long one ends in a hash instead."""
    full = full_role_name(name, target)
    if len(full) <= ROLE_NAME_CHARACTERS:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:10]
    return f"{full[: ROLE_NAME_CHARACTERS - 11]}-{digest}"


def full_role_name(name: str, target: Target) -> str:
    """The role's name as it would be if AWS allowed any length."""
    return f"{name}-{target.stage}-{target.region}"


@dataclass(frozen=True, kw_only=True)
class Role(Resource):
    """A role that one AWS service may take, with what it is allowed.

    With `source_account`, the service may take it for that account only. Step Functions documents the condition
    (https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html); API Gateway documents none,
    and a condition on what it does not send would keep it from taking the role at all. `machine_arn` is of the state
    machine that has the role, `full_name` the name before it was cut.
    """

    kind: ClassVar[str] = "role"
    phase: ClassVar[Phase] = Phase.WIDEN
    services: ClassVar[tuple[str, ...]] = ("iam", "stepfunctions")
    principal: str
    policy: Policy
    source_account: str | None = None
    machine_arn: str = ""
    full_name: str = ""

    @property
    def trust(self) -> Mapping[str, Any]:
        """Who may take the role."""
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": self.principal},
            "Action": "sts:AssumeRole",
        }
        if self.source_account is not None:
            statement["Condition"] = {"StringEquals": {"aws:SourceAccount": self.source_account}}
        return {"Version": "2012-10-17", "Statement": [statement]}

    def sizes(self) -> Iterator[Size]:
        """The size that AWS allows a role's inline policies, of which white space does not count.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        """
        yield Size(
            "characters in its inline policy",
            _length(self.policy),
            ROLE_POLICY_CHARACTERS,
            "split the workflow, or name fewer single resources",
        )

    def sizes_beside(self, found: Found) -> Iterator[Size]:
        beyond = self.beyond(found)
        if beyond is not None:
            yield Size(
                "characters in its inline policies while the earlier definition may run",
                _length(self.policy) + _length(beyond),
                ROLE_POLICY_CHARACTERS,
                "`keyflow settle` takes away what earlier versions need; else deploy the change in two steps",
            )

    def beyond(self, found: Found) -> Policy | None:
        """What earlier definitions need beyond the policy; None where it covers them."""
        earlier = found["policies"].get(EARLIER)
        by_definition = None if found["by hand"] else found["policies"].get(POLICY)
        needed = allowed(by_definition) | allowed(endless(earlier) if earlier else None)
        rest = needed - allowed(self.policy)
        return policy_of(rest) if rest else None

    def wanted(self) -> Mapping[str, Any]:
        return {"trust": self.trust, "policy": self.policy}

    def read(self, clients: Clients) -> Found | None:
        """`policies` holds the inline policies by name, `attached` the ARNs of the managed ones.

        `by hand` tells whether the policy is neither what is wanted nor what a version needs.
        """
        iam = clients.client("iam")
        try:
            role = iam.get_role(RoleName=self.name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        policies = inline_policies(self.name, clients)
        return {
            "trust": role["AssumeRolePolicyDocument"],
            "policy": policies.get(POLICY),
            "policies": policies,
            "attached": list(attached_policies(self.name, clients)),
            "by hand": changed_by_hand(policies.get(POLICY), self.policy, self.machine_arn, clients),
            "tags": tags_in(role.get("Tags", ())),
        }

    def create(self, work: Work) -> None:
        work.clients.client("iam").create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=json.dumps(self.trust),
            Description=MADE_BY,
            Tags=tag_list({**self.tags, FULL_NAME_TAG: self.full_name or self.name}),
        )
        put_policy(self.name, POLICY, self.policy, work.clients)

    def update(self, work: Work, found: Found) -> None:
        if found["trust"] != self.trust:
            work.clients.client("iam").update_assume_role_policy(
                RoleName=self.name, PolicyDocument=json.dumps(self.trust)
            )
        if found["policy"] != self.policy:
            self._widen(work, found)

    def _widen(self, work: Work, found: Found) -> None:
        """The policy, and before it what earlier definitions need beyond it: at no moment does one of them lack any."""
        beyond = self.beyond(found)
        if beyond is not None and beyond != found["policies"].get(EARLIER):
            put_policy(self.name, EARLIER, beyond, work.clients)
        put_policy(self.name, POLICY, self.policy, work.clients)

    def delete(self, work: Work) -> None:
        iam = work.clients.client("iam")
        for arn in attached_policies(self.name, work.clients):
            iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)
        for name in inline_policies(self.name, work.clients):
            iam.delete_role_policy(RoleName=self.name, PolicyName=name)
        iam.delete_role(RoleName=self.name)

    def still_used(self, clients: Clients) -> str | None:
        return used_by_machine(self.machine_arn, clients)


def _length(policy: Policy) -> int:
    return len(json.dumps(policy, separators=(",", ":")))


def changed_by_hand(policy: Policy | None, wanted: Policy, machine_arn: str, clients: Clients) -> bool:
    """Whether a policy is a hand's, where the newest version of the state machine needs the one that is wanted."""
    if policy is None or policy == wanted or not machine_arn:
        return False
    newest = newest_version(machine_arn, clients)
    return newest is not None and newest.policy == policy_hash(wanted)


def put_policy(role: str, name: str, policy: Policy, clients: Clients) -> None:
    """Writes an inline policy of a role."""
    clients.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


def inline_policies(role: str, clients: Clients) -> dict[str, Policy]:
    """A role's inline policies by name."""
    iam = clients.client("iam")

    def read() -> dict[str, Policy]:
        pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
        names = [name for page in pages for name in page["PolicyNames"]]
        return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}

    return clients.once(("inline policies", role), read)


def attached_policies(role: str, clients: Clients) -> tuple[str, ...]:
    """The ARNs of the managed policies that are attached to a role."""
    iam = clients.client("iam")

    def read() -> tuple[str, ...]:
        pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
        return tuple(sorted(each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]))

    return clients.once(("attached policies", role), read)
