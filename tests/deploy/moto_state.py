"""What moto's AWS holds, kept and put back: faster than to make it again by calls."""

from __future__ import annotations

import copy
from typing import Any

from moto.backends import get_backend

ACCOUNT = "123456789012"

Kept = list[dict[str, Any]]


def backends(region: str) -> list[Any]:
    """The services in which a deployment makes something; they are there before anything is."""
    regional = [get_backend(name)[ACCOUNT][region] for name in ("apigateway", "cloudwatch", "logs", "stepfunctions")]
    return [get_backend("iam")[ACCOUNT]["aws"], *regional]


def kept(region: str) -> Kept:
    """A copy of what they hold."""
    return [copy.deepcopy(vars(each)) for each in backends(region)]


def put_back(state: Kept, region: str) -> None:
    """Makes them hold a copy of what was kept."""
    for backend, held in zip(backends(region), state, strict=True):
        vars(backend).clear()
        vars(backend).update(copy.deepcopy(held))
