"""Two policies, by what they grant: how statements are grouped, named and ordered says nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl.fields import ABSENT, JSON
from keyflow.differences.edit import Edit, Kind, Thing
from keyflow.differences.members import Place, key, value_differences

_PARTS = ("Action", "NotAction", "Resource", "NotResource")
"""The elements of a statement whose lists mean each of their texts.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""


def policy_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Edit, ...]:
    """How two policies differ: an edit for each action on each resource that is granted, or denied, on one side only.

    Statements with lists are taken apart, so that it does not matter how they are grouped. `Sid` says nothing.
    """
    return tuple(_differences(before, after))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    rest = [{name: value for name, value in each.items() if name != "Statement"} for each in (before, after)]
    yield from value_differences(Place(Thing.DOCUMENT), *rest)
    old, new = _grants(before), _grants(after)
    for each, grant in new.items():
        if each not in old:
            yield Place(Thing.GRANT, (_text(grant),)).edit(Kind.ADDED, ABSENT, grant)
    for each, grant in old.items():
        if each not in new:
            yield Place(Thing.GRANT, (_text(grant),)).edit(Kind.REMOVED, grant, ABSENT)


def _grants(policy: Mapping[str, Any]) -> dict[str, JSON]:
    """Each action on each resource, by a key of its own."""
    statements = policy.get("Statement", [])
    found = (grant for each in _listed(statements) for grant in _expanded(each))
    return {key(grant): grant for grant in found}


def _expanded(statement: JSON) -> Iterator[JSON]:
    if not isinstance(statement, Mapping):
        yield statement
        return
    grants: list[dict[str, JSON]] = [{name: value for name, value in statement.items() if name not in (*_PARTS, "Sid")}]
    if isinstance(statement.get("Condition"), Mapping):
        grants[0]["Condition"] = _condition(statement["Condition"])
    for part in _PARTS:
        if part not in statement:
            continue
        if part.startswith("Not"):  # all of what is excepted, together
            grants = [{**grant, part: sorted(_listed(statement[part]), key=key)} for grant in grants]
        else:
            grants = [{**grant, part: each} for grant in grants for each in _listed(statement[part])]
    yield from grants


def _condition(condition: Mapping[str, Any]) -> JSON:
    """A condition whose values are lists in one order: one of them must fit."""
    return {
        operator: {name: sorted(_listed(values), key=key) for name, values in tests.items()}
        if isinstance(tests, Mapping)
        else tests
        for operator, tests in condition.items()
    }


def _listed(value: JSON) -> list[JSON]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(grant: JSON) -> str:
    """What a person says of a grant: `dynamodb:PutItem on arn:...`."""
    if not isinstance(grant, Mapping):
        return _shown(grant)
    effect = grant.get("Effect", ABSENT)
    text = "" if effect == "Allow" else "no effect: " if effect is ABSENT else f"{_shown(effect)} "
    text += _shown(grant["Action"]) if "Action" in grant else ""
    text += f"all but {_shown(grant['NotAction'])}" if "NotAction" in grant else ""
    text += f" on {_shown(grant['Resource'])}" if "Resource" in grant else ""
    text += f" on all but {_shown(grant['NotResource'])}" if "NotResource" in grant else ""
    rest = {name: value for name, value in grant.items() if name not in ("Effect", *_PARTS)}
    return text + "".join(f", {name} {_shown(value)}" for name, value in rest.items())


def _shown(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=repr)
