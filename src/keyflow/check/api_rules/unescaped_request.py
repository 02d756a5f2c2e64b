"""Text stands in a request as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator

from keyflow.check.api import INTEGRATION, Operation, is_json
from keyflow.check.api_examples import APOSTROPHE, REQUEST, example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError, Severity


def check(operation: Operation) -> Iterator[Finding]:
    """What the backend is sent where all text of the request must be escaped."""
    if operation.request_template is None or "form" in operation.headers.get("content-type", ""):
        return
    try:
        sent = operation.sent()
    except (CheckError, EngineError):
        return
    hint = '$util.escapeJavaScript($x).replaceAll("\\\\\'", "\'")'
    where = (INTEGRATION, "requestTemplates")
    if not is_json(sent):
        yield Finding(where, "sends what is no JSON where the request has quotes", hint)
    elif operation.starts_and_waits and not _input_is_json(sent):
        yield Finding(where, "starts executions with an input that is no JSON where the request has quotes", hint)


def _input_is_json(sent: str) -> bool:
    """Whether the text of the input is JSON; what is no text, is another rule's."""
    document = json.loads(sent)
    given = document.get("input", "{}") if isinstance(document, dict) else ""
    return not isinstance(given, str) or is_json(given)


RULE = Rule(
    code="KF904",
    title="Text stands in a request as it came",
    why=(
        "What a caller sends is put into JSON: a quotation mark breaks it, or says what the author never "
        "meant. escapeJavaScript alone makes of an apostrophe what JSON does not have."
    ),
    bad=example(request=REQUEST.replace(APOSTROPHE, "")),
    good=example(),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
    severity=Severity.WARNING,
)
