"""Real calls through boto3, to AWS or to any endpoint, with the spelling and the errors of Step Functions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keyflow.asl import JSON
from keyflow.aws import Integration, resource_of
from keyflow.aws.models import Shape
from keyflow.diagnostics import DeployError, Diagnostic, EngineError
from keyflow.engine.datasets import OF_MAPS
from keyflow.engine.runner import Failure, Outcome, Success, TaskCall, Waiting

ClientOf = Callable[[str], Any]
"""boto3's client of a service, by boto3's name for it."""


class Boto3:
    """A runner that makes the calls. The seconds that each takes are those that it took.

    Args:
        client: Makes the client of a service; by default one of boto3's default session.
    """

    def __init__(self, client: ClientOf | None = None) -> None:
        self._make = client or _default_client
        self._clients: dict[str, Any] = {}

    def call(self, call: TaskCall) -> Outcome:
        """Makes the call.

        Raises:
            EngineError: KF609, the resource is nothing that boto3 can call; KF606, a service in this process lacks a
                library.
            DeployError: KF504, there are no credentials or no region to call with, or nothing answers at the endpoint.
        """
        began = time.perf_counter()
        resource = resource_of(OF_MAPS.sub("arn:aws:states:::aws-sdk:s3:", call.resource))
        if resource.kind == "function":
            outcome = self._function(call)
        elif resource.integration is not None:
            outcome = self._operation(resource.integration, call.parameters)
        else:
            hint = "answer it with a stub" if resource.kind == "other" else "activities have workers of their own"
            message = f"{call.state!r} calls {call.resource}, which boto3 has no operation for"
            raise EngineError(Diagnostic("KF609", message, hint=hint))
        seconds = time.perf_counter() - began
        match outcome:
            case Failure(error=error, cause=cause):
                return Failure(error, cause, seconds)
            case Success(result) if call.token is not None:
                return Waiting(seconds, submitted=result)
            case Success(result):
                return Success(result, seconds)
            case _:
                return outcome

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._make(service)
        return self._clients[service]

    def _function(self, call: TaskCall) -> Outcome:
        """A Lambda function that the resource names directly: its result is the payload itself."""
        integration = resource_of("arn:aws:states:::lambda:invoke").integration
        assert integration is not None  # noqa: S101  botocore has had it for ten years
        outcome = self._operation(integration, {"FunctionName": call.resource, "Payload": call.parameters})
        return Success(outcome.result["Payload"]) if isinstance(outcome, Success) else outcome

    def _operation(self, integration: Integration, parameters: JSON) -> Outcome:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            EndpointConnectionError,
            NoCredentialsError,
            NoRegionError,
            ParamValidationError,
        )

        try:
            arguments = _arguments(integration, parameters or {})
            client = self._client(integration.model.service.name)
            answer = getattr(client, integration.operation)(**arguments)
        except ClientError as error:
            return Failure(_error_name(integration, error), str(error))
        except (EndpointConnectionError, NoCredentialsError, NoRegionError) as error:
            raise DeployError(Diagnostic("KF504", str(error), hint="credentials, region, --endpoint-url")) from error
        except ParamValidationError as error:
            return Failure("States.Runtime", str(error))
        except ModuleNotFoundError as error:  # a service of moto's, which imports what it needs when it is called
            service = integration.model.service.name
            message = f"{service} in this process needs the Python module {error.name!r}, which is not installed"
            hint = f"pip install 'moto[{service.replace('-', '')}]', or let a stub answer"
            raise EngineError(Diagnostic("KF606", message, hint=hint)) from error
        except BotoCoreError as error:
            return Failure(integration.lost_error, str(error))
        answer.pop("ResponseMetadata", None)
        return _result(integration, answer)


def _default_client(service: str) -> Any:
    import boto3

    return boto3.client(service)  # type: ignore[call-overload]


# Parameters: from the integration's spelling to boto3's.


def _arguments(integration: Integration, parameters: Mapping[str, Any]) -> dict[str, Any]:
    shape = integration.model.input
    if shape is None:
        return {}
    own: dict[str, Any] = _to_boto3(integration, shape, parameters, "")
    return own


def _to_boto3(integration: Integration, shape: Shape, value: Any, path: str) -> Any:
    if path in integration.json_members and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    match shape.type, value:
        case "structure", dict():
            names = {integration.spelling(name): name for name in shape.members}
            converted: dict[str, Any] = {}
            for spelt, member in value.items():
                own = names[spelt] if spelt in names else str(spelt)
                inner = f"{path}.{own}" if path else own
                known = shape.members.get(own)
                converted[own] = _to_boto3(integration, known, member, inner) if known is not None else member
            return converted
        case "map", dict():
            return {key: _to_boto3(integration, shape.element, each, path) for key, each in value.items()}
        case "list", list():
            return [_to_boto3(integration, shape.element, each, f"{path}[]") for each in value]
        case "blob", str():
            return value.encode()
        case "blob", _:
            return json.dumps(value).encode()
        case _:
            return value


# Results: from boto3's spelling to the integration's.


def _result(integration: Integration, answer: Mapping[str, Any]) -> Outcome:
    shape = integration.model.output
    converted = _from_boto3(integration, shape, answer) if shape is not None else dict(answer)
    if integration.model.service.name == "lambda" and integration.operation == "invoke":
        return _invoked(converted)
    return Success(converted)


def _invoked(answer: dict[str, Any]) -> Outcome:
    """A function's own result or error, which Step Functions takes out of the payload."""
    payload = answer.get("Payload", "")
    try:
        parsed = json.loads(payload) if payload else None
    except ValueError:
        parsed = payload
    if answer.pop("FunctionError", None) is None:
        return Success({**answer, "Payload": parsed})
    error = parsed.get("errorType") if isinstance(parsed, dict) else None
    return Failure(error or "Lambda.Unknown", payload)


def _from_boto3(integration: Integration, shape: Shape | None, value: Any) -> Any:
    match value:
        case dict() if shape is not None and shape.type == "structure":
            return {
                integration.spelling(name): _from_boto3(integration, shape.members.get(name), member)
                for name, member in value.items()
            }
        case dict():
            element = shape.element if shape is not None and shape.type == "map" else None
            return {key: _from_boto3(integration, element, each) for key, each in value.items()}
        case list():
            element = shape.element if shape is not None and shape.type == "list" else None
            return [_from_boto3(integration, element, each) for each in value]
        case datetime():
            return value.astimezone().isoformat(timespec="milliseconds")
        case bytes():
            return _text(value)
        case _ if hasattr(value, "read"):
            return _text(value.read())
        case _:
            return value


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        import base64

        return base64.b64encode(content).decode()


# Errors.


def _error_name(integration: Integration, error: Any) -> str:
    """The error that a Catch would meet; boto3 raises a class of its own for each error of the service's model."""
    name = type(error).__name__
    return integration.error_name(name) if name in integration.model.service.errors else integration.unmodelled_error
