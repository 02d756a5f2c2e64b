"""Who may call, in the document and in the role's policy."""

from __future__ import annotations

from typing import Any

from openapi_spec_validator import validate

from keyflow import Api, CognitoAuthorizer, LambdaAuthorizer, Parameter, Workflow
from keyflow.aws import dynamodb
from keyflow.http import as_concrete, authorizer_parameters, openapi_document, placeholders
from keyflow.policies import api_policy

POOL = Parameter("UserPoolArn")
CHECK = Parameter("CheckFunctionArn")
LIVE = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"


def flow(name: str = "Make") -> Workflow:
    workflow = Workflow(name)
    workflow.succeed()
    return workflow


def api(**routes: Any) -> Api:
    made = Api("front", cors="*")
    for name, authorization in routes.items():
        made.post(f"/{name}", flow(name.title()), authorization=authorization)
    return made


def document(made: Api) -> Any:
    """The concrete document, each placeholder replaced by its name."""
    written = openapi_document(made)
    return as_concrete(written, {name: name for name in placeholders(written)})


def schemes(made: Api) -> Any:
    return document(made)["components"]["securitySchemes"]


def security(made: Api) -> Any:
    return {path: item["post"].get("security") for path, item in document(made)["paths"].items()}


def test_a_user_pool_is_asked_for_tokens() -> None:
    made = api(any=CognitoAuthorizer(user_pool_arn=POOL), scoped=CognitoAuthorizer(user_pool_arn=POOL, scopes=["buy"]))
    assert schemes(made) == {
        "UserPoolArnAuthorizer": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["UserPoolArn"]},
        }
    }
    assert security(made) == {
        "/any": [{"UserPoolArnAuthorizer": []}],
        "/scoped": [{"UserPoolArnAuthorizer": ["buy"]}],
    }
    assert "lambda:InvokeFunction" not in str(api_policy(made)), "a user pool is asked without a role"


def test_a_function_is_asked_about_a_token() -> None:
    made = api(a=LambdaAuthorizer(function=CHECK, pattern="Bearer .+", cache_seconds=60))
    assert schemes(made)["CheckFunctionArnTokenAuthorizer"] == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": (
                "arn:AWS::Partition:apigateway:AWS::Region:lambda:path/2015-03-31/functions/CheckFunctionArn/invocations"
            ),
            "authorizerCredentials": "FrontApiRole.Arn",
            "authorizerResultTtlInSeconds": 60,
            "identityValidationExpression": "Bearer .+",
        },
    }


def test_a_function_is_asked_about_a_request() -> None:
    identity = [Api.headers["X-Tenant"], Api.query["key"], Api.context["identity"]["sourceIp"]]
    made = api(a=LambdaAuthorizer(function=LIVE, kind="request", identity=identity))
    scheme = schemes(made)["CheckLiveRequestAuthorizer"]
    assert scheme["name"] == "Unused"
    asked = scheme["x-amazon-apigateway-authorizer"]
    assert asked["type"] == "request"
    assert asked["identitySource"] == (
        "method.request.header.X-Tenant, method.request.querystring.key, context.identity.sourceIp"
    )
    assert LIVE in asked["authorizerUri"]


def test_the_role_may_ask_these_functions_and_no_others() -> None:
    made = api(a=LambdaAuthorizer(function=CHECK), b=LambdaAuthorizer(function=LIVE), c="iam")
    statements = [each for each in api_policy(made)["Statement"] if "lambda:InvokeFunction" in each["Action"]]
    assert statements == [
        {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": ["${CheckFunctionArn}", LIVE]}
    ]


def test_authorizers_that_are_alike_are_one_and_others_never_share_a_name() -> None:
    made = api(
        a=LambdaAuthorizer(function=CHECK),
        b=LambdaAuthorizer(function=CHECK),
        c=LambdaAuthorizer(function=CHECK, identity=Api.headers["X-Token"]),
    )
    assert security(made) == {
        "/a": [{"CheckFunctionArnTokenAuthorizer": []}],
        "/b": [{"CheckFunctionArnTokenAuthorizer": []}],
        "/c": [{"CheckFunctionArnTokenAuthorizer2": []}],
    }
    assert len(schemes(made)) == 2


def test_a_public_route_says_so_and_an_open_one_nothing() -> None:
    assert security(api(said="public", open="none")) == {"/said": [], "/open": None}


def test_the_document_is_valid_and_its_parameters_are_known() -> None:
    made = api(
        a=CognitoAuthorizer(user_pool_arn=POOL, scopes=["buy"]),
        b=LambdaAuthorizer(function=CHECK, kind="request"),
        c="public",
        d="api_key",
    )
    validate(document(made))
    assert authorizer_parameters(made) == {"UserPoolArn": POOL, "CheckFunctionArn": CHECK}


def test_callers_that_are_not_let_through_are_answered_401_or_403() -> None:
    made = document(api(a=CognitoAuthorizer(user_pool_arn=POOL), b="api_key", c="public"))
    statuses = {path: {"401", "403"} & item["post"]["responses"].keys() for path, item in made["paths"].items()}
    assert statuses == {"/a": {"401", "403"}, "/b": {"403"}, "/c": set()}


def test_browsers_may_send_what_callers_are_known_by_and_what_is_read() -> None:
    made = Api("front", cors="*")
    tenant = LambdaAuthorizer(function=CHECK, kind="request", identity=[Api.headers["X-Tenant"], Api.query["key"]])
    made.post("/a", flow(), authorization=tenant)
    made.put("/a", flow("Put"), authorization="api_key")
    made.get("/b", dynamodb.get_item(TableName="t", Key={"pk": {"S": Api.headers["X-Id"]}}), authorization="public")
    standard = flow("Long")
    standard.type = "STANDARD"
    made.post("/c", standard, asynchronous=True, name=Api.headers["Idempotency-Key"])
    written = document(made)["paths"]
    found = {
        path: item["options"]["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"][
            "method.response.header.Access-Control-Allow-Headers"
        ]
        for path, item in written.items()
    }
    assert found == {
        "/a": "'Content-Type,X-Tenant,X-Api-Key'",
        "/b": "'Content-Type,X-Id'",
        "/c": "'Content-Type,Idempotency-Key'",
    }
