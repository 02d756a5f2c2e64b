"""What policies allow, as sets: what one of them allows beyond another, and until when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from keyflow.dataclass import dataclass

Policy = Mapping[str, Any]

_END = {"DateLessThan": "aws:CurrentTime"}
_OPERATOR, _KEY = next(iter(_END.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One action on one resource under a condition, which is JSON text."""

    effect: str
    action: str
    resource: str
    condition: str = ""

    def __str__(self) -> str:
        denied = "" if self.effect == "Allow" else "deny "
        where = f" where {self.condition}" if self.condition else ""
        return f"{denied}{self.action} on {self.resource}{where}"


def allowed(policy: Policy | None) -> frozenset[Allowed]:
    """What a policy says, an entry for each action on each resource."""
    if policy is None:
        return frozenset()
    return frozenset(
        Allowed(
            effect=statement.get("Effect", "Allow"),
            action=action,
            resource=resource,
            condition=json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else "",
        )
        for statement in _listed(policy.get("Statement", ()))
        for action in _listed(statement.get("Action", ()))
        for resource in _listed(statement.get("Resource", ()))
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def policy_of(entries: Iterable[Allowed]) -> Policy:
    """The policy that says exactly this; actions on the same resources share a statement."""
    resources: dict[tuple[str, str, str], list[str]] = {}
    for each in sorted(entries, key=lambda each: (each.effect, each.condition, each.action, each.resource)):
        resources.setdefault((each.effect, each.condition, each.action), []).append(each.resource)
    statements: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (effect, condition, action), targets in resources.items():
        statements.setdefault((effect, condition, tuple(targets)), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": effect,
                "Action": actions,
                "Resource": list(targets),
                **({"Condition": json.loads(condition)} if condition else {}),
            }
            for (effect, condition, targets), actions in statements.items()
        ],
    }


def ending(policy: Policy, moment: float) -> Policy:
    """The same policy, which allows nothing from a moment on (seconds since 1970).

    Source: `aws:CurrentTime` stands in the context of every request,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
    """
    when = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    statements = [
        {**statement, "Condition": {**statement.get("Condition", {}), _OPERATOR: {_KEY: when}}}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": statements}


def end_of(policy: Policy) -> float | None:
    """The moment from which a policy allows nothing (seconds since 1970); None where it has no end."""
    ends = [statement.get("Condition", {}).get(_OPERATOR, {}).get(_KEY) for statement in _listed(policy["Statement"])]
    if not ends or any(end is None for end in ends):
        return None
    return max(datetime.fromisoformat(end).timestamp() for end in ends)


def endless(policy: Policy) -> Policy:
    """The same policy without its end."""
    statements = []
    for statement in _listed(policy["Statement"]):
        condition = {key: value for key, value in statement.get("Condition", {}).items() if key != _OPERATOR}
        rest = {key: value for key, value in statement.items() if key != "Condition"}
        statements.append({**rest, "Condition": condition} if condition else rest)
    return {**policy, "Statement": statements}


def policy_hash(policy: Policy) -> str:
    """What tells a policy from others: 12 hexadecimal digits of what it says, whatever its order."""
    import hashlib

    text = "\n".join(sorted(str(each) for each in allowed(policy)))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
