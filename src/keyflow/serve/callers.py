"""Who knows callers here: keys of usage plans, AWS's signature by its form, tokens by their claims, and stubs.

Nothing here checks a secret. A stub `authorizer:<name>` says what an authorizer answers: `Return` lets callers through
and holds what templates read of them, `Throw` refuses them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.engine.context import ACCOUNT
from keyflow.engine.runner import Failure, Outcome, Success
from keyflow.http.gateway import Request
from keyflow.lazy import lazy_pattern

_SIGNATURE = lazy_pattern(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[A-Za-z0-9]+)/\d{8}/[a-z0-9-]+/execute-api/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]*\bhost\b[a-z0-9;-]*, ?Signature=[0-9a-f]{64}"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """What is known of callers: `stubs` by authorizers' names, and which API keys open a route."""

    stubs: Mapping[str, Outcome]
    is_key: Callable[[str], bool]

    def ask(self, name: str, scheme: Mapping[str, Any], request: Request) -> Mapping[str, Any] | None:
        """What an authorizer, or API Gateway itself, knows of a caller; None where it refuses.

        Args:
            name: The name of the security scheme.
            scheme: The scheme.
            request: What the caller sends; it has what the scheme looks at.
        """
        match self.stubs.get(name):
            case Success(result):
                return result if isinstance(result, Mapping) else {}
            case Failure():
                return None
            case _:
                return self._usual(scheme, request)

    def _usual(self, scheme: Mapping[str, Any], request: Request) -> Mapping[str, Any] | None:
        header = request.header(scheme["name"]) or ""
        match scheme.get("x-amazon-apigateway-authtype", "apiKey"):
            case "apiKey":
                return {"apiKey": header, "apiKeyId": header} if self.is_key(header) else None
            case "awsSigv4":
                return _signed(header)
            case "cognito_user_pools":
                return _claims(header)
            case _:
                return {}


def _signed(header: str) -> Mapping[str, Any] | None:
    """Who signed, by the form of the signature alone."""
    match = _SIGNATURE.fullmatch(header)
    if match is None:
        return None
    user = f"arn:aws:iam::{ACCOUNT}:user/{match['key']}"
    return {"accountId": ACCOUNT, "caller": match["key"], "user": match["key"], "userArn": user}


def _claims(header: str) -> Mapping[str, Any] | None:
    """The claims of a JSON Web Token, whose signature is not looked at; None where it is none."""
    parts = header.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
