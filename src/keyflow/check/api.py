"""OpenAPI documents as their rules see them: the operations with an integration, and what their templates do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keyflow.asl import JSON
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass

if TYPE_CHECKING:
    from keyflow.http.gateway import Answer

_METHODS = ("get", "post", "put", "patch", "delete", "head", "any", "x-amazon-apigateway-any-method")
INTEGRATION = "x-amazon-apigateway-integration"
HARD = 'it\'s "so" \\ ü'
"""Text with everything that must be escaped in JSON."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation with its integration; `item` is the path's object and `api` the whole document."""

    path: Path
    label: str
    document: dict[str, Any]
    item: dict[str, Any]
    api: dict[str, Any]

    @property
    def integration(self) -> dict[str, Any]:
        """The extension of API Gateway."""
        found: dict[str, Any] = self.document[INTEGRATION]
        return found

    @property
    def starts_and_waits(self) -> bool:
        """Whether the caller waits for an execution's end."""
        return "StartSyncExecution" in str(self.integration.get("uri"))

    def answered(self, end: Mapping[str, str]) -> Answer:
        """What the caller gets for an execution's end; raises `CheckError` where a template fails."""
        from keyflow.http.gateway import Gateway

        return Gateway(self.integration).answered(200, dict(end))

    @property
    def request_template(self) -> str | None:
        """The template that makes what the backend is sent."""
        templates = self.integration.get("requestTemplates")
        text = templates.get("application/json") if isinstance(templates, dict) else None
        return text if isinstance(text, str) else None

    def sent(self) -> str:
        """What the backend is sent where all text of the request must be escaped; raises `CheckError`."""
        names = _Everything(HARD)
        from keyflow.http.gateway import Gateway, Request

        return Gateway(self.integration).sent(
            Request(json.dumps({"name": HARD}, ensure_ascii=False), names, names, names)
        )

    @property
    def errors_named(self) -> list[str]:
        """The errors that the response templates compare with."""
        texts = json.dumps(self.integration.get("responses", {}))
        return list(dict.fromkeys(re.findall(r'error\s*"?\s*==\s*\\"([^"\\]+)\\"', texts)))


def is_api(document: JSON) -> bool:
    """Whether a document is an OpenAPI document with integrations of API Gateway."""
    return isinstance(document, dict) and isinstance(document.get("paths"), dict) and any(operations(document))


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation with an integration, CloudFormation's substitutions replaced by plain text."""
    from keyflow.http.references import without_functions

    for path, item in document["paths"].items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if str(method).lower() in _METHODS and isinstance(operation, dict):
                plain = without_functions(operation)
                if isinstance(plain.get(INTEGRATION), dict):
                    label = f"{str(method).upper()} {path}"
                    yield Operation(path=("paths", path, method), label=label, document=plain, item=item, api=document)


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class _Everything(dict[str, str]):
    """Parameters of which each has the same value."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def __contains__(self, _key: object) -> bool:
        return True

    def __getitem__(self, _key: str) -> str:
        return self._value

    def get(self, _key: str, _default: Any = None) -> Any:
        return self._value
