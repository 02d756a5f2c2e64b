"""Each event belongs to the state that it is of: as the definition says, in whatever way states lie in one another."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyflow import asl
from keyflow.engine import from_mock_configuration, run
from keyflow.operations.events import Event, of_history
from keyflow.operations.trace import Execution, shares, trace_of
from tests.e2e.test_random_definitions import CASE, configuration
from tests.operations.aws import event
from tests.random_definitions import DATA, definitions


def events(*given: dict[str, Any]) -> list[Event]:
    return [of_history("x", {**each, "timestamp": datetime.fromtimestamp(each["timestamp"], UTC)}) for each in given]


def locally(definition: dict[str, Any], answers: dict[str, list[Any]]) -> list[Event]:
    """The history of an execution on keyflow's engine."""
    stubs = from_mock_configuration(configuration("M", answers), "M", CASE)
    found = run(asl.parse(definition), DATA, stubs)
    return [
        Event(
            execution="x",
            id=each.id,
            previous=each.previous,
            type=each.type,
            seconds=each.seconds,
            details=each.details,
        )
        for each in found.history
    ]


def depths(states: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, int]]:
    for name, state in states.items():
        yield name, depth
        for inner in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from depths(inner["States"], depth + 1)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(definitions(), st.randoms(use_true_random=False))
def test_a_trace_is_what_the_definition_says(
    drawn: tuple[dict[str, Any], dict[str, list[Any]]], chance: random.Random
) -> None:
    """Names and depths are the definition's; each entry is a visit; each exit ends the one of its name."""
    definition, answers = drawn
    history = locally(definition, answers)
    execution, known = Execution(), dict(depths(definition["States"]))
    for each in history:
        state = execution.add(each)
        if each.type.endswith(("StateEntered", "StateExited")):
            assert state == each.details["name"]
        elif not each.type.startswith("Execution"):
            assert state in known, each
    trace = execution.trace()
    assert [each.state for each in trace] == [each.details["name"] for each in history if each.is_entry]
    assert [known[each.state] for each in trace] == [each.depth for each in trace]
    attempts = {name: sum(each.retries + 1 for each in trace if each.state == name) for name in answers}
    scheduled = [each for each in history if each.type.endswith("Scheduled")]
    assert sum(count for count in attempts.values() if count) == len(scheduled)
    failed = [each for each in history if each.type == "TaskFailed"]
    assert sum(len(each.errors) for each in trace if each.type == "Task") == len(failed)
    shuffled = [*history]
    chance.shuffle(shuffled)
    assert trace_of(shuffled) == trace


def test_times_retries_and_errors_of_a_task() -> None:
    (first, second) = trace_of(
        events(
            event(1, 0, "ExecutionStarted", 100),
            event(2, 0, "TaskStateEntered", 100.5, name="Save"),
            event(3, 2, "TaskScheduled", 100.5),
            event(4, 3, "TaskFailed", 101, error="Throttled", cause="slow down"),
            event(5, 4, "TaskScheduled", 102),
            event(6, 5, "TaskTimedOut", 103),
            event(7, 6, "TaskStateExited", 103.25, name="Save"),
            event(8, 7, "FailStateEntered", 103.5, name="Give Up"),
            event(9, 8, "ExecutionFailed", 104, error="GaveUp"),
        )
    )
    assert (first.state, first.type, first.entered, first.seconds) == ("Save", "Task", 0.5, 2.75)
    assert (first.retries, first.errors) == (1, (("Throttled", "slow down"), ("TaskTimedOut", None)))
    assert (second.state, second.seconds, second.errors) == ("Give Up", 0.5, ())


def test_a_parallel_state_that_is_tried_again_and_its_inner_one_that_fails() -> None:
    """The second failure is the outer state's, and follows an event of the inner one."""
    trace = trace_of(
        events(
            event(1, 0, "ExecutionStarted", 0),
            event(2, 0, "ParallelStateEntered", 1, name="Outer"),
            event(3, 2, "ParallelStateStarted", 1),
            event(4, 3, "ParallelStateEntered", 2, name="Inner"),
            event(5, 4, "ParallelStateStarted", 2),
            event(6, 5, "FailStateEntered", 3, name="No"),
            event(7, 6, "ParallelStateFailed", 3, error="Inner failed"),
            event(8, 7, "ParallelStateFailed", 3, error="Outer failed"),
            event(9, 8, "ParallelStateStarted", 4),
            event(10, 9, "PassStateEntered", 5, name="Yes"),
            event(11, 10, "PassStateExited", 5, name="Yes"),
            event(12, 11, "ParallelStateSucceeded", 6),
            event(13, 12, "ParallelStateExited", 6, name="Outer"),
            event(14, 13, "ExecutionSucceeded", 6),
        )
    )
    assert [(each.state, each.depth) for each in trace] == [("Outer", 0), ("Inner", 1), ("No", 2), ("Yes", 1)]
    assert [each.retries for each in trace] == [1, 0, 0, 0]
    assert [[error for error, _cause in each.errors] for each in trace] == [["Outer failed"], ["Inner failed"], [], []]
    assert trace[0].seconds == 5


def test_an_execution_that_goes_on_has_states_without_an_end() -> None:
    (state,) = trace_of(events(event(1, 0, "ExecutionStarted", 0), event(2, 0, "WaitStateEntered", 1, name="Wait")))
    assert state.seconds is None
    assert json.loads(json.dumps(state.document()))["seconds"] is None


def test_events_whose_beginning_is_lost_name_what_they_can() -> None:
    execution = Execution()
    exited, failed, lost = events(
        event(9, 8, "TaskStateExited", 1, name="Save"),
        event(12, 11, "EvaluationFailed", 2, state="Count", error="States.QueryEvaluationError"),
        event(15, 14, "TaskFailed", 3, error="X"),
    )
    assert [execution.add(exited), execution.add(failed), execution.add(lost)] == ["Save", "Count", None]
    assert execution.trace() == ()


def test_shares_are_those_of_all_executions() -> None:
    one, other = (
        events(
            event(1, 0, "ExecutionStarted", 0),
            event(2, 0, "TaskStateEntered", 0, name="Save"),
            event(3, 2, "TaskStateExited", seconds, name="Save"),
            event(4, 3, "ExecutionSucceeded", 4),
        )
        for seconds in (1, 3)
    )
    (found,) = shares([one, other])
    assert (found.state, found.visits, found.mean) == ("Save", 2, 2.0)
    assert found.share == pytest.approx(0.5)
