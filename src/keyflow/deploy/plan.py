"""The plan: what AWS has against what it should have. Reading it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyflow.deploy.resource import Action, Change, Difference, Resource
from keyflow.deploy.target import Clients, aws_errors
from keyflow.diagnostics import DeployError, Diagnostic, ProjectError

Plan = tuple[Change, ...]


def plan_deployment(resources: Iterable[Resource], clients: Clients) -> Plan:
    """What has to be done so that AWS has the resources as they should be.

    Raises:
        ProjectError: KF508, something is over a limit of AWS; KF509, two resources would have one name.
        DeployError: KF503 or KF504, AWS refused or could not be reached; KF505, a state machine would
            change its type; KF506, somebody else's resource has a name.
    """
    resources = tuple(resources)
    problems = (*_over_limits(resources), *_of_one_name(resources))
    if problems:
        raise ProjectError(*problems)
    return tuple(_change(resource, _read(resource, clients)) for resource in resources)


def _over_limits(resources: Iterable[Resource]) -> Iterator[Diagnostic]:
    for resource in resources:
        for size in resource.sizes():
            if size.amount > size.limit:
                message = f"the {resource.kind} {resource.name} has {size.amount} {size.what}; AWS allows {size.limit}"
                yield Diagnostic("KF508", message, hint=size.remedy)


def _of_one_name(resources: Iterable[Resource]) -> Iterator[Diagnostic]:
    """Two resources that AWS would take for one: each deployment would undo the other's."""
    counts = Counter((resource.kind, resource.name) for resource in resources)
    for (kind, name), count in counts.items():
        if count > 1:
            message = f"{count} resources would be the {kind} {name}: each would overwrite the other"
            yield Diagnostic("KF509", message, hint="give the workflow and the API different names")


def plan_removal(resources: Iterable[Resource], clients: Clients) -> Plan:
    """What has to be done so that AWS has none of the resources; what keyflow did not make stays."""
    found = [(resource, _read(resource, clients)) for resource in resources]
    gone = [Change(resource, Action.DELETE) for resource, state in found if state is not None and resource.owns(state)]
    return tuple(reversed(gone))


def _read(resource: Resource, clients: Clients) -> Mapping[str, Any] | None:
    with aws_errors():
        return resource.read(clients)


def _change(resource: Resource, found: Mapping[str, Any] | None) -> Change:
    wanted = resource.wanted()
    if found is None:
        return Change(resource, Action.CREATE, tuple(Difference(key, None, value) for key, value in wanted.items()))
    if not resource.owns(found):
        message = f"there is a {resource.kind} {resource.name} that keyflow did not make for this project and stage"
        raise DeployError(Diagnostic("KF506", message, hint="rename the workflow or the stage, or remove the resource"))
    refusal = resource.refusal(found)
    if refusal is not None:
        raise DeployError(refusal)
    differences = tuple(
        Difference(key, found.get(key), value) for key, value in wanted.items() if found.get(key) != value
    )
    return Change(resource, Action.UPDATE if differences else Action.KEEP, differences)
