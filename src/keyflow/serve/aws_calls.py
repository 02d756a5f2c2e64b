"""Calls that a route makes without a workflow: sent to a service as API Gateway sends them, body and all."""

from __future__ import annotations

import json
import threading
from typing import Any

from keyflow.asl import JSON
from keyflow.aws.models import boto3_name
from keyflow.diagnostics import DeployError, Diagnostic
from keyflow.engine.boto3_calls import ClientOf
from keyflow.serve.rest_api import AwsAnswer, AwsRequest


class AwsCalls:
    """Sends the body of a request as it is, by boto3's client of the service, and gives the answer as it came.

    `client` makes clients that validate nothing: the service is to refuse what it does not take.
    """

    def __init__(self, client: ClientOf) -> None:
        self._make = client
        self._clients: dict[str, Any] = {}
        self._here = threading.local()

    def send(self, request: AwsRequest) -> AwsAnswer:
        """What the service answers.

        Raises:
            DeployError: KF504, nothing answers there, or there are no credentials.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        self._here.body, self._here.answer = request.body, None
        operation = getattr(self._client(request.service), boto3_name(request.operation))
        try:
            operation()
        except ClientError:
            pass  # the answer says so
        except BotoCoreError as error:
            raise DeployError(Diagnostic("KF504", str(error), hint="credentials, region, --endpoint-url")) from error
        status, body = self._here.answer
        return AwsAnswer(status=status, body=_json(body))

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            client = self._clients[service] = self._make(service)
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("response-received", self._after)
        return self._clients[service]

    def _before(self, params: dict[str, Any], **_more: Any) -> None:
        """Puts the request's own body in what the client sends."""
        params["body"] = self._here.body.encode()

    def _after(self, response_dict: dict[str, Any] | None, **_more: Any) -> None:
        """Keeps what comes back."""
        if response_dict is not None:
            self._here.answer = response_dict["status_code"], response_dict["body"]


def _json(body: bytes) -> JSON:
    """A body's JSON; its text where it is none."""
    text = body.decode(errors="replace")
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text
