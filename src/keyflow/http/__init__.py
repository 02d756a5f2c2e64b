"""`Api` to OpenAPI: the document, its integrations, and Velocity templates for requests and answers."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.http.authorizers import authorizer_parameters
    from keyflow.http.integration import INTEGRATION_SCHEMA, role_id, validate_integrations
    from keyflow.http.openapi import api_permissions, openapi_document
    from keyflow.http.references import Substitutable, as_concrete, as_template, placeholders, without_functions
    from keyflow.http.requested import request_values

__all__ = [
    "INTEGRATION_SCHEMA",
    "Substitutable",
    "api_permissions",
    "as_concrete",
    "as_template",
    "authorizer_parameters",
    "openapi_document",
    "placeholders",
    "request_values",
    "role_id",
    "validate_integrations",
    "without_functions",
]

_MODULES = {
    "keyflow.http.authorizers": ("authorizer_parameters",),
    "keyflow.http.integration": ("INTEGRATION_SCHEMA", "role_id", "validate_integrations"),
    "keyflow.http.openapi": ("api_permissions", "openapi_document"),
    "keyflow.http.references": ("Substitutable", "as_concrete", "as_template", "placeholders", "without_functions"),
    "keyflow.http.requested": ("request_values",),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
