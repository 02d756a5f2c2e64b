"""Text stands in an answer as it came."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.api import HARD, INTEGRATION, Operation, is_json
from keyflow.check.api_examples import DECLARED, ESCAPED, example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError, Severity


def check(operation: Operation) -> Iterator[Finding]:
    """Answers for the errors that the template knows, where their cause has quotes."""
    for error in operation.errors_named if operation.starts_and_waits else ():
        try:
            answer = operation.answered({"status": "FAILED", "error": error, "cause": HARD})
        except (CheckError, EngineError):
            return
        if not is_json(answer.body):
            hint = '$util.escapeJavaScript($x).replaceAll("\\\\\'", "\'")'
            message = f"answers what is no JSON where the cause of {error} has quotes"
            yield Finding((INTEGRATION, "responses"), message, hint)


RULE = Rule(
    code="KF903",
    title="Text stands in an answer as it came",
    why="A cause with a quotation mark breaks the JSON of the answer.",
    bad=example(answer=DECLARED.replace(ESCAPED, "$end.cause")),
    good=example(answer=DECLARED),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
    severity=Severity.WARNING,
)
