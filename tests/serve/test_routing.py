"""Which operation answers: a written segment before a parameter, and that before one that takes the rest."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.serve.routing import operation_of

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/": {"get": {"is": "root"}},
        "/keys": {"get": {"is": "keys"}, "post": {"is": "new"}},
        "/keys/{id}": {"get": {"is": "one"}},
        "/keys/mine": {"get": {"is": "mine"}},
        "/keys/{id}/uses": {"get": {"is": "uses"}},
        "/files/{path+}": {"get": {"is": "file"}},
        "/any": {"x-amazon-apigateway-any-method": {"is": "any"}},
    }
}


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("GET", "/", "root", {}),
        ("GET", "/keys", "keys", {}),
        ("POST", "/keys", "new", {}),
        ("GET", "/keys/a%20b", "one", {"id": "a%20b"}),
        ("GET", "/keys/mine", "mine", {}),
        ("GET", "/keys/m%69ne", "mine", {}),
        ("GET", "/keys/mine/uses", "uses", {"id": "mine"}),
        ("GET", "/files/a/b/c", "file", {"path": "a/b/c"}),
        ("DELETE", "/any", "any", {}),
    ],
)
def test_the_most_exact_path_answers(method: str, path: str, found: str, parameters: dict[str, str]) -> None:
    match = operation_of(DOCUMENT, method, path)
    assert match is not None
    assert (match.operation["is"], match.parameters) == (found, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/keys"), ("GET", "/key"), ("GET", "/keys/"), ("GET", "/keys/a/b"), ("GET", "/files"), ("POST", "/")],
)
def test_nothing_answers_what_is_not_there(method: str, path: str) -> None:
    assert operation_of(DOCUMENT, method, path) is None
