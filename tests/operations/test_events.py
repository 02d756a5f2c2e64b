"""Events of histories and of logs are one thing; what is no event is none, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow.operations.events import execution_name, of_history, of_log

EXPRESS = "arn:aws:states:eu-west-1:111122223333:express:Register-dev:first:0a1b2c3d-0000-0000-0000-000000000000"
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_history_and_a_log_say_the_same() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    details = {"resourceType": "dynamodb", "resource": "putItem", "error": "X", "cause": "y"}
    history = {
        "id": 7,
        "previousEventId": 6,
        "type": "TaskFailed",
        "timestamp": moment,
        "taskFailedEventDetails": details,
    }
    log = {
        "id": "7",
        "type": "TaskFailed",
        "details": details,
        "previous_event_id": "6",
        "event_timestamp": str(int(moment.timestamp() * 1000)),
        "execution_arn": EXPRESS,
        "redrive_count": "0",
    }
    assert of_history(EXPRESS, history) == of_log(json.dumps(log), 0.0)


def test_a_moment_that_is_no_number_is_that_of_the_group() -> None:
    log = {"id": "1", "type": "X", "event_timestamp": "2026-01-01T00:00:00", "execution_arn": EXPRESS}
    found = of_log(json.dumps(log), 12.5)
    assert found is not None
    assert found.seconds == 12.5


@given(st.text() | anything.map(json.dumps))
def test_what_something_else_has_written_is_no_event(text: str) -> None:
    found = of_log(text, 1.0)
    assert found is None


@given(
    st.fixed_dictionaries(
        {"id": anything, "type": anything, "execution_arn": anything},
        optional={"details": anything, "previous_event_id": anything, "event_timestamp": anything},
    )
)
def test_what_looks_like_an_event_can_be_asked_all_that_an_event_can(log: dict[str, Any]) -> None:
    found = of_log(json.dumps(log), 1.0)
    if found is not None:
        assert isinstance(found.error, str | None)
        assert isinstance(found.cause, str | None)
        datetime.fromtimestamp(found.seconds, UTC)
        json.dumps(found.document())


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (EXPRESS, "first"),
        ("arn:aws:states:eu-west-1:111122223333:execution:Register-dev:second", "second"),
        ("arn:aws:states:eu-west-1:111122223333:execution:Register-dev/Items:third", "third"),
        ("no ARN", "no ARN"),
    ],
)
def test_the_name_of_an_execution(arn: str, name: str) -> None:
    assert execution_name(arn) == name


@pytest.mark.parametrize(
    ("kind", "is_error"),
    [
        ("TaskFailed", True),
        ("LambdaFunctionScheduleFailed", True),
        ("MapIterationAborted", True),
        ("ExecutionTimedOut", True),
        ("FailStateEntered", True),
        ("TaskStateEntered", False),
        ("ExecutionSucceeded", False),
    ],
)
def test_errors_are_what_is_logged_as_such(kind: str, is_error: bool) -> None:
    found = of_log(json.dumps({"id": "1", "type": kind, "execution_arn": EXPRESS}), 1.0)
    assert found is not None
    assert found.is_error is is_error
