"""The worked examples on this machine: over services in this process (moto), and through their routes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keyflow import asl
from keyflow.compilation import compiled_workflows
from keyflow.deploy.substitution import substituted
from keyflow.engine import Boto3
from keyflow.engine.local import local_services
from keyflow.http import as_concrete, openapi_document, placeholders
from keyflow.http.gateway import Answer, Gateway, Request
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.testing import WorkflowRun

_DEFINITIONS = load_definitions(find_project(Path(__file__).parent))
_DOCUMENTS = {each.workflow.name: each.document for each in compiled_workflows(_DEFINITIONS)}


@contextmanager
def services(workflow: str, parameters: Mapping[str, str]) -> Iterator[Boto3]:
    """Services in this process, with the tables and the queues that the workflow names."""
    with local_services(asl.parse(substituted(_DOCUMENTS[workflow], parameters))) as runner:
        yield runner


def integration(api: str, route: str) -> Gateway:
    """API Gateway's part of a route, `POST /members`."""
    document = openapi_document(_DEFINITIONS.apis[api])
    concrete: Any = as_concrete(document, {name: f"arn:aws:x:::{name}" for name in placeholders(document)})
    method, path = route.split()
    return Gateway(concrete["paths"][path][method.lower()]["x-amazon-apigateway-integration"])


def sent(api: str, route: str, request: Request, context: Mapping[str, Any] | None = None) -> Any:
    """What the backend of a route is sent for a request."""
    return json.loads(integration(api, route).sent(request, context))


def answer(api: str, route: str, body: Mapping[str, Any], execute: Callable[[Any], WorkflowRun]) -> Answer:
    """What a caller is answered for a body, where `execute` runs the workflow that the route waits for."""
    run = execute(json.loads(sent(api, route, Request(json.dumps(body)))["input"]))
    end = {"output": json.dumps(run.output)} if run.status == "SUCCEEDED" else {"error": run.error, "cause": run.cause}
    return integration(api, route).answered(200, {"status": run.status, **end})
