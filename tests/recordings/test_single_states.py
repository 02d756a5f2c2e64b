"""Single states give what TestState gave, and mocks are refused for what TestState refused them for."""

from __future__ import annotations

import pytest

from tests.recordings.recorded import MISSING, recordings
from tests.recordings.single_states import compared

STATES = list(recordings("teststate.jsonl"))


@pytest.mark.skipif(not STATES, reason=MISSING)
def test_single_states_are_as_recorded() -> None:
    answers = list(compared(STATES))
    assert [each for each in answers if each.differs] == []
    assert sum(each.differs is not None for each in answers) >= 60
