"""The header that names the operation is missing."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import EVENT_HEADERS, direct
from keyflow.check.rule import Finding, Rule
from keyflow.diagnostics import CheckError, EngineError

_HEADER = "X-Amz-Target"
_NAMED_BY_THE_URI = ("dynamodb", "firehose", "kinesis", "stepfunctions")
"""Services for which API Gateway itself adds the header where the URI names an action."""


def check(operation: Operation) -> Iterator[Finding]:
    """JSON for a service that knows the operation by a header, without the header."""
    from keyflow.aws.models import service_model

    model = None if operation.service is None else service_model(operation.service)
    template = operation.request_template
    if model is None or model.target_prefix is None or template is None:
        return
    by_uri = ":action/" in str(operation.integration.get("uri")) and model.name in _NAMED_BY_THE_URI
    if by_uri or _HEADER.lower() in operation.headers or _HEADER in template:
        return
    try:
        is_json = operation.sent().lstrip().startswith("{")
    except (CheckError, EngineError):
        return
    if is_json:
        value = f"'{model.target_prefix}.<Operation>'"
        hint = f'add "integration.request.header.{_HEADER}": "{value}" to requestParameters'
        message = f"sends JSON to {model.name} without {_HEADER}, by which it knows the operation"
        yield Finding((INTEGRATION,), message, hint, on_key=True)


RULE = Rule(
    code="KF912",
    title="The header that names the operation is missing",
    why="Services with AWS's JSON protocol find the operation in X-Amz-Target, and refuse a request without it.",
    bad=direct(headers={"Content-Type": EVENT_HEADERS["Content-Type"]}),
    good=direct(),
    source="https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html",
    check=check,
)
