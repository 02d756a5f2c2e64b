"""The IAM roles: the execution's, and the one that API Gateway calls AWS with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keyflow.asl.quotas import ROLE_NAME_CHARACTERS, ROLE_POLICY_CHARACTERS
from keyflow.dataclass import dataclass
from keyflow.deploy.resource import Resource, Size, tag_list
from keyflow.deploy.target import Clients, Target

_POLICY = "keyflow"


def role_name(name: str, target: Target) -> str:
    """The role's name: IAM is global, so the region is part of it; a long one ends in a hash instead."""
    full = f"{name}-{target.stage}-{target.region}"
    if len(full) <= ROLE_NAME_CHARACTERS:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:10]
    return f"{full[: ROLE_NAME_CHARACTERS - 11]}-{digest}"


@dataclass(frozen=True)
class Role(Resource):
    """A role that one AWS service may take, with one inline policy.

    With `source_account`, the service may take it for that account only. Step Functions documents the condition
    (https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html); API Gateway documents none,
    and a condition on what it does not send would keep it from taking the role at all.
    """

    kind: ClassVar[str] = "role"
    principal: str
    policy: Mapping[str, Any]
    source_account: str | None = None

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
        size = len(json.dumps(self.policy, separators=(",", ":")))
        yield Size(
            "characters in its inline policy",
            size,
            ROLE_POLICY_CHARACTERS,
            "split the workflow, or name fewer single resources",
        )

    def wanted(self) -> Mapping[str, Any]:
        return {"trust": self.trust, "policy": self.policy}

    def read(self, clients: Clients) -> Mapping[str, Any] | None:
        iam = clients.client("iam")
        try:
            role = iam.get_role(RoleName=self.name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        try:
            policy = iam.get_role_policy(RoleName=self.name, PolicyName=_POLICY)["PolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            policy = None
        tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
        return {"trust": role["AssumeRolePolicyDocument"], "policy": policy, "tags": tags}

    def create(self, clients: Clients) -> None:
        clients.client("iam").create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=json.dumps(self.trust),
            Description="Made by keyflow",
            Tags=tag_list(self.tags),
        )
        self._put_policy(clients)

    def update(self, clients: Clients) -> None:
        clients.client("iam").update_assume_role_policy(RoleName=self.name, PolicyDocument=json.dumps(self.trust))
        self._put_policy(clients)

    def _put_policy(self, clients: Clients) -> None:
        clients.client("iam").put_role_policy(
            RoleName=self.name, PolicyName=_POLICY, PolicyDocument=json.dumps(self.policy)
        )

    def delete(self, clients: Clients) -> None:
        iam = clients.client("iam")
        for name in iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=self.name, PolicyName=name)
        iam.delete_role(RoleName=self.name)
