"""Executions end, and go, as they did in AWS; what differs is listed with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.recordings.executions import DIFFERENT, compared
from tests.recordings.recorded import MISSING, recordings

EXECUTIONS = recordings("executions.jsonl")

pytestmark = pytest.mark.skipif(not EXECUTIONS, reason=MISSING)


@pytest.mark.parametrize("recording", EXECUTIONS, ids=lambda each: each["name"])
def test_an_execution_is_as_recorded(recording: Mapping[str, Any]) -> None:
    different = DIFFERENT.get(recording["name"])
    assert set(compared(recording).differs) == set(different.aspects if different else ())


def test_what_differs_was_recorded() -> None:
    assert DIFFERENT.keys() <= {each["name"] for each in EXECUTIONS}
