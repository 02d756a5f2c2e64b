"""Whom API Gateway lets through to an operation, and what it answers the others, with stubs for whom it asks.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.http.gateway import Answer, Request
from keyflow.http.gateway_responses import GatewayResponse

Asked = Callable[[str, Mapping[str, Any], Request], Mapping[str, Any] | None]
"""Stands for whoever knows callers (IAM, a usage plan, an authorizer): what it says of one, None where it refuses.

It is given the name and the content of the security scheme, and the request.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What stands between callers and one operation of a concrete document."""

    document: Mapping[str, Any]
    operation: Mapping[str, Any]

    def context(self, request: Request, asked: Asked) -> Mapping[str, Any] | Answer:
        """What the templates of an operation know of a caller that is let through; else what the caller is answered."""
        found = self._scheme
        if found is None:
            return {}
        name, scheme = found
        kind = scheme.get("x-amazon-apigateway-authtype", "apiKey")
        missing = self._missing(scheme, request)
        said = None if missing else asked(name, scheme, request)
        if said is None:
            return _reason(kind, is_missing=missing).answer(self.document)
        match kind:
            case "custom":
                return {"authorizer": said}
            case "cognito_user_pools":
                return {"authorizer": {"claims": said}}
            case _:
                return {"identity": said}

    @property
    def _scheme(self) -> tuple[str, Mapping[str, Any]] | None:
        """How the operation knows its callers, by its name; None where everybody may call."""
        schemes: Mapping[str, Any] = self.document.get("components", {}).get("securitySchemes", {})
        asked = self.operation.get("security", self.document.get("security", ()))
        return next(((name, schemes[name]) for each in asked for name in each if name in schemes), None)

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
        text = request.header(scheme["name"])
        return not text or re.fullmatch(authorizer.get("identityValidationExpression", ".*"), text) is None


def _reason(kind: str, *, is_missing: bool) -> GatewayResponse:
    match kind:
        case "apiKey":
            return GatewayResponse.INVALID_API_KEY
        case "awsSigv4":
            return GatewayResponse.MISSING_AUTHENTICATION_TOKEN if is_missing else GatewayResponse.ACCESS_DENIED
        case "cognito_user_pools":
            return GatewayResponse.UNAUTHORIZED
        case _:
            return GatewayResponse.UNAUTHORIZED if is_missing else GatewayResponse.ACCESS_DENIED


def _is_missing(source: str, request: Request) -> bool:
    """Whether a request lacks a source of identity; the context is there whenever a request is."""
    parts = source.split(".", 3)
    if parts[0] != "method":
        return False
    return not (request.header(parts[3]) if parts[2] == "header" else request.query.get(parts[3]))
