"""Whom API Gateway lets through to an operation, and what it answers the others, with stubs for whom it asks.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.http.gateway import Answer, Request

Asked = Callable[[Request], Mapping[str, Any] | None]
"""Stands for whoever knows callers (IAM, a usage plan, an authorizer): what it says of one, None where it refuses."""

_REFUSALS: Mapping[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "UNAUTHORIZED": (401, "Unauthorized"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What stands between callers and one operation of a concrete document."""

    document: Mapping[str, Any]
    operation: Mapping[str, Any]

    def context(self, request: Request, asked: Asked) -> Mapping[str, Any] | Answer:
        """What the templates of an operation know of a caller that is let through; else what the caller is answered."""
        scheme = self._scheme
        if scheme is None:
            return {}
        kind = scheme.get("x-amazon-apigateway-authtype", "apiKey")
        missing = self._missing(scheme, request)
        said = None if missing else asked(request)
        if said is None:
            return self._refused(_reason(kind, is_missing=missing))
        match kind:
            case "custom":
                return {"authorizer": said}
            case "cognito_user_pools":
                return {"authorizer": {"claims": said}}
            case _:
                return {"identity": said}

    @property
    def _scheme(self) -> Mapping[str, Any] | None:
        """How the operation knows its callers; None where everybody may call."""
        schemes: Mapping[str, Any] = self.document.get("components", {}).get("securitySchemes", {})
        asked = self.operation.get("security", self.document.get("security", ()))
        return next((schemes[name] for each in asked for name in each if name in schemes), None)

    def _missing(self, scheme: Mapping[str, Any], request: Request) -> bool:
        """Whether a request lacks what a caller is known by, so that no one is asked."""
        authorizer = scheme.get("x-amazon-apigateway-authorizer", {})
        if authorizer.get("type") == "request":
            sources = (
                authorizer.get("identitySource", "").split(", ")
                if authorizer.get("authorizerResultTtlInSeconds")
                else ()
            )
            return any(_is_missing(source, request) for source in sources)
        text = _header(request, scheme["name"])
        return not text or re.fullmatch(authorizer.get("identityValidationExpression", ".*"), text) is None

    def _refused(self, reason: str) -> Answer:
        status, message = _REFUSALS[reason]
        written = self.document.get("x-amazon-apigateway-gateway-responses", {})
        response = written.get(reason) or written.get("DEFAULT_4XX") or {}
        template = response.get("responseTemplates", {}).get("application/json", _MESSAGE)
        body = template.replace("$context.error.messageString", json.dumps(message)).replace(
            "$context.error.message", message
        )
        return Answer(int(response.get("statusCode", status)), body)


_MESSAGE = '{"message":$context.error.messageString}'
"""What API Gateway answers where the document says nothing."""


def _reason(kind: str, *, is_missing: bool) -> str:
    match kind:
        case "apiKey":
            return "INVALID_API_KEY"
        case "awsSigv4":
            return "MISSING_AUTHENTICATION_TOKEN" if is_missing else "ACCESS_DENIED"
        case "cognito_user_pools":
            return "UNAUTHORIZED"
        case _:
            return "UNAUTHORIZED" if is_missing else "ACCESS_DENIED"


def _is_missing(source: str, request: Request) -> bool:
    """Whether a request lacks a source of identity; the context is there whenever a request is."""
    parts = source.split(".", 3)
    if parts[0] != "method":
        return False
    return not (_header(request, parts[3]) if parts[2] == "header" else request.query.get(parts[3]))


def _header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers.items() if key.lower() == name.lower()), None)
