"""Whom API Gateway lets through, with stubs for those who know callers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keyflow import Api, CognitoAuthorizer, LambdaAuthorizer, Workflow
from keyflow.http import as_concrete, openapi_document, placeholders
from keyflow.http.admission import Door
from keyflow.http.gateway import Answer, Gateway, Request

POOL = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbC"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:check"
KNOWN = Request(headers={"authorization": "Bearer good", "x-api-key": "good", "X-Tenant": "good"}, query={"t": "good"})
UNKNOWN = Request(headers={"Authorization": "Bearer bad", "X-Api-Key": "bad", "X-Tenant": "bad"}, query={"t": "bad"})


def asked(_name: str, _scheme: Any, request: Request) -> Mapping[str, str] | None:
    """An authorizer that lets whoever is good pass."""
    return {"sub": "somebody"} if "good" in str(request.headers) else None


def never(_name: str, _scheme: Any, _request: Request) -> Mapping[str, str] | None:
    raise AssertionError("asked about a caller that says nothing of itself")


def door(authorization: Any) -> tuple[Door, Gateway]:
    workflow = Workflow("W")
    workflow.succeed()
    api = Api("a")
    claimed = (
        {"who": api.context["authorizer"]["claims"]["sub"]} if isinstance(authorization, CognitoAuthorizer) else {}
    )
    api.post("/", workflow, authorization=authorization, input=claimed)
    written = openapi_document(api)
    document = as_concrete(written, {name: name for name in placeholders(written)})
    operation = document["paths"]["/"]["post"]
    return Door(document=document, operation=operation), Gateway(operation["x-amazon-apigateway-integration"])


REQUEST_SOURCES = [Api.headers["X-Tenant"], Api.query["t"], Api.context["stage"]]
UNAUTHORIZED = Answer(401, '{"message": "Unauthorized"}')
DENIED = Answer(403, '{"message": "User is not authorized to access this resource"}')


@pytest.mark.parametrize(
    ("authorization", "context", "refused", "silent"),
    [
        ("public", {}, {}, {}),
        ("none", {}, {}, {}),
        ("api_key", {"identity": {"sub": "somebody"}}, *[Answer(403, '{"message": "Forbidden"}')] * 2),
        ("iam", {"identity": {"sub": "somebody"}}, DENIED, Answer(403, '{"message": "Missing Authentication Token"}')),
        (CognitoAuthorizer(user_pool_arn=POOL), {"authorizer": {"claims": {"sub": "somebody"}}}, *[UNAUTHORIZED] * 2),
        (LambdaAuthorizer(function=FUNCTION), {"authorizer": {"sub": "somebody"}}, DENIED, UNAUTHORIZED),
        (
            LambdaAuthorizer(function=FUNCTION, kind="request", identity=REQUEST_SOURCES, cache_seconds=9),
            {"authorizer": {"sub": "somebody"}},
            DENIED,
            UNAUTHORIZED,
        ),
    ],
)
def test_who_is_let_through(authorization: Any, context: Any, refused: Any, silent: Any) -> None:
    """One that the stub knows, one that it does not, and one that says nothing, about whom no one is asked."""
    found, _gateway = door(authorization)
    assert found.context(KNOWN, asked) == context
    assert found.context(UNKNOWN, asked) == refused
    assert found.context(Request(), never) == silent


def test_a_request_authorizer_that_keeps_no_answers_is_asked_about_everybody() -> None:
    found, _gateway = door(LambdaAuthorizer(function=FUNCTION, kind="request", identity=REQUEST_SOURCES))
    assert found.context(Request(), asked) == DENIED


def test_a_token_that_does_not_match_the_pattern_is_refused_at_once() -> None:
    found, _gateway = door(LambdaAuthorizer(function=FUNCTION, pattern="Bearer [a-f]+"))
    assert found.context(KNOWN, never) == UNAUTHORIZED


def test_what_the_document_says_of_refusals_is_answered() -> None:
    found, _gateway = door(CognitoAuthorizer(user_pool_arn=POOL))
    responses = {
        "UNAUTHORIZED": {"statusCode": 418, "responseTemplates": {"application/json": "$context.error.message!"}}
    }
    changed = Door(
        document={**found.document, "x-amazon-apigateway-gateway-responses": responses}, operation=found.operation
    )
    assert changed.context(Request(), never) == Answer(418, "Unauthorized!")
    bare = Door(document={**found.document, "x-amazon-apigateway-gateway-responses": {}}, operation=found.operation)
    assert bare.context(Request(), never) == Answer(401, '{"message":"Unauthorized"}')


def test_the_claims_of_a_caller_reach_the_execution() -> None:
    found, gateway = door(CognitoAuthorizer(user_pool_arn=POOL))
    context = found.context(KNOWN, asked)
    assert isinstance(context, Mapping)
    assert r"\"who\": \"somebody\"" in gateway.sent(KNOWN, context)
