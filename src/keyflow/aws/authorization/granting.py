"""What a call needs: the map's actions on the resources that its arguments name, and what must be said of them.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/ (the map's), and
https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html (jobs, roles).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.arns import ANY, ResourceArn, filled, given_member, is_wide, text
from keyflow.aws.authorization.dependent import dependent, passed_roles
from keyflow.aws.authorization.jobs import model_places, watching, without_model
from keyflow.aws.authorization.operations import Grant, ServiceAuthorization, iam_prefix, service_authorization
from keyflow.aws.authorization.requests import grants_of, resources_of
from keyflow.aws.authorization.verbs import api_gateway_path
from keyflow.aws.calls import Call, OperationCall, ResourceCall
from keyflow.aws.permission import Permission
from keyflow.aws.resources import resource_of
from keyflow.aws.runtime_values import RuntimeValue
from keyflow.dataclass import dataclass

_NO_TYPE = "IAM has no resource for it"
_NOT_NAMED = "no argument of the call names the resource"
_NEWER = "the operation is newer than the map of permissions, so its action is a guess"


@dataclass(frozen=True, slots=True)
class Note:
    """What cannot be granted, and what the author can write instead."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Required:
    """What an execution role must be allowed for a call, and what nobody can tell of it."""

    permissions: tuple[Permission, ...] = ()
    notes: tuple[Note, ...] = ()


def permissions(call: Call) -> tuple[Permission, ...]:
    """What an execution role must be allowed for this call."""
    return required(call).permissions


def required(call: Call) -> Required:
    """What an execution role must be allowed for this call, and what must be said.

    A call with a role of its own needs that role only; a call that waits for a job watches and stops it, too.
    """
    return call.once(_required)


def _required(call: Call) -> Required:
    if call.role is not None:
        roles = call.roles or (call.role,)
        return Required(tuple(Permission("sts:AssumeRole", text(each) or ANY) for each in roles))
    match call:
        case OperationCall():
            return _operation(call)
        case ResourceCall():
            return Required(tuple(_by_resource(call)))
        case _:
            raise TypeError(f"no call: {call!r}")


def _operation(call: OperationCall) -> Required:
    service = service_authorization(call.service.name)
    try:
        known = service.operation(call.model.name) if service is not None and service.instead is None else None
    except KeyError:
        service = None
    if service is None:
        action = f"{iam_prefix(call.service)}:{call.model.name}"
        return Required((Permission(action, ANY, wide=_NEWER), *watching(call)))
    if known is None:
        return Required(watching(call), (_unknown(call, service),))
    grants = grants_of(call, known.grants)
    return Required(
        (
            *(each for grant in grants for each in _granted(call, service, grant)),
            *passed_roles(call, known),
            *dependent(call, known),
            *watching(call),
            *model_places(call),
        )
    )


def _unknown(call: OperationCall, service: ServiceAuthorization) -> Note:
    if service.instead is not None:
        return Note(f"IAM is not asked for {call.label}: {service.instead}", "give the call what it takes")
    return Note(
        f"the Service Authorization Reference has no action for {call.label}: the role is not allowed it",
        f"allow('{service.prefix}:{call.model.name}', resource), if that is the action that AWS asks for",
    )


def _granted(call: OperationCall, service: ServiceAuthorization, grant: Grant) -> Iterator[Permission]:
    if service.prefix == "apigateway" and not grant.types:
        yield _permission(grant.action, call, api_gateway_path(call), named=True)
        return
    own = resources_of(call, grant)
    if own is not None:
        for resource, where in own:
            yield _permission(grant.action, call, resource, named=True, where=where)
        return
    found = list(_by_type(call, service, grant))
    if not found:
        yield Permission(grant.action, ANY, wide=_NOT_NAMED if grant.types else _NO_TYPE, inherent=True)
    for resource, named in found:
        yield _permission(grant.action, call, resource, named=named)


def _by_type(call: OperationCall, service: ServiceAuthorization, grant: Grant) -> Iterator[tuple[ResourceArn, bool]]:
    """The resources by the types that IAM has for the action, and whether an argument names them."""
    for kind, members in grant.types.items():
        given = [given_member(member, call.known) for member in members.values()]
        if kind in grant.optional and not all(given):
            continue
        for resource in filled(service.templates[kind], members, call.known):
            yield resource, any(given)


def _permission(
    action: str, call: OperationCall, resource: ResourceArn, *, named: bool, where: tuple[tuple[str, str], ...] = ()
) -> Permission:
    if not is_wide(resource.arn):
        return Permission(action, resource.arn, where=where)
    chosen = [member for member in resource.unknown if _is_chosen(call.known.get(member.removesuffix("[]")))]
    if not resource.unknown and named:
        return Permission(action, resource.arn, where=where)  # the wildcard is IAM's own way to name the thing
    late = chosen or resource.unknown
    verb = "is" if len(late) == 1 else "are"
    reason = f"{' and '.join(late)} {verb} known only to the execution" if named else _NOT_NAMED
    return Permission(action, resource.arn, where=where, wide=reason, inherent=not chosen)


def _is_chosen(value: Any) -> bool:
    """Whether who starts the execution chooses a value: what the workflow made itself, nobody knows before."""
    match value:
        case RuntimeValue():
            return value.chosen_by_caller
        case Mapping():
            return any(map(_is_chosen, value.values()))
        case list() | tuple():
            return any(map(_is_chosen, value))
        case _:
            return False


def _by_resource(call: ResourceCall) -> Iterator[Permission]:
    """What the resource's kind asks for; what no model knows must be allowed by hand (`workflow.allow`).

    Sources: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
    """
    resource = resource_of(call.resource)
    given = call.known if isinstance(call.known, Mapping) else {}
    if call.kind == "function":
        yield Permission("lambda:InvokeFunction", call.resource)
    elif resource.kind == "endpoint":
        keys = (("states:HTTPEndpoint", "ApiEndpoint"), ("states:HTTPMethod", "Method"))
        known = tuple((key, text(given.get(member)) or ANY) for key, member in keys)
        yield Permission("states:InvokeHTTPEndpoint", ANY, where=known)
        connection = given.get("Authentication", given.get("InvocationConfig", {}))
        arn = connection.get("ConnectionArn") if isinstance(connection, Mapping) else None
        yield Permission("events:RetrieveConnectionCredentials", text(arn) or ANY)
        secrets = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:events!connection/*"
        for action in ("DescribeSecret", "GetSecretValue"):
            yield Permission(f"secretsmanager:{action}", secrets)
    elif resource.integration is not None:
        model = resource.integration.model
        service = service_authorization(model.service.name)
        known_operation = None
        if service is not None and service.instead is None and model.name in service.document["operations"]:
            known_operation = service.operation(model.name)
        for grant in known_operation.grants if known_operation is not None else ():
            yield Permission(grant.action, ANY, wide="the call is made by its ARN", inherent=not grant.types)
    else:
        yield from without_model(call)
