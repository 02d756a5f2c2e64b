"""Services whose requests say in ways of their own which actions and resources they are about.

A module here is a service, or a few that are alike; it is imported when one of them is called. `resources` tells the
resources of a call, or None where the templates of the Service Authorization Reference do (see `arns`); `grants`, where
a module has it, tells which of the map's actions the call needs, and which besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from keyflow.aws.authorization.arns import ResourceArn
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.authorization.requests.found import Found
from keyflow.aws.calls import OperationCall

_MODULES: Mapping[str, str] = {
    "batch": "containers",
    "bedrock-runtime": "models",
    "dynamodb": "dynamodb",
    "ecs": "containers",
    "events": "messages",
    "kms": "keys",
    "lambda": "names",
    "logs": "names",
    "s3": "s3",
    "secretsmanager": "keys",
    "sqs": "messages",
    "ssm": "names",
    "stepfunctions": "workflows",
}
"""The module of each service that has one, by boto3's name."""


def _module(call: OperationCall) -> Any:
    name = _MODULES.get(call.service.name)
    return None if name is None else import_module(f"{__name__}.{name}")


def grants_of(call: OperationCall, known: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The actions that this call needs, of those that its operation may need."""
    grants = getattr(_module(call), "grants", None)
    return known if grants is None else tuple(grants(call, known))


def resources_of(call: OperationCall, grant: Grant) -> list[Found] | None:
    """The resources of the call, each with its condition; None where the templates tell them."""
    module = _module(call)
    found = module.resources(call, grant) if module is not None else None
    return None if found is None else list(_conditioned(found))


def _conditioned(found: Iterator[ResourceArn | Found]) -> Iterator[Found]:
    for each in found:
        yield (each, ()) if isinstance(each, ResourceArn) else each
