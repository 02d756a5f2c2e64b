"""A mapping template fails."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError


def check(operation: Operation) -> Iterator[Finding]:
    """Templates that are no Velocity, or use what is not there."""
    try:
        if operation.request_template is not None:
            operation.sent()
    except (CheckError, EngineError) as failure:
        yield Finding((INTEGRATION, "requestTemplates"), f"the request template fails: {failure}")
    try:
        if operation.starts_and_waits:
            operation.answered({"status": "SUCCEEDED", "output": "{}"})
    except (CheckError, EngineError) as failure:
        yield Finding((INTEGRATION, "responses"), f"a response template fails: {failure}")


RULE = Rule(
    code="KF901",
    title="A mapping template fails",
    why="API Gateway answers 500 where a template cannot be evaluated, whatever the execution came to.",
    bad=example(answer="#set($x = )"),
    good=example(),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
)
