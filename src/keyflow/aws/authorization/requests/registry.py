"""Who answers for a service's requests: functions that register themselves under boto3's name of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from keyflow.aws.authorization.arns import Resource
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall

Where = tuple[tuple[str, str], ...]
Found = tuple[Resource, Where]
Resources = Callable[[OperationCall, Grant], Iterable[Resource | Found] | None]
Grants = Callable[[OperationCall, tuple[Grant, ...]], Iterable[Grant]]

_RESOURCES: dict[str, Resources] = {}
_GRANTS: dict[str, Grants] = {}


def resources(*services: str) -> Callable[[Resources], Resources]:
    """Registers who tells the resources of a service's calls; None from it leaves them to the templates."""

    def register(function: Resources) -> Resources:
        _RESOURCES.update(dict.fromkeys(services, function))
        return function

    return register


def grants(*services: str) -> Callable[[Grants], Grants]:
    """Registers who tells which of the map's actions a service's call needs, and which besides."""

    def register(function: Grants) -> Grants:
        _GRANTS.update(dict.fromkeys(services, function))
        return function

    return register


def grants_of(call: OperationCall, known: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The actions that this call needs, of those that its operation may need."""
    function = _GRANTS.get(call.service.name)
    return known if function is None else tuple(function(call, known))


def resources_of(call: OperationCall, grant: Grant) -> list[Found] | None:
    """The resources of the call, each with its condition; None where the templates tell them."""
    function = _RESOURCES.get(call.service.name)
    found = function(call, grant) if function is not None else None
    return None if found is None else list(_conditioned(found))


def _conditioned(found: Iterable[Resource | Found]) -> Iterator[Found]:
    for each in found:
        yield (each, ()) if isinstance(each, Resource) else each
