"""Quotas, held against the bounds of botocore's models; the others stand in AWS's pages only, which each names."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
import pytest

from keyflow.asl import quotas


@cache
def shape(service: str, name: str) -> Any:
    """A shape of a service's model."""
    return botocore.session.get_session().get_service_model(service).shape_for(name)


@pytest.mark.parametrize(
    ("service", "name", "quota"),
    [
        ("stepfunctions", "Name", quotas.MACHINE_NAME_CHARACTERS),
        ("stepfunctions", "Definition", quotas.DEFINITION_BYTES),
        ("stepfunctions", "SensitiveData", quotas.PAYLOAD_BYTES),
        ("iam", "roleNameType", quotas.ROLE_NAME_CHARACTERS),
        ("logs", "LogGroupName", quotas.LOG_GROUP_NAME_CHARACTERS),
    ],
)
def test_a_quota_is_the_bound_of_the_model(service: str, name: str, quota: int) -> None:
    assert shape(service, name).metadata["max"] == quota
