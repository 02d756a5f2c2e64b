"""What a deployment's clients are to several threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.errorfactory import ClientExceptionsFactory
from moto import mock_aws

from keyflow.deploy.target import Clients
from keyflow.deploy.versions import routing

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:Missing-{}"


def test_readers_that_are_refused_at_once_all_know_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore makes a client's classes of errors when the first is asked for, without a lock."""
    make = ClientExceptionsFactory._create_client_exceptions  # type: ignore[attr-defined]
    made: list[str] = []

    def slowly(factory: Any, model: Any) -> Any:
        made.append(model.service_name)
        time.sleep(0.1)
        return make(factory, model)

    monkeypatch.setattr(ClientExceptionsFactory, "_create_client_exceptions", slowly)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "t")
    with mock_aws():
        clients = Clients(region="eu-west-1")
        clients.client("stepfunctions")
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda number: routing(f"{MACHINE.format(number)}:live", clients), range(4))
        assert list(found) == [None] * 4
    assert made == ["stepfunctions"]  # of two sets, one thread raises an error of the first and looks for the second
