"""`Api` to OpenAPI: the document, its integrations, and Velocity templates for requests and answers."""

from keyflow.http.integration import INTEGRATION_SCHEMA, role_id, validate_integrations
from keyflow.http.openapi import api_permissions, openapi_document
from keyflow.http.references import PLACEHOLDER, Substitutable, as_concrete, as_template, placeholders

__all__ = [
    "INTEGRATION_SCHEMA",
    "PLACEHOLDER",
    "Substitutable",
    "api_permissions",
    "as_concrete",
    "as_template",
    "logical_id",
    "openapi_document",
    "placeholders",
    "role_id",
    "validate_integrations",
]
