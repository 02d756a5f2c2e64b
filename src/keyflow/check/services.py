"""Names of services and actions as ARNs have them, for hints."""

from __future__ import annotations

from keyflow.aws import Resource
from keyflow.aws.integrations import OPTIMIZED
from keyflow.aws.models import service_model, service_names
from keyflow.aws.naming import uncapitalised


def sdk_service_names() -> list[str]:
    """The services as most ARNs of the SDK integration have them."""
    return [name.replace("-", "") for name in service_names()]


def actions_of(resource: Resource) -> list[str]:
    """The actions that the resource's service has for the kind of integration that the resource names."""
    model = service_model(resource.service) if resource.service is not None else None
    if model is None:
        return []
    operations = model.operations.items()
    if not resource.is_sdk:
        own = OPTIMIZED[model.name].operations
        return [uncapitalised(found.name) for name, found in operations if name in own]
    return [uncapitalised(found.name) for _name, found in operations]
