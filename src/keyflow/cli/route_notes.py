"""What a person should know of an API's routes before it is deployed: who may call, and what the account must allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keyflow.cli.terminal import line
from keyflow.dsl.api import Api, Route, open_routes, routes_over_quota

_QUOTA = "Maximum integration timeout in milliseconds"
"""Of API Gateway (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html): 29,000 at first."""


def labels(routes: Iterable[Route]) -> str:
    """Routes as people name them, one after the other."""
    return line(", ".join(route.label for route in routes))


def route_notes(api: Api) -> Iterator[str]:
    """A line for what everybody may call, and for each route that waits longer than the account's quota lets it."""
    if open_routes(api):
        yield f'everybody may call {labels(open_routes(api))}: write authorization=..., or "public"'
    for route in routes_over_quota(api):
        yield f"{line(route.label)} waits {route.timeout_seconds} s: raise the quota {_QUOTA!r} in AWS first"
