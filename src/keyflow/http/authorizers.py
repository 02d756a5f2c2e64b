"""Who may call, as API Gateway's extensions of OpenAPI write it.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keyflow.asl import JSON
from keyflow.aws.permission import Permission
from keyflow.dsl.api import Api, Route
from keyflow.dsl.authorization import Authorization, Authorizer, CognitoAuthorizer, LambdaAuthorizer
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.requests import Part, RequestValue
from keyflow.http.integration import role_id
from keyflow.http.references import Substitutable

_PLACES = {Part.HEADER: "method.request.header", Part.QUERY: "method.request.querystring", Part.CONTEXT: "context"}
_INVOCATION = "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{}/invocations"
_API_KEY: JSON = {"type": "apiKey", "name": "x-api-key", "in": "header"}
_IAM: JSON = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


def security_schemes(api: Api) -> dict[str, JSON]:
    """The ways in which the routes of an API know their callers, by name."""
    used = [route.authorization for route in api.routes]
    schemes: dict[str, JSON] = {}
    if Authorization.API_KEY in used:
        schemes["apiKey"] = _API_KEY
    if Authorization.IAM in used:
        schemes["iam"] = _IAM
    return schemes | {name: _scheme(api, authorizer) for name, authorizer in _named(api).items()}


def security(api: Api, route: Route) -> dict[str, JSON]:
    """What an operation says of its callers."""
    match route.authorization:
        case Authorization.NONE:
            return {}
        case Authorization.PUBLIC:
            return {"security": []}
        case Authorization.API_KEY:
            return {"security": [{"apiKey": []}]}
        case Authorization.IAM:
            return {"security": [{"iam": []}]}
        case authorizer:
            scheme = _scheme(api, authorizer)
            name = next(name for name, each in _named(api).items() if _scheme(api, each) == scheme)
            scopes = list(authorizer.scopes) if isinstance(authorizer, CognitoAuthorizer) else []
            return {"security": [{name: scopes}]}


def authorizer_permissions(api: Api) -> Iterator[Permission]:
    """What API Gateway's role must be allowed to do to ask the API's authorizers."""
    for authorizer in _authorizers(api):
        if isinstance(authorizer, LambdaAuthorizer):
            yield Permission("lambda:InvokeFunction", _text(authorizer.function))


def authorizer_parameters(api: Api) -> Mapping[str, Parameter]:
    """The parameters that stand for the user pools and the functions of an API's authorizers, by name."""
    arns = (each.function if isinstance(each, LambdaAuthorizer) else each.user_pool_arn for each in _authorizers(api))
    return {arn.name: arn for arn in arns if isinstance(arn, Parameter)}


def _authorizers(api: Api) -> list[Authorizer]:
    return [each for route in api.routes if not isinstance(each := route.authorization, Authorization)]


def _named(api: Api) -> dict[str, Authorizer]:
    """The authorizers by their names; those that are alike are one, and two different ones never share a name."""
    found: dict[str, Authorizer] = {}
    for authorizer in _authorizers(api):
        scheme, name, number = _scheme(api, authorizer), authorizer.name, 2
        while name in found and _scheme(api, found[name]) != scheme:
            name, number = f"{authorizer.name}{number}", number + 1
        found.setdefault(name, authorizer)
    return found


def _scheme(api: Api, authorizer: Authorizer) -> JSON:
    if isinstance(authorizer, CognitoAuthorizer):
        asked: dict[str, JSON] = {
            "type": "cognito_user_pools",
            "providerARNs": [_substitutable(authorizer.user_pool_arn)],
        }
        return _with_header("Authorization", "cognito_user_pools", asked)
    asked = {
        "type": authorizer.kind,
        "authorizerUri": Substitutable(_INVOCATION.format(_text(authorizer.function))),
        "authorizerCredentials": Substitutable(f"${{{role_id(api)}.Arn}}"),
        "authorizerResultTtlInSeconds": authorizer.cache_seconds,
    }
    if authorizer.kind == "token":
        if authorizer.pattern is not None:
            asked["identityValidationExpression"] = authorizer.pattern
        return _with_header(authorizer.sources[0].keys[0], "custom", asked)
    if authorizer.sources:
        asked["identitySource"] = ", ".join(map(_identity, authorizer.sources))
    return _with_header("Unused", "custom", asked)


def _with_header(header: str, kind: str, asked: JSON) -> JSON:
    """OpenAPI knows such callers by a header; what is asked of whom is in the extensions."""
    return {
        "type": "apiKey",
        "name": header,
        "in": "header",
        "x-amazon-apigateway-authtype": kind,
        "x-amazon-apigateway-authorizer": asked,
    }


def _identity(source: RequestValue) -> str:
    return ".".join((_PLACES[source.part], *source.keys))


def _text(arn: Parameter | str) -> str:
    return arn.deployed_text() if isinstance(arn, Parameter) else arn


def _substitutable(arn: Parameter | str) -> str:
    return Substitutable(_text(arn))
