"""The line of curl that calls a route."""

from __future__ import annotations

import json
from typing import Any

from keyflow.dsl.api import Route
from keyflow.dsl.authorization import Authorization
from keyflow.lazy import lazy_pattern

_VARIABLE = lazy_pattern(r"\{[^}]*\}")
"""A parameter of the path: in curl, braces are a list of URLs."""
_CREDENTIALS = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"'
"""Where curl finds the credentials that it signs with; where there is no session, it leaves the empty header out."""


def curl(route: Route, url: str, region: str, *, key: str = "...", credentials: str = _CREDENTIALS) -> str:
    """The command as a shell takes it: with a body that the route's schema allows, signed where IAM is asked.

    Args:
        route: The route.
        url: Its URL; each parameter of the path becomes `example`.
        region: The region that a signature is for.
        key: The API key, where the route asks for one.
        credentials: Curl's options for what it signs with.
    """
    parts = ["curl"]
    if route.method != "get":
        parts.append(f"-X {route.method.upper()}")
    if route.authorization is Authorization.API_KEY:
        parts.append(f"-H 'x-api-key: {key}'")
    if route.authorization is Authorization.IAM:
        parts += [f"--aws-sigv4 aws:amz:{region}:execute-api", credentials]
    if not isinstance(route.authorization, Authorization):
        parts += [f"-H '{name}: ...'" for name in route.authorization.headers]
    if route.request is not None:
        body = json.dumps(_example(route.request)).replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    filled = _VARIABLE.sub("example", url)
    return " ".join([*parts, f"'{filled}'"])


_FORMATS = {"email": "someone@example.com", "date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z"}


def _example(schema: Any) -> Any:
    """A value that the schema's own examples, values, types and lengths suggest."""
    if "example" in schema:
        return schema["example"]
    if schema.get("enum"):
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ())
            return {name: _example(each) for name, each in schema.get("properties", {}).items() if name in wanted}
        case "array":
            return [_example(schema.get("items", {}))] * schema.get("minItems", 0)
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case _:
            text = _FORMATS.get(schema.get("format", ""), "example")
            return text.ljust(schema.get("minLength", 0), "-")
