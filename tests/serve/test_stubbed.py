"""Stubs for what routes call, beside those for tasks."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.diagnostics import EngineError
from keyflow.serve.rest_api import AwsAnswer, AwsRequest
from keyflow.serve.site import DirectCall, Site
from keyflow.serve.stubbed import stubbed

UNSTUBBED = AwsAnswer(status=200, body="from the service")


def asked(stub: str, service: str, operation: str) -> AwsAnswer:
    """The answer to a route's call where there is one stub."""
    site = Site(name="s", calls=(DirectCall(service=service, operation=operation, parameters={}),), defaults={})
    stubs = stubbed({stub: {"Return": "from the stub"}}, site, ())
    request = AwsRequest(service=service, operation=operation, body="{}", label="POST /things")
    return stubs.call(request, lambda _request: UNSTUBBED)


@pytest.mark.parametrize(
    ("stub", "service", "operation"),
    [
        ("dynamodb:getItem", "dynamodb", "GetItem"),
        ("logs:putLogEvents", "logs", "PutLogEvents"),
        ("cognito-idp:setUserMFAPreference", "cognito-idp", "SetUserMFAPreference"),
    ],
)
def test_a_stub_names_what_a_route_calls(stub: str, service: str, operation: str) -> None:
    assert asked(stub, service, operation).body == "from the stub"


def test_another_name_is_refused() -> None:
    with pytest.raises(EngineError) as caught:
        asked("cognito-idp:setUserMfaPreference", "cognito-idp", "SetUserMFAPreference")
    problem: Any = caught.value.diagnostics[0]
    assert (problem.code, problem.hint) == ("KF602", "did you mean 'cognito-idp:setUserMFAPreference'?")
