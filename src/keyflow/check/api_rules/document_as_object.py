"""A JSON document is sent as an object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import APOSTROPHE, EVENT, direct
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import CheckError, EngineError

if TYPE_CHECKING:
    from keyflow.aws.models import Shape


def check(operation: Operation) -> Iterator[Finding]:
    """Members that the service's model has as text, and that the template fills with an object or a list."""
    call = operation.call
    if call is None or call.input is None or operation.request_template is None:
        return
    try:
        sent = json.loads(operation.sent())
    except (CheckError, EngineError, ValueError):
        return
    for name in dict.fromkeys(_objects(call.input, sent, "")):
        hint = f'write "{name.rpartition(".")[2]}": "$util.escapeJavaScript($input.json(...)){APOSTROPHE}"'
        message = f"sends {name} as an object, and {call.name} takes the text of a JSON document there"
        yield Finding((INTEGRATION, "requestTemplates"), message, hint)


def _objects(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """The places where text is wanted, and an object or a list stands."""
    if shape.is_document:
        return
    match shape.type, value:
        case "string", dict() | list():
            yield path
        case "structure", dict():
            for name, each in value.items():
                if name in shape.members:
                    yield from _objects(shape.members[name], each, f"{path}.{name}" if path else name)
        case "list", list():
            for each in value:
                yield from _objects(shape.element, each, f"{path}[]")
        case "map", dict():
            for key, each in value.items():
                yield from _objects(shape.element, each, f"{path}.{key}")
        case _:
            pass


RULE = Rule(
    code="KF911",
    title="A JSON document is sent as an object",
    why="An event's detail and an execution's input are texts for the service: it refuses an object each time.",
    bad=direct(request=EVENT.replace(f"\"$util.escapeJavaScript($input.json('$')){APOSTROPHE}\"", "$input.json('$')")),
    good=direct(),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
)
