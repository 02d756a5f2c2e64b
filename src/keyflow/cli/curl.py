"""The line of curl that calls a route."""

from __future__ import annotations

import json
from typing import Any

from keyflow.dsl.api import Route
from keyflow.dsl.authorization import Authorization

_SIGNED = (
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    '-H "x-amz-security-token: $AWS_SESSION_TOKEN"',
)
"""Where curl finds the credentials that it signs with; where there is no session, it leaves the empty header out."""


def curl(route: Route, url: str, region: str) -> str:
    """The command as a shell takes it: with a body that the route's schema allows, signed where IAM is asked."""
    parts = ["curl"]
    if route.method != "get":
        parts.append(f"-X {route.method.upper()}")
    if route.authorization is Authorization.API_KEY:
        parts.append("-H 'x-api-key: ...'")
    if route.authorization is Authorization.IAM:
        parts += [f"--aws-sigv4 aws:amz:{region}:execute-api", *_SIGNED]
    if not isinstance(route.authorization, Authorization):
        parts += [f"-H '{name}: ...'" for name in route.authorization.headers]
    if route.request is not None:
        body = json.dumps(_example(route.request)).replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " ".join([*parts, f"'{url}'"])


def _example(schema: Any) -> Any:
    """A value that the schema's own examples and types suggest."""
    if "example" in schema:
        return schema["example"]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ())
            return {name: _example(each) for name, each in schema.get("properties", {}).items() if name in wanted}
        case "array":
            return []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return "example"
