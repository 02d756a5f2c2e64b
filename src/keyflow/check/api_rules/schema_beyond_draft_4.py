"""A schema says what draft 4 does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.check.api import Operation
from keyflow.check.api_examples import example
from keyflow.check.paths import Path
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.dsl.draft4 import beyond


def check(operation: Operation) -> Iterator[Finding]:
    """The words of the body's schema, and of those that it refers to, that API Gateway does not know."""
    for place, body in _bodies(operation):
        words = dict(item for each in _with_referred(body, operation.api) for item in beyond(each))
        for word, hint in words.items():
            yield Finding(place, f"has {word!r} in the schema of its body, which API Gateway does not know", hint)


def _bodies(operation: Operation) -> Iterator[tuple[Path, Any]]:
    """The schemas of the body: OpenAPI 3 has one for each type of content, OpenAPI 2 has a parameter."""
    request = operation.document.get("requestBody")
    content = request.get("content") if isinstance(request, Mapping) else None
    for kind, each in content.items() if isinstance(content, Mapping) else ():
        if isinstance(each, Mapping):
            yield ("requestBody", "content", kind), each.get("schema")
    parameters = operation.document.get("parameters")
    for index, each in enumerate(parameters if isinstance(parameters, list) else ()):
        if isinstance(each, Mapping) and each.get("in") == "body":
            yield ("parameters", index), each.get("schema")


def _with_referred(schema: Any, api: Mapping[str, Any]) -> Iterator[Any]:
    """The schema and those of the document that it refers to, each once."""
    seen: set[str] = set()
    pending = [schema]
    while pending:
        each = pending.pop()
        yield each
        for target in set(_references(each)) - seen:
            seen.add(target)
            pending.append(_at(target, api))


def _references(tree: Any) -> Iterator[str]:
    pending = [tree]
    while pending:
        match pending.pop():
            case {"$ref": str(target), **rest}:
                yield target
                pending += rest.values()
            case Mapping() as each:
                pending += each.values()
            case list() as each:
                pending += each


def _at(target: str, api: Any) -> Any:
    for key in target.removeprefix("#/").split("/"):
        api = api.get(key) if isinstance(api, Mapping) else None
    return api


def _example(limit: dict[str, Any]) -> Any:
    schema = {"type": "object", "properties": {"amount": {"type": "integer", **limit}}}
    operations: Any = example()
    operations["post"]["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return operations


RULE = Rule(
    code="KF921",
    title="A schema says what draft 4 does not know",
    why=(
        "API Gateway holds bodies to JSON Schema draft 4. It ignores or refuses what later drafts have, and "
        "exclusiveMinimum in any form: bodies pass that the schema forbids."
    ),
    bad=_example({"exclusiveMinimum": 0}),
    good=_example({"minimum": 1}),
    source=f"{GATEWAY}/api-gateway-known-issues.html",
    check=check,
    severity=Severity.WARNING,
)
