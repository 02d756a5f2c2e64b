"""Two responses of an integration have the same status."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import IN_PART, direct, response
from keyflow.check.rule import Finding, Rule


def check(operation: Operation) -> Iterator[Finding]:
    """Responses behind another of the same status."""
    responses = operation.integration.get("responses")
    seen: dict[str, str] = {}
    for pattern, each in responses.items() if isinstance(responses, dict) else ():
        status = str(each.get("statusCode")) if isinstance(each, dict) else ""
        if status in seen:
            hint = "give one of them another statusCode, and set the status in its template where need be"
            message = f"has two responses with the status {status}, {seen[status]} and {pattern}: one of them is lost"
            yield Finding((INTEGRATION, "responses", pattern), message, hint, on_key=True)
        seen.setdefault(status, str(pattern))


RULE = Rule(
    code="KF915",
    title="Two responses of an integration have the same status",
    why="API Gateway keeps the responses of an integration by their statuses: the import keeps one of the two.",
    bad=direct(responses={"200": response(200, IN_PART), "4\\d{2}": response(500), "default": response(500)}),
    good=direct(responses={"200": response(200, IN_PART), "4\\d{2}": response(400), "default": response(500)}),
    source="https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html",
    check=check,
)
