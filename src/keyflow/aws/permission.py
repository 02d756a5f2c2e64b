"""A permission as data, and the policy that permissions make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, field
from typing import Any

from keyflow.dataclass import dataclass

_Where = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """One IAM action on one resource, where each key of the request's context is like the value beside it.

    Resources are written with CloudFormation's pseudo parameters (`${AWS::Region}`), which a deployment replaces.
    `wide` says why the resource is wider than the one thing that the call is about; empty where it is not.
    `inherent` tells that IAM knows no narrower one.
    """

    action: str
    resource: str
    _: KW_ONLY
    where: _Where = ()
    wide: str = field(default="", compare=False)
    inherent: bool = field(default=False, compare=False)


def policy_document(granted: Iterable[Permission]) -> Mapping[str, Any]:
    """The policy that allows exactly these permissions; actions on the same resources share a statement.

    A resource that another one of the same action covers is left out: `*` covers all.
    """
    resources: dict[tuple[str, _Where], set[str]] = {}
    for permission in granted:
        resources.setdefault((permission.action, permission.where), set()).add(permission.resource)
    statements: dict[tuple[tuple[str, ...], _Where], list[str]] = {}
    for action, where in sorted(resources):
        targets = resources[action, where]
        narrowed = {"*"} if "*" in targets else targets
        statements.setdefault((tuple(sorted(narrowed)), where), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": list(targets), **_condition(where)}
            for (targets, where), actions in statements.items()
        ],
    }


def _condition(where: _Where) -> Mapping[str, Any]:
    return {"Condition": {"StringLike": dict(where)}} if where else {}


LOG_DELIVERY = tuple(
    Permission(f"logs:{action}", "*")
    for action in (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
)
"""What a state machine's role needs to write logs; these actions know no resource.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
"""
