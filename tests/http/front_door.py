"""An API's front door on this machine: the body's schema, the integration, and a backend in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from jsonschema import Draft4Validator

from keyflow import Api
from keyflow.http import as_concrete, openapi_document, placeholders
from keyflow.http.gateway import Answer, BadBody, Gateway, Request

Backend = Callable[[Any], tuple[int, Any]]
REFUSED = Answer(400, '{"message": "Invalid request body"}')


def taken(_document: Any) -> tuple[int, Any]:
    """A backend that takes everything, and has nothing to say."""
    return 200, {}


@dataclass
class FrontDoor:
    """One route of an API, as it is built; `sent` is what its backend was sent last.

    The parameters of the path arrive as they stand in the URL, as API Gateway passes them on.
    """

    api: Api
    route: str
    sent: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        method, path = self.route.split()
        document = openapi_document(self.api)
        self.document: Any = as_concrete(document, {name: f"<{name}>" for name in placeholders(document)})
        self.operation: Any = self.document["paths"][path][method.lower()]
        self.integration: Any = self.operation["x-amazon-apigateway-integration"]
        self.gateway = Gateway(self.integration)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers with fixed values that the backend is sent."""
        given = self.integration.get("requestParameters", {})
        return {name.rpartition(".")[2]: value.strip("'") for name, value in given.items()}

    def call(
        self,
        body: str = "",
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        backend: Backend = taken,
    ) -> Answer:
        """Calls the route over HTTP, as it were."""
        self.sent = None
        if not self._is_valid(body):
            return REFUSED
        in_path = {name: quote(value, safe="+!$&'()*,;=:@~") for name, value in (path or {}).items()}
        try:
            text = self.gateway.sent(Request(body, in_path, query or {}, headers or {}))
        except BadBody:
            return REFUSED
        self.sent = json.loads(text)
        return self.gateway.answered(*backend(self.sent))

    def _is_valid(self, body: str) -> bool:
        content = self.operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return True
        name = content["schema"]["$ref"].rpartition("/")[2]
        try:
            given = json.loads(body)
        except ValueError:
            return False
        return Draft4Validator(self.document["components"]["schemas"][name]).is_valid(given)


def refusal(error: str, message: str = "arn:aws:iam::1:role/inside", status: int = 400) -> Backend:
    """A backend that refuses everything with an error."""
    return lambda _document: (status, {"__type": f"com.amazonaws.x#{error}", "message": message})


def result(body: Any) -> Backend:
    """A backend that takes everything with this result."""
    return lambda _document: (200, body)
