"""Values that no terminal should show: what AWS's models mark as sensitive, and members that are named like secrets."""

from __future__ import annotations

import re
from typing import Any

from keyflow.aws.models import Shape
from keyflow.aws.resources import resource_of
from keyflow.lazy import lazy_pattern

HIDDEN = "***"
_UNMARKED = {("apigateway", "ApiKey", "value"), ("apigateway", "CreateApiKeyRequest", "value")}
"""Members that hold a secret, and that the model does not mark."""
_CONTENT = {("lambda", "Blob"), ("stepfunctions", "SensitiveData"), ("stepfunctions", "SensitiveDataJobInput")}
"""Shapes that the model marks because they hold whatever an author sends: it is looked into, and not hidden whole."""
_NAMED = lazy_pattern(
    r"(password|passphrase|secret|secretkey|accesskey|privatekey|credentials?|authorization|authorizationtoken"
    r"|(^|access|session|refresh|id|auth|bearer|task)token)$"
)
_SHORTEST = 6
"""Characters of a text that is looked for in others: a shorter one would be found by chance."""


class Secrets:
    """Hides secrets in what an execution sends and gets, and finds those it has hidden once in all that follows."""

    def __init__(self) -> None:
        self._found: set[str] = set()

    def parameters(self, resource: str, value: Any) -> Any:
        """The parameters of a call of a resource, its ARN, without secrets."""
        return self._shaped(resource, "input", value)

    def result(self, resource: str, value: Any) -> Any:
        """The result of a call of a resource, its ARN, without secrets."""
        return self._shaped(resource, "output", value)

    def data(self, value: Any) -> Any:
        """Any other data, without what was hidden before, and without members that are named like secrets."""
        return self._hidden(value, None, str)

    def _shaped(self, resource: str, side: str, value: Any) -> Any:
        integration = resource_of(resource).integration
        shape = None if integration is None else getattr(integration.model, side)
        return self._hidden(value, shape, str if integration is None else integration.spelling)

    def _hidden(self, value: Any, shape: Shape | None, spelling: Any) -> Any:
        if shape is not None and shape.is_sensitive and (shape.service_name, shape.name) not in _CONTENT:
            return self._hide(value)
        match value:
            case dict():
                return {name: self._member(name, each, shape, spelling) for name, each in value.items()}
            case list():
                element = shape.element if shape is not None and shape.type == "list" else None
                return [self._hidden(each, element, spelling) for each in value]
            case str():
                return self._without_known(value)
            case _:
                return value

    def _member(self, name: str, value: Any, shape: Shape | None, spelling: Any) -> Any:
        if _NAMED.search(re.sub(r"[^a-z]", "", name.lower())):
            return self._hide(value)
        if shape is None or shape.type not in ("structure", "map"):
            return self._hidden(value, None, spelling)
        if shape.type == "map":
            return self._hidden(value, shape.element, spelling)
        own = next((each for each in shape.members if spelling(each) == name), None)
        if own is not None and (shape.service_name, shape.name, own) in _UNMARKED:
            return self._hide(value)
        return self._hidden(value, None if own is None else shape.members[own], spelling)

    def _hide(self, value: Any) -> Any:
        """`***` for a value; each text in it is known from now on."""
        match value:
            case str():
                if len(value) >= _SHORTEST:
                    self._found.add(value)
            case dict():
                for each in value.values():
                    self._hide(each)
            case list():
                for each in value:
                    self._hide(each)
        return value if value is None or value in ("", [], {}) else HIDDEN

    def _without_known(self, text: str) -> str:
        for secret in sorted(self._found, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text
