"""The services by the names that ARNs of SDK integrations have for them.

`sdk_services.json` holds them, for reading the model of every service takes seconds; `scripts/service_names.py` makes
it. A service that the installed botocore has and the file has not is looked for in botocore's models.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from keyflow.aws.models import has_service, service_model, service_names
from keyflow.aws.naming import sdk_service


@cache
def _known() -> Mapping[str, Mapping[str, str]]:
    content: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return content


@cache
def sdk_services() -> Mapping[str, str]:
    """boto3's names of the services, by the names that ARNs have."""
    listed = {sdk: name for sdk, name in _known()["services"].items() if has_service(name)}
    newer = set(service_names()) - set(_known()["services"].values())
    models = (service_model(name) for name in sorted(newer))
    return listed | {sdk_service(model): model.name for model in models if model is not None}


def removed_services() -> Mapping[str, str]:
    """The clients of services that Step Functions can call and botocore no longer has, by the names that ARNs have."""
    return _known()["removed"]


def service_of_sdk_name(name: str) -> str | None:
    """boto3's name of the service that an ARN names; None where botocore has none of that name."""
    listed = _known()["services"].get(name)
    if listed is not None and has_service(listed):
        return listed
    return sdk_services().get(name)


def documented_name(name: str) -> str | None:
    """The name that an ARN wants for a service under another of its names: `config` for `configservice`.

    The other names are boto3's, with and without hyphens, and those that keep what the documented name drops.
    """
    folded = name.lower().replace("-", "")
    shorter = folded.removeprefix("amazon").removeprefix("aws").removesuffix("service")
    by_boto3 = {service.replace("-", ""): sdk for sdk, service in sdk_services().items()}
    known = {**sdk_services(), **removed_services()}
    candidates = (folded, by_boto3.get(folded), shorter, by_boto3.get(shorter))
    return next((each for each in candidates if each in known and each != name), None)
