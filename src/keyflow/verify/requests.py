"""Requests that a caller could send, and the input that API Gateway makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.diagnostics import CheckError, Diagnostic
from keyflow.http.gateway import Gateway, Request
from keyflow.verify.answers import sample_of_schema

HEADERS = {"Content-Type": "application/json"}


def sample_request(schema: Mapping[str, Any] | None, path_parameters: Iterable[str]) -> Request:
    """A request whose body the schema allows."""
    body = {} if schema is None else sample_of_schema(schema, "body")
    path = {name: f"path-{name}" for name in path_parameters}
    return Request(json.dumps(body), path, {}, HEADERS)


def execution_input(gateway: Gateway, request: Request) -> JSON:
    """The input of the execution that the integration starts for a request.

    Raises:
        CheckError: KF105, what the integration sends starts no execution.
    """
    sent = gateway.sent(request)
    try:
        return json.loads(json.loads(sent)["input"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"the request template sends what starts no execution ({error}): {sent.strip()}"
        raise CheckError(Diagnostic("KF105", message, hint="its input is JSON inside a JSON string")) from error
