"""OpenAPI documents as their rules see them: the operations with an integration, and what their templates do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keyflow.asl import JSON
from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

if TYPE_CHECKING:
    from keyflow.aws.models import OperationModel
    from keyflow.http.gateway import Answer

_TARGET = lazy_pattern(r":([a-z0-9-]+):(action|path)/(\w*)")
_SERVICES = {"states": "stepfunctions"}
"""Services that URIs call otherwise than boto3 does."""
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
    def service(self) -> str | None:
        """The AWS service that is called, under boto3's name; None where the URI names none."""
        found = _TARGET.search(str(self.integration.get("uri")))
        return None if found is None else _SERVICES.get(found[1], found[1])

    @property
    def call(self) -> OperationModel | None:
        """The operation of an AWS service that is called: by the URI, or by the header that names it."""
        from keyflow.aws.models import service_model

        model = None if self.service is None else service_model(self.service)
        found = _TARGET.search(str(self.integration.get("uri")))
        if model is None or found is None:
            return None
        name = found[3] if found[2] == "action" else self.headers.get("x-amz-target", "").rpartition(".")[2]
        return next((each for each in model.operations.values() if each.name == name), None)

    @property
    def headers(self) -> dict[str, str]:
        """The headers with fixed values that the backend is sent, by their names in lower case."""
        prefix = "integration.request.header."
        given = self.integration.get("requestParameters")
        return {
            str(name)[len(prefix) :].lower(): str(value).strip("'")
            for name, value in (given.items() if isinstance(given, dict) else ())
            if str(name).startswith(prefix)
        }

    @property
    def starts_and_waits(self) -> bool:
        """Whether the caller waits for an execution's end."""
        return "StartSyncExecution" in str(self.integration.get("uri"))

    def answered(self, end: Mapping[str, Any], status: int = 200) -> Answer:
        """What the caller gets for what AWS answers; raises `CheckError` where a template fails."""
        from keyflow.http.gateway import Gateway

        return Gateway(self.integration).answered(status, dict(end))

    @property
    def request_template(self) -> str | None:
        """The template that makes what the backend is sent."""
        templates = self.integration.get("requestTemplates")
        text = templates.get("application/json") if isinstance(templates, dict) else None
        return text if isinstance(text, str) else None

    def sent(self, text: str = HARD, *, path: str | None = None) -> str:
        """What the backend is sent where all text of the request is the same, by default one that must be escaped.

        `path` is the text of the parameters of the path, where it is another. Raises `CheckError`.
        """
        from keyflow.dsl.paths import names_in_path
        from keyflow.http.gateway import Gateway, Request

        names, body = _Everything(text), json.dumps({"name": text}, ensure_ascii=False)
        in_path = dict.fromkeys(names_in_path(str(self.path[1])), text if path is None else path)
        return Gateway(self.integration).sent(Request(body, in_path, names, names))

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

    def __getitem__(self, key: str) -> str:
        if key in ("get", "keySet", "size"):  # Java's methods of a map
            raise KeyError(key)
        return self._value

    def get(self, _key: str, _default: Any = None) -> Any:
        return self._value
