"""A template reads what the context does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import REQUEST, example
from keyflow.check.rule import GATEWAY, Finding, Rule
from keyflow.diagnostics import Severity
from keyflow.dsl.request_context import instead, is_group, is_variable
from keyflow.lazy import lazy_pattern

_READ = lazy_pattern(r"\$!?\{?context((?:\.[A-Za-z][\w-]*)+)(\()?")
_WRITTEN = ("responseOverride", "requestOverride")


def check(operation: Operation) -> Iterator[Finding]:
    """The variables of the context that templates of requests and answers read."""
    integration = operation.integration
    responses = integration.get("responses")
    answers = responses.values() if isinstance(responses, Mapping) else ()
    places: list[tuple[str, Any]] = [("requestTemplates", integration.get("requestTemplates"))]
    places += [("responses", each.get("responseTemplates")) for each in answers if isinstance(each, Mapping)]
    seen: set[tuple[str, ...]] = set()
    for place, templates in places:
        texts = templates.values() if isinstance(templates, Mapping) else ()
        for path, called in (found for text in texts if isinstance(text, str) for found in _READ.findall(text)):
            keys = tuple(path.strip(".").split("."))[: -1 if called else None]
            if keys and keys[0] not in _WRITTEN and not is_group(keys) and not is_variable(keys) and keys not in seen:
                seen.add(keys)
                yield Finding((INTEGRATION, place), f"reads $context.{'.'.join(keys)}, which is empty", instead(keys))


RULE = Rule(
    code="KF922",
    title="A template reads what the context does not have",
    why="What $context does not have is empty, or stands in the text as it was written.",
    bad=example(request=REQUEST.removesuffix("}") + ', "name": "$context.requestID"}'),
    good=example(request=REQUEST.removesuffix("}") + ', "name": "$context.requestId"}'),
    source=f"{GATEWAY}/api-gateway-mapping-template-reference.html",
    check=check,
    severity=Severity.WARNING,
)
