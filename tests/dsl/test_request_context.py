"""What can be read of the context, and what is said of the rest."""

from __future__ import annotations

from functools import reduce
from operator import getitem

import pytest

from keyflow import Api, DefinitionError
from keyflow.dsl.request_context import CONTEXT_VARIABLES, instead, is_group, is_variable

api = Api("a")


@pytest.mark.parametrize("keys", sorted(CONTEXT_VARIABLES))
def test_every_variable_can_be_named(keys: tuple[str, ...]) -> None:
    assert reduce(getitem, keys, api.context).keys == keys
    assert is_variable(keys)
    assert not is_group(keys)


def test_what_an_authorizer_gives_has_any_name() -> None:
    assert is_variable(("authorizer", "principalId"))
    assert is_variable(("authorizer", "tenant"))
    assert is_variable(("authorizer", "claims", "email"))
    assert is_group(("authorizer", "claims"))
    assert not is_variable(("authorizer", "claims"))


@pytest.mark.parametrize(
    ("keys", "hint"),
    [
        (("identity", "sourceIP"), "did you mean 'sourceIp'?"),
        (("identiy",), "did you mean 'identity'?"),
        (("authorizr",), "did you mean 'authorizer'?"),
        (("identity", "clientCert", "subject"), "did you mean 'subjectDN'?"),
        (("error",), "only the answers that API Gateway makes itself have it"),
        (("responseLatency",), "only access logs have it"),
        (("requestId", "length"), "requestId is a text"),
        (("authorizer", "claims", "a", "b"), "authorizer.claims.a is a text"),
    ],
)
def test_what_there_is_not(keys: tuple[str, ...], hint: str) -> None:
    with pytest.raises(DefinitionError, match="KF411") as raised:
        reduce(getitem, keys, api.context)
    assert raised.value.diagnostics[0].hint == hint
    assert instead(keys) == hint
