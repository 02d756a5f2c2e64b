"""Who may call, as it is written, and what no authorizer can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import Api, CognitoAuthorizer, DefinitionError, LambdaAuthorizer, Parameter, Workflow
from keyflow.dsl.api import open_routes, routes_over_quota
from keyflow.dsl.authorization import Authorization, callers, sent_headers

POOL = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbC"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"
api = Api("a")


def cognito(**options: Any) -> CognitoAuthorizer:
    return CognitoAuthorizer(**{"user_pool_arn": POOL, **options})


def function(**options: Any) -> LambdaAuthorizer:
    return LambdaAuthorizer(**{"function": FUNCTION, **options})


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: cognito(user_pool_arn="eu-west-1_AbC"), "user_pool_arn is an ARN or a Parameter"),
        (lambda: cognito(user_pool_arn=FUNCTION), "user_pool_arn is an ARN or a Parameter"),
        (lambda: cognito(scopes="email"), "scopes is a list of names"),
        (lambda: cognito(scopes=[1]), "scopes is a list of names"),
        (lambda: function(function="check"), "function is an ARN or a Parameter"),
        (lambda: function(kind="tokn"), "no Lambda authorizer of kind 'tokn'"),
        (lambda: function(kind="request", pattern="x"), "a pattern is for tokens"),
        (lambda: function(pattern="("), "'(' is no regular expression"),
        (lambda: function(identity=api.query["q"]), "known by a header, not by api.query['q']"),
        (lambda: function(identity=[api.headers["A"], api.headers["B"]]), "a token is one header"),
        (lambda: function(kind="request", identity=api.body["q"]), "not by api.body['q']"),
        (lambda: function(kind="request", identity=[api.headers]), "not by api.header"),
        (lambda: function(kind="request", cache_seconds=60), "kept by identity, and the authorizer has none"),
        (lambda: function(cache_seconds=3601), "cache_seconds is a number from 0 to 3600"),
        (lambda: function(cache_seconds=True), "cache_seconds is a number from 0 to 3600"),
    ],
)
def test_what_no_authorizer_can_be(make: Callable[[], Any], problem: str) -> None:
    with pytest.raises(DefinitionError, match="KF412") as raised:
        make()
    assert problem in raised.value.diagnostics[0].message
    assert raised.value.diagnostics[0].location is not None
    assert raised.value.diagnostics[0].location.file == __file__


def test_authorizers_are_called_after_what_they_ask() -> None:
    assert cognito().name == "EuWest1AbCAuthorizer"
    assert cognito(user_pool_arn=Parameter("UserPoolArn")).name == "UserPoolArnAuthorizer"
    assert function().name == "CheckLiveTokenAuthorizer"
    assert function(function=Parameter("Check"), kind="request").name == "CheckRequestAuthorizer"


def test_the_headers_that_a_caller_is_known_by() -> None:
    assert sent_headers(Authorization.PUBLIC) == ()
    assert sent_headers(Authorization.API_KEY) == ("X-Api-Key",)
    assert sent_headers(cognito()) == ("Authorization",)
    assert sent_headers(function()) == ("Authorization",)
    both = function(kind="request", identity=[api.headers["X-Tenant"], api.query["key"], api.context["stage"]])
    assert sent_headers(both) == ("X-Tenant",)


def test_a_word_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(DefinitionError, match="KF403") as raised:
        callers("pubic")
    assert raised.value.diagnostics[0].hint == "did you mean 'public'?"
    with pytest.raises(DefinitionError, match="KF403"):
        callers(POOL)


def test_open_routes_are_those_that_do_not_say_so() -> None:
    workflow = Workflow("W")
    workflow.succeed()
    front = Api("front")
    front.get("/open", workflow)
    front.get("/said", workflow, authorization="public")
    front.get("/signed", workflow, authorization="iam")
    front.get("/known", workflow, authorization=cognito())
    front.get("/raw", workflow, extra={"security": [{"mine": []}]})
    assert [route.label for route in open_routes(front)] == ["GET /open"]
    assert open_routes(Api("raw", extra={"security": [{"mine": []}]})) == ()


def test_routes_that_wait_longer_than_the_quota() -> None:
    slow = Workflow("Slow", timeout=120)
    slow.succeed()
    front = Api("front")
    front.get("/slow", slow, timeout_seconds=120)
    front.get("/quick", slow, asynchronous=True)
    assert [route.label for route in routes_over_quota(front)] == ["GET /slow"]
