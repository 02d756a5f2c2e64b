"""What `operations.jsonl` says of a service's operations: made by `scripts/authorization.py`, which tells its form.

The file has a line for each service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from keyflow.aws.models import ServiceModel
from keyflow.aws.service_lines import first_line, line_of, services_of
from keyflow.dataclass import dataclass

_FILE = Path(__file__).with_name("operations.jsonl")


@dataclass(frozen=True, slots=True)
class Grant:
    """An action, and for each type of its resources the members that name it; `optional` types only where given."""

    action: str
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OperationAuthorization:
    """What IAM checks for a call: the grants, the arguments that pass a role, and actions that come with those."""

    grants: tuple[Grant, ...]
    passes_role: bool = False
    role_members: tuple[str, ...] = ()
    dependent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceAuthorization:
    """One service. `templates` are its resources' ARNs; `instead` says what it asks for in place of permissions."""

    prefix: str
    templates: Mapping[str, str]
    instead: str | None
    document: Mapping[str, Any]
    _known: dict[str, OperationAuthorization | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def operation(self, name: str) -> OperationAuthorization | None:
        """What an operation asks for, under the service's own name of it; None where the reference does not know it.

        Raises:
            KeyError: The operation is newer than the map.
        """
        if name not in self._known:
            self._known[name] = self._operation(name)
        return self._known[name]

    def _operation(self, name: str) -> OperationAuthorization | None:
        given = self.document["operations"][name]
        if given is None:
            return None
        grants = [[name, given]] if isinstance(given, dict) else given
        passed = self.document.get("passed", {})
        return OperationAuthorization(
            tuple(self._grant(*each) for each in grants),
            name in passed,
            tuple(passed.get(name, ())),
            tuple(self.document.get("dependent", {}).get(name, ())),
        )

    def _grant(self, action: str, types: Mapping[str, Mapping[str, str]]) -> Grant:
        full = action if ":" in action else f"{self.prefix}:{action}"
        optional = frozenset(kind[1:] for kind in types if kind.startswith("?"))
        return Grant(full, {kind.removeprefix("?"): members for kind, members in types.items()}, optional)


@cache
def service_authorization(service: str) -> ServiceAuthorization | None:
    """What is known of a service by boto3's name; None of one that is newer than the map."""
    document = line_of(_FILE, service)
    if document is None:
        return None
    return ServiceAuthorization(document["prefix"], document.get("types", {}), document.get("instead"), document)


def mapped_services() -> Sequence[str]:
    """The services that the map knows, sorted."""
    return tuple(services_of(_FILE))


def provenance() -> Mapping[str, Any]:
    """The botocore and the references that the map was made from."""
    return first_line(_FILE)


def iam_prefix(service: ServiceModel) -> str:
    """The service in IAM's actions (`logs`, `states`): the map's, else the name that requests are signed with."""
    known = service_authorization(service.name)
    return known.prefix if known is not None else service.signing_name
