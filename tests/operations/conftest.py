from __future__ import annotations

from collections.abc import Iterator

import pytest

from keyflow.deploy.target import Clients
from keyflow.operations.starting import PatientClients
from tests.operations.aws import REGION, Aws, answering


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with answering() as started:
        yield started


@pytest.fixture
def clients(aws: Aws) -> Clients:
    return Clients(region=REGION, endpoint_url=aws.url)


@pytest.fixture
def patient(aws: Aws) -> PatientClients:
    return PatientClients(region=REGION, endpoint_url=aws.url, answer_seconds=0.5)
