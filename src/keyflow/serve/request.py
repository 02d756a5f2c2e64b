"""A request as it came over HTTP, and what API Gateway reads of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from keyflow.dataclass import dataclass
from keyflow.engine.context import ACCOUNT
from keyflow.http.gateway import Request
from keyflow.serve.routing import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request: `path` and `query` are encoded as in the URL; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str

    @property
    def content_type(self) -> str:
        """The type of the body, without its parameters; JSON where none is given, as API Gateway has it.

        Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
        """
        return self.headers.get("content-type", "application/json").partition(";")[0].strip().lower()

    def read(self, match: Match) -> Request:
        """What templates and authorizers read of it: headers have the names that the operation gives them."""
        headers = dict(self.headers)
        for each in match.operation.get("parameters", ()):
            if each["in"] == "header" and each["name"].lower() in headers:
                headers[each["name"]] = headers.pop(each["name"].lower())
        query = dict(parse_qsl(self.query, keep_blank_values=True, errors="replace"))
        return Request(self.body.decode(errors="replace"), match.parameters, query, headers)

    def context(self, match: Match, *, api: str, number: str, moment: float) -> dict[str, Any]:
        """`$context`: what API Gateway knows of the request beside its parts.

        Args:
            match: The operation.
            api: The API's name.
            number: The request's id.
            moment: When it came, in seconds since 1970.
        """
        return {
            "accountId": ACCOUNT,
            "apiId": api,
            "domainName": self.headers.get("host", ""),
            "extendedRequestId": number,
            "httpMethod": self.method,
            "path": self.path,
            "protocol": "HTTP/1.1",
            "requestId": number,
            "requestTimeEpoch": round(moment * 1000),
            "resourcePath": match.path,
            "stage": "local",
            "identity": {"sourceIp": self.client, "userAgent": self.headers.get("user-agent", "")},
        }
