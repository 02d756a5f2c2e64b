"""Choices go the way that they went in AWS."""

from __future__ import annotations

import pytest

from tests.recordings.choices import is_equal
from tests.recordings.recorded import MISSING, recordings

CHOICES = recordings("choices.jsonl")


@pytest.mark.skipif(not CHOICES, reason=MISSING)
def test_choices_go_the_recorded_way() -> None:
    assert [each for each in CHOICES if not is_equal(each)] == []
