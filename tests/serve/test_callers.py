"""Who is let through, and what is known of them: by form alone, or by a stub."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from keyflow.engine import Failure, Success
from keyflow.http.gateway import Request
from keyflow.serve.callers import Callers

KEY = {"type": "apiKey", "name": "x-api-key"}
IAM = {"type": "apiKey", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"}
POOL = {"type": "apiKey", "name": "Authorization", "x-amazon-apigateway-authtype": "cognito_user_pools"}
CUSTOM = {"type": "apiKey", "name": "X-Token", "x-amazon-apigateway-authtype": "custom"}
SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request, "
    f"SignedHeaders=content-type;host;x-amz-date, Signature={'5d672d79' * 8}"
)


def token(claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.signature"


def ask(scheme: Any, header: str, **stubs: Any) -> Any:
    callers = Callers(stubs=stubs, is_key=lambda value: value == "good")
    return callers.ask("check", scheme, Request(headers={scheme["name"].lower(): header}))


def test_a_key_that_is_known_opens() -> None:
    assert ask(KEY, "good") == {"apiKey": "good", "apiKeyId": "good"}
    assert ask(KEY, "bad") is None


def test_a_signature_is_looked_at_for_its_form() -> None:
    assert ask(IAM, SIGNATURE)["userArn"] == "arn:aws:iam::123456789012:user/AKIDEXAMPLE"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer abc",
        SIGNATURE.replace("execute-api", "s3"),
        SIGNATURE.replace("host;", ""),
        SIGNATURE[:-1],
        SIGNATURE.replace("AWS4-HMAC-SHA256", "AWS4"),
    ],
)
def test_another_form_is_refused(header: str) -> None:
    assert ask(IAM, header) is None


def test_a_token_says_who_calls() -> None:
    assert ask(POOL, token({"sub": "somebody"})) == {"sub": "somebody"}
    assert ask(POOL, f"Bearer {token({'sub': 'somebody'})}") == {"sub": "somebody"}


@pytest.mark.parametrize("header", ["abc", "a.b.c", token(["no", "claims"]), "..", f"a.{'[' * 5000}.c"])
def test_what_is_no_token_is_refused(header: str) -> None:
    assert ask(POOL, header) is None


def test_a_stub_speaks_for_an_authorizer() -> None:
    assert ask(CUSTOM, "t", check=Success({"tenant": "a"})) == {"tenant": "a"}
    assert ask(CUSTOM, "t", check=Failure("Unauthorized")) is None
    assert ask(CUSTOM, "t", other=Failure("Unauthorized")) == {}
    assert ask(KEY, "bad", check=Success(None)) == {}
