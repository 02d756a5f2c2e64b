"""A parameter of the path is passed on as it stands in the URL."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import EVENT, direct
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError, Severity

_ENCODED = "a%20b"
_PARAMETER = "$input.params().path.get('id')"


def _document(value: str) -> JSON:
    operations = direct(request=EVENT.replace("$input.json('$')", value))
    return {"openapi": "3.0.1", "paths": {"/things/{id}": operations}}


def check(operation: Operation) -> Iterator[Finding]:
    """What the backend is sent of a path with a space in it."""
    if operation.request_template is None:
        return
    try:
        sent = operation.sent("plain", path=_ENCODED)
    except (CheckError, EngineError):
        return
    if _ENCODED in sent:
        hint = "$util.urlDecode($input.params().path.get('id').replace('+', '%2B')) is the text that was meant"
        message = f"passes a parameter of the path on as it stands in the URL: {_ENCODED} for a space"
        yield Finding((INTEGRATION, "requestTemplates"), message, hint)


RULE = Rule(
    code="KF914",
    title="A parameter of the path is not decoded",
    why="Parameters of the path arrive as they stand in the URL, so that the backend looks for another name.",
    bad=_document(_PARAMETER),
    good=_document(f"$util.urlDecode({_PARAMETER}.replace('+', '%2B'))"),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
    severity=Severity.WARNING,
)
