"""An execution that failed is answered with success."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import example
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError

_ENDS = (
    ({"status": "FAILED", "error": "AnyError", "cause": "any cause"}, "that failed"),
    ({"status": "TIMED_OUT"}, "that timed out"),
)


def check(operation: Operation) -> Iterator[Finding]:
    """What is answered for ends that are no success."""
    if not operation.starts_and_waits:
        return
    for end, what in _ENDS:
        try:
            answer = operation.answered(end)
        except (CheckError, EngineError):
            return
        if answer.status // 100 == 2:
            hint = "answer 500 for every error that the template does not know"
            yield Finding((INTEGRATION, "responses"), f"answers {answer.status} for an execution {what}", hint)


RULE = Rule(
    code="KF902",
    title="An execution that failed is answered with success",
    why=(
        "StartSyncExecution answers 200 whether the execution succeeded or not: the response template must "
        "ask, for every error, those too that it does not know."
    ),
    bad=example(answer='{"output": "$input.path(\'$.output\')"}'),
    good=example(),
    source=f"{GUIDE}/tutorial-api-gateway.html",
    check=check,
)
