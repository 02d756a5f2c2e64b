"""The services that a definition calls, and the names of services and actions as ARNs have them, for hints."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws import Resource, resource_of
from keyflow.aws.integrations import OPTIMIZED
from keyflow.aws.models import service_model
from keyflow.aws.naming import uncapitalised
from keyflow.aws.sdk_services import documented_name, removed_services, sdk_services
from keyflow.check.definition import Definition, State, is_substitution

_OPTIMIZED = (
    "apigateway", "aps", "athena", "batch", "bedrock", "bedrockagentcore", "codebuild", "databrew", "dynamodb", "ecs",
    "eks", "elasticmapreduce", "emr-containers", "emr-serverless", "events", "glue", "http", "lambda", "mediaconvert",
    "sagemaker", "sns", "sqs", "states",
)  # fmt: skip


def calls_in(definition: Definition) -> list[tuple[State, Resource]]:
    """The Tasks that call a service, each with what its ARN names; they are looked for once."""
    return definition.once("calls", lambda given: list(_all_calls(given)))


def _all_calls(definition: Definition) -> Iterator[tuple[State, Resource]]:
    for state, text in definition.tasks:
        if not is_substitution(text):
            resource = resource_of(text)
            if resource.kind in ("call", "endpoint"):
                yield state, resource


def unknown_service(resource: Resource) -> str | None:
    """The name of the service that a call's ARN names, where nobody here knows it."""
    if resource.kind != "call" or resource.service is not None:
        return None
    parts = resource.arn.split(":")
    name = parts[6] if resource.is_sdk else parts[5]
    known = removed_services() if resource.is_sdk else _OPTIMIZED
    return None if name in known else name


def near_service(resource: Resource) -> str | None:
    """The hint that an unknown service is a known one under another of its names, or misspelt."""
    name = str(unknown_service(resource))
    documented = documented_name(name) if resource.is_sdk else None
    if documented is not None:
        return f"Step Functions calls it {documented!r}"
    from difflib import get_close_matches

    near = get_close_matches(name, [*sdk_services()] if resource.is_sdk else _OPTIMIZED, n=1, cutoff=0.8)
    return f"did you mean {near[0]!r}?" if near else None


def actions_of(resource: Resource) -> list[str]:
    """The actions that the resource's service has for the kind of integration that the resource names."""
    model = service_model(resource.service) if resource.service is not None else None
    if model is None:
        return []
    operations = model.operations.items()
    if not resource.is_sdk:
        own = OPTIMIZED[model.name]
        return [
            *(uncapitalised(found.name) for name, found in operations if name in own.operations),
            *own.unmodelled,
        ]
    return [uncapitalised(found.name) for _name, found in operations]
