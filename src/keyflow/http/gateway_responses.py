"""What API Gateway answers on its own, before or instead of a backend, as a document's gateway responses say.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from keyflow.http.gateway import Answer

_EXTENSION = "x-amazon-apigateway-gateway-responses"
_HEADER = "gatewayresponse.header."
_MESSAGE = '{"message":$context.error.messageString}'
"""What API Gateway answers where the document says nothing."""


class GatewayResponse(Enum):
    """A kind of answer: its status, and its message."""

    ACCESS_DENIED = 403, "User is not authorized to access this resource"
    BAD_REQUEST_BODY = 400, "Invalid request body"
    BAD_REQUEST_PARAMETERS = 400, "Invalid request parameters"
    INTEGRATION_TIMEOUT = 504, "Endpoint request timed out"
    INVALID_API_KEY = 403, "Forbidden"
    MISSING_AUTHENTICATION_TOKEN = 403, "Missing Authentication Token"
    REQUEST_TOO_LARGE = 413, "Request Too Long"
    UNAUTHORIZED = 401, "Unauthorized"
    UNSUPPORTED_MEDIA_TYPE = 415, "Unsupported Media Type"

    def answer(self, document: Mapping[str, Any], message: str | None = None) -> Answer:
        """The answer by an OpenAPI document, which is concrete; with another message where one is given."""
        usual_status, usual_message = self.value
        text = usual_message if message is None else message
        response = self._written(document)
        template = response.get("responseTemplates", {}).get("application/json", _MESSAGE)
        body = template.replace("$context.error.messageString", json.dumps(text, ensure_ascii=False))
        body = body.replace("$context.error.message", text)
        headers = {
            name.removeprefix(_HEADER): value.strip("'")
            for name, value in response.get("responseParameters", {}).items()
            if name.startswith(_HEADER)
        }
        return Answer(int(response.get("statusCode", usual_status)), body, headers)

    def _written(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the document says of this kind, or of all whose status begins with the same digit."""
        written: Mapping[str, Any] = document.get(_EXTENSION, {})
        found: Mapping[str, Any] = written.get(self.name) or written.get(f"DEFAULT_{self.value[0] // 100}XX") or {}
        return found
