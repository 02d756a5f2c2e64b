"""Who may call a route: everybody, whoever signs or has a key, or whom an authorizer lets pass.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from keyflow.dataclass import dataclass
from keyflow.diagnostics import definition_error, did_you_mean
from keyflow.dsl.deployed import Parameter, logical_id
from keyflow.dsl.requests import Part, RequestValue

_USER_POOL = r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[\w-]+"
_FUNCTION = r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?"
_LONGEST_CACHE_SECONDS = 3600


class Authorization(Enum):
    """Who may call a route, where API Gateway itself decides."""

    NONE = "none"
    PUBLIC = "public"
    IAM = "iam"
    API_KEY = "api_key"


@dataclass(frozen=True, eq=False, kw_only=True)
class CognitoAuthorizer:
    """Callers with a token of a Cognito user pool, in the header `Authorization`.

    Args:
        user_pool_arn: The pool's ARN, or the parameter that stands for it.
        scopes: An access token with one of these is asked for; with none, an ID token.

    Raises:
        DefinitionError: KF412, there is no such authorizer.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
    """

    user_pool_arn: Parameter | str
    scopes: Sequence[str] = ()

    def __post_init__(self) -> None:
        _check_arn(
            "user_pool_arn", self.user_pool_arn, _USER_POOL, "arn:aws:cognito-idp:<region>:<account>:userpool/<id>"
        )
        if isinstance(self.scopes, str) or not all(isinstance(each, str) and each for each in self.scopes):
            raise definition_error("KF412", f"scopes is a list of names, not {self.scopes!r}")

    @property
    def name(self) -> str:
        """What the authorizer is called in the document."""
        return f"{_short_name(self.user_pool_arn)}Authorizer"

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that a caller sends to it."""
        return ("Authorization",)


@dataclass(frozen=True, eq=False, kw_only=True)
class LambdaAuthorizer:
    """Callers whom a Lambda function lets pass.

    Args:
        function: The function's ARN, or the parameter that stands for it.
        kind: `"token"`: the function gets one header. `"request"`: it gets the headers, the query and the context.
        identity: What a caller is known by: `api.headers[...]`, for requests also `api.query[...]` and
            `api.context[...]`, one or several. Of a token it is the header `Authorization`, where nothing is said.
        pattern: A regular expression that a token must match before the function is asked.
        cache_seconds: How long an answer of the function holds for the same identity, on all routes of the API: a
            policy that names one route then refuses the others. 0 asks each time.

    Raises:
        DefinitionError: KF412, there is no such authorizer.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    """

    function: Parameter | str
    kind: str = "token"
    identity: RequestValue | Sequence[RequestValue] = ()
    pattern: str | None = None
    cache_seconds: int = 0

    def __post_init__(self) -> None:
        _check_arn("function", self.function, _FUNCTION, "arn:aws:lambda:<region>:<account>:function:<name>")
        _check_kind(self)
        _check_identity(self)
        if self.cache_seconds not in range(_LONGEST_CACHE_SECONDS + 1) or isinstance(self.cache_seconds, bool):
            problem = f"cache_seconds is a number from 0 to {_LONGEST_CACHE_SECONDS}, not {self.cache_seconds!r}"
            raise definition_error("KF412", problem)
        if self.kind == "request" and self.cache_seconds and not self.sources:
            hint = "write identity=api.headers['Authorization'], or cache_seconds=0"
            raise definition_error("KF412", "an answer is kept by identity, and the authorizer has none", hint=hint)

    @property
    def sources(self) -> tuple[RequestValue, ...]:
        """What a caller is known by."""
        if isinstance(self.identity, RequestValue):
            return (self.identity,)
        return tuple(self.identity) or (
            (RequestValue(Part.HEADER, ("Authorization",)),) if self.kind == "token" else ()
        )

    @property
    def name(self) -> str:
        """What the authorizer is called in the document."""
        return f"{_short_name(self.function)}{self.kind.title()}Authorizer"

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that a caller sends to it."""
        return tuple(each.keys[0] for each in self.sources if each.part is Part.HEADER)


Authorizer = CognitoAuthorizer | LambdaAuthorizer
Callers = Authorization | Authorizer

_HEADERS = {
    Authorization.API_KEY: ("X-Api-Key",),
    Authorization.IAM: ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"),
}


def callers(given: object) -> Callers:
    """Who may call, as a route says it; raises a `DefinitionError`, KF403, where it says no such thing."""
    if isinstance(given, CognitoAuthorizer | LambdaAuthorizer):
        return given
    known = [each.value for each in Authorization]
    if given in known:
        return Authorization(given)
    hint = did_you_mean(given, known) or f"one of {known}, CognitoAuthorizer(...) or LambdaAuthorizer(...)"
    raise definition_error("KF403", f"no authorization {given!r}", hint=hint)


def sent_headers(who: Callers) -> tuple[str, ...]:
    """The headers by which a caller is known."""
    return _HEADERS.get(who, ()) if isinstance(who, Authorization) else who.headers


def _short_name(arn: Parameter | str) -> str:
    return logical_id(arn.name if isinstance(arn, Parameter) else re.split(r"userpool/|function:", arn)[-1])


def _check_arn(label: str, given: object, pattern: str, example: str) -> None:
    if isinstance(given, Parameter) or (isinstance(given, str) and re.fullmatch(pattern, given)):
        return
    raise definition_error("KF412", f"{label} is an ARN or a Parameter, not {given!r}", hint=f"write '{example}'")


def _check_kind(authorizer: LambdaAuthorizer) -> None:
    if authorizer.kind not in ("token", "request"):
        hint = did_you_mean(authorizer.kind, ("token", "request")) or "'token' or 'request'"
        raise definition_error("KF412", f"there is no Lambda authorizer of kind {authorizer.kind!r}", hint=hint)
    if authorizer.pattern is None:
        return
    if authorizer.kind == "request":
        raise definition_error("KF412", "a pattern is for tokens, and a request is none", hint="leave pattern= out")
    try:
        re.compile(authorizer.pattern)
    except (re.error, TypeError) as error:
        raise definition_error("KF412", f"{authorizer.pattern!r} is no regular expression: {error}") from None


def _check_identity(authorizer: LambdaAuthorizer) -> None:
    is_token = authorizer.kind == "token"
    parts = (Part.HEADER,) if is_token else (Part.HEADER, Part.QUERY, Part.CONTEXT)
    for source in authorizer.sources:
        if not isinstance(source, RequestValue) or source.part not in parts or not source.keys:
            what = "a header" if is_token else "headers, members of the query or of the context"
            hint = "write identity=api.headers['Authorization']"
            raise definition_error("KF412", f"a caller is known by {what}, not by {source!r}", hint=hint)
    if is_token and len(authorizer.sources) != 1:
        raise definition_error("KF412", "a token is one header", hint="write kind='request' for several")
