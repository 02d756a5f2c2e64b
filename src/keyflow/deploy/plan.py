"""The plan: what AWS has against what it should have. Reading it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from keyflow.deploy.alias import Alias
from keyflow.deploy.resource import PROJECT_TAG, Action, Change, Difference, Found, Resource, Size, differing
from keyflow.deploy.target import Clients, aws_errors
from keyflow.diagnostics import DeployError, Diagnostic, ProjectError

Plan = tuple[Change, ...]

_READERS = 8
"""How many resources are read at once: botocore's pool has ten connections."""


def plan_deployment(
    resources: Iterable[Resource], clients: Clients, *, leftovers: Iterable[Resource] = (), replace: bool = False
) -> Plan:
    """What has to be done so that AWS has the resources as they should be, in the order in which it is done.

    Args:
        resources: The resources, as they should be.
        clients: The clients that lead to where they live.
        leftovers: Resources of the same project and stage that no definition asks for any more: they are removed.
        replace: Whether what cannot be changed may be removed and made anew.

    Raises:
        ProjectError: KF508, something is over a limit of AWS; KF509, two resources would have one name.
        DeployError: KF503 or KF504, AWS refused or could not be reached; KF505, a state machine would
            change its type; KF506, another owner's resource has a name.
    """
    resources = tuple(resources)
    problems = (*_over_limits(resources), *_of_one_name(resources))
    if problems:
        raise ProjectError(*problems)
    leftovers = tuple(leftovers)
    with clients.remembering():
        found = _read_all(resources, clients)
        left = _read_all(leftovers, clients)
    beside = [
        problem
        for resource, state in found
        if state is not None
        for problem in _too_large(resource, resource.sizes_beside(state))
    ]
    if beside:
        raise ProjectError(*beside)
    changes = [_change(resource, state, replace=replace) for resource, state in found]
    changes = [_anew(change, changes) for change in changes] + _removals(left)
    return tuple(sorted(changes, key=_order))


def _anew(change: Change, changes: Sequence[Change]) -> Change:
    """An alias goes with its state machine, and is made anew with it."""
    alias = change.resource
    replaced = {each.resource.name for each in changes if each.action is Action.REPLACE}
    if not isinstance(alias, Alias) or alias.name.partition(":")[0] not in replaced:
        return change
    made = tuple(Difference(key, None, value) for key, value in alias.wanted().items())
    return Change(resource=alias, action=Action.CREATE, differences=made, found=change.found)


def _order(change: Change) -> tuple[int, int]:
    """When a change is made: what is removed goes after what leads to it."""
    from keyflow.deploy.resource import Phase

    if change.action is Action.DELETE:
        return (Phase.REMOVE, -change.resource.phase)
    return (change.resource.phase, 0)


def _over_limits(resources: Iterable[Resource]) -> Iterator[Diagnostic]:
    for resource in resources:
        yield from _too_large(resource, resource.sizes())


def _too_large(resource: Resource, sizes: Iterable[Size]) -> Iterator[Diagnostic]:
    for size in sizes:
        if size.amount > size.limit:
            message = f"the {resource.title} has {size.amount} {size.what}; AWS allows {size.limit}"
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
    with clients.remembering():
        found = _read_all(tuple(resources), clients)
    return tuple(sorted(_removals(found), key=_order))


def _removals(found: Sequence[tuple[Resource, Found | None]]) -> list[Change]:
    return [
        Change(resource=resource, action=Action.DELETE, found=state)
        for resource, state in found
        if state is not None and resource.owns(state) and not resource.settles
    ]


def _read_all(resources: Sequence[Resource], clients: Clients) -> list[tuple[Resource, Found | None]]:
    """What AWS has of each; several are read at once, since an answer of AWS takes longer than all else here."""
    for service in {service for resource in resources for service in resource.services}:
        clients.client(service)  # boto3 makes clients in one thread only
    with aws_errors(), ThreadPoolExecutor(_READERS) as pool:
        return list(zip(resources, pool.map(lambda resource: resource.read(clients), resources), strict=True))


def _change(resource: Resource, found: Found | None, *, replace: bool) -> Change:
    wanted = resource.wanted()
    if found is None:
        action = Action.KEEP if resource.settles else Action.CREATE
        made = tuple(Difference(key, None, value) for key, value in wanted.items())
        return Change(resource=resource, action=action, differences=() if resource.settles else made)
    if not resource.owns(found):
        raise DeployError(_of_another(resource, found))
    differences = differing(wanted, found)
    refusal = resource.refusal(found)
    if refusal is not None and not replace:
        raise DeployError(refusal)
    action = Action.REPLACE if refusal is not None else Action.UPDATE if differences else Action.KEEP
    return Change(resource=resource, action=action, differences=differences, found=found)


def _of_another(resource: Resource, found: Found) -> Diagnostic:
    owner = found["tags"].get(PROJECT_TAG)
    if owner is not None and owner != resource.tags.get(PROJECT_TAG):
        message = f"the {resource.title} is of the project {owner!r}; this one is {resource.tags[PROJECT_TAG]!r}"
        hint = f'where they are the same, write name = "{owner}" in keyflow.toml; else rename the workflow or the stage'
        return Diagnostic("KF506", message, hint=hint)
    message = f"there is a {resource.title} that keyflow did not make for this project and stage"
    return Diagnostic("KF506", message, hint="rename the workflow or the stage, or remove the resource")
