"""A REST API at work: a request goes the way that API Gateway takes it, by the compiled document.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keyflow import json_values
from keyflow.asl import JSON
from keyflow.aws.models import operation_model
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.http.admission import Door
from keyflow.http.gateway import Answer, BadBody, Gateway, Request
from keyflow.http.gateway_responses import GatewayResponse
from keyflow.lazy import lazy_pattern
from keyflow.serve.callers import Callers
from keyflow.serve.request import HttpRequest
from keyflow.serve.routing import Match, operation_of

if TYPE_CHECKING:
    from jsonschema import Draft4Validator

    from keyflow.engine import Execution

MOST_BYTES = 10 * 1024 * 1024
"""Of a body. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
_ACTION = lazy_pattern(r":apigateway:[^:]*:(?P<service>[a-z0-9-]+):(?:action/(?P<action>\w+)|path/)")
_SERVICES = {"states": "stepfunctions"}
"""boto3's names of the services that an integration's URI calls otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRequest:
    """What API Gateway sends to a service: the operation by its name in the model, and the body as text."""

    service: str
    operation: str
    body: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAnswer:
    """What a service answers, after so many seconds; with the execution that it was, where there was one."""

    status: int
    body: JSON
    seconds: float = 0
    execution: Execution | None = None
    workflow: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The response to a caller, the route's label, and AWS's answer from which it was made."""

    answer: Answer
    label: str | None = None
    behind: AwsAnswer | None = None


Backend = Callable[[AwsRequest], AwsAnswer]


class RestApi:
    """One API by its concrete document."""

    def __init__(self, name: str, document: Mapping[str, Any], callers: Callers, backend: Backend) -> None:
        self.name = name
        self._document = document
        self._callers = callers
        self._backend = backend
        self._operations: dict[int, _Operation] = {}

    @property
    def too_large(self) -> Answer:
        """What a caller gets whose body has more than `MOST_BYTES`."""
        return GatewayResponse.REQUEST_TOO_LARGE.answer(self._document)

    def warm(self) -> None:
        """Reads every template, and loads the libraries that do."""
        for item in self._document["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict) and "x-amazon-apigateway-integration" in operation:
                    Gateway(operation["x-amazon-apigateway-integration"]).read_templates()

    def answer(self, http: HttpRequest, *, number: str, moment: float) -> Answered:
        """What a caller gets.

        Args:
            http: The request; its path is one of the API.
            number: The request's id.
            moment: When it came, in seconds since 1970.

        Raises:
            KeyflowError: The call behind the route cannot be made here, or a template cannot be evaluated.
        """
        match = operation_of(self._document, http.method, http.path)
        if match is None:
            return Answered(answer=GatewayResponse.MISSING_AUTHENTICATION_TOKEN.answer(self._document))
        label = f"{http.method} {match.path}"
        operation = self._operation(match)
        request = http.read(match)
        known = operation.door.context(request, self._callers.ask)
        if isinstance(known, Answer):
            return Answered(answer=known, label=label)
        refused = operation.refusal(request, http.content_type)
        if refused is not None:
            return Answered(answer=refused, label=label)
        context = http.context(match, api=self.name, number=number, moment=moment)
        context = {**context, **known, "identity": {**context["identity"], **known.get("identity", {})}}
        return self._integrated(operation, request, context, label)

    def _integrated(self, operation: _Operation, request: Request, context: Mapping[str, Any], label: str) -> Answered:
        gateway = operation.gateway
        try:
            sent = gateway.sent(request, context)
        except BadBody as error:
            message = f"Could not parse request body into json: {error.diagnostics[0].message}"
            return Answered(answer=GatewayResponse.BAD_REQUEST_BODY.answer(self._document, message), label=label)
        if operation.is_mock:
            status = json.loads(sent).get("statusCode", 200)
            answer = gateway.answered(status, {}, context)
            return Answered(answer=Answer(answer.status, "", answer.headers), label=label)
        service, action = operation.called
        behind = self._backend(AwsRequest(service=service, operation=action, body=sent, label=label))
        if behind.seconds * 1000 > gateway.milliseconds:
            answer = GatewayResponse.INTEGRATION_TIMEOUT.answer(self._document)
        else:
            answer = gateway.answered(behind.status, behind.body, context)
        return Answered(answer=answer, label=label, behind=behind)

    def _operation(self, match: Match) -> _Operation:
        """What is made of an operation, once."""
        key = id(match.operation)
        if key not in self._operations:
            self._operations[key] = _Operation(self._document, match.operation)
        return self._operations[key]


class _Operation:
    """An operation: who may call it, what it takes, and the integration behind it."""

    def __init__(self, document: Mapping[str, Any], operation: Mapping[str, Any]) -> None:
        self._document = document
        self._operation = operation
        self._integration: Mapping[str, Any] = operation["x-amazon-apigateway-integration"]
        self.door = Door(document=document, operation=operation)
        self.gateway = Gateway(self._integration)

        self.is_mock: bool = self._integration["type"] == "mock"

    @cached_property
    def called(self) -> tuple[str, str]:
        """The service and the operation that the integration calls: by its URI, or by the header that names it.

        Raises:
            EngineError: KF609, it calls something else, as one that is written by hand may.
        """
        uri = str(self._integration.get("uri"))
        match = _ACTION.search(uri)
        if match is not None:
            service = _SERVICES.get(match["service"], match["service"])
            action = match["action"] or self.gateway.sent_headers.get("X-Amz-Target", "").rpartition(".")[2]
            if operation_model(service, action) is not None:
                return service, action
        hint = "only calls of AWS can be made here; look at the integration in `extra`"
        raise EngineError(Diagnostic("KF609", f"boto3 has no operation for the integration's uri {uri!r}", hint=hint))

    def refusal(self, request: Request, content_type: str) -> Answer | None:
        """What API Gateway answers to a request that the document does not allow; None where it does."""
        missing = [name for name, place in self._required if not _has(request, name, place)]
        if missing:
            message = f"Missing required request parameters: [{', '.join(missing)}]"
            return GatewayResponse.BAD_REQUEST_PARAMETERS.answer(self._document, message)
        if content_type == "application/json" and not self._is_valid(request.body):
            return GatewayResponse.BAD_REQUEST_BODY.answer(self._document)
        if not self.gateway.takes(content_type):
            return GatewayResponse.UNSUPPORTED_MEDIA_TYPE.answer(self._document)
        return None

    @cached_property
    def _checks(self) -> Mapping[str, bool]:
        validators: Mapping[str, Any] = self._document.get("x-amazon-apigateway-request-validators", {})
        found: Mapping[str, bool] = validators.get(self._operation.get("x-amazon-apigateway-request-validator", ""), {})
        return found

    @cached_property
    def _required(self) -> tuple[tuple[str, str], ...]:
        """The parameters that a request must have, each with its place."""
        if not self._checks.get("validateRequestParameters"):
            return ()
        given = self._operation.get("parameters", ())
        return tuple((each["name"], each["in"]) for each in given if each.get("required") and each["in"] != "path")

    def _is_valid(self, body: str) -> bool:
        if self._validator is None:
            return True
        try:
            document = json_values.parse(body)
        except ValueError:
            return False
        return self._validator.is_valid(document)

    @cached_property
    def _validator(self) -> Draft4Validator | None:
        """What bodies are held against, where they are."""
        from jsonschema import Draft4Validator

        content = self._operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or not self._checks.get("validateRequestBody"):
            return None
        return Draft4Validator({**content["schema"], "components": self._document.get("components", {})})


def _has(request: Request, name: str, place: str) -> bool:
    """Whether a request has a parameter, and it is not blank."""
    return bool(request.query.get(name) if place == "query" else request.header(name))
