"""The engine by itself: time, retries, catchers, branches, iterations, limits. tests/e2e holds it to a real one."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from keyflow import asl
from keyflow.diagnostics import EngineError
from keyflow.engine import Execution, Failure, Outcome, Stubs, Success, from_mock_configuration, run

LAMBDA = "arn:aws:states:::lambda:invoke"


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, **({"End": True} if "Next" not in fields else {}), **fields}


def one(state: dict[str, Any], **more: dict[str, Any]) -> asl.StateMachine:
    return asl.parse({"StartAt": "A", "States": {"A": state, **more}})


def scope(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "Inner", "States": {"Inner": state}}


def result_of(state: dict[str, Any], answer: Any, data: Any = None, **more: dict[str, Any]) -> Execution:
    stubs = answer if isinstance(answer, Stubs) else Stubs({"A": answer})
    return run(one(state, **more), data, stubs)


def retry(**fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": ["States.ALL"], **fields}


# Time.


def test_a_years_wait_takes_no_time() -> None:
    found = run(one({"Type": "Wait", "Seconds": 31_536_000, "End": True}), {"x": 1}, Stubs())
    assert (found.status, found.output, found.seconds) == ("SUCCEEDED", {"x": 1}, 31_536_000)


def test_backoff_is_exponential_up_to_its_limit() -> None:
    fields = retry(IntervalSeconds=2, BackoffRate=3, MaxAttempts=4, MaxDelaySeconds=10)
    found = result_of(task(Retry=[fields]), [Failure("E")] * 4 + [Success(7)])
    assert (found.output, found.seconds) == (7, 2 + 6 + 10 + 10)
    assert [call.attempt for call in found.calls] == [0, 1, 2, 3, 4]


def test_jitter_is_the_seeds() -> None:
    machine = one(task(Retry=[retry(IntervalSeconds=100, MaxAttempts=1, JitterStrategy="FULL")]))

    def seconds(seed: int) -> float:
        return run(machine, None, Stubs({"A": [Failure("E"), Success(1)]}), seed=seed).seconds

    assert seconds(1) == seconds(1) != seconds(2)
    assert 0 <= seconds(1) < 100


def test_each_retrier_counts_its_own_attempts() -> None:
    retriers = [{"ErrorEquals": ["X"], "MaxAttempts": 1}, retry(MaxAttempts=2)]
    outcomes: list[Outcome] = [Failure("Y"), Failure("X"), Failure("Y"), Failure("X")]
    found = result_of(task(Retry=retriers), outcomes)
    assert (found.error, len(found.calls)) == ("X", 4)


@pytest.mark.parametrize(
    ("fields", "seconds", "error", "ended"),
    [
        ({"TimeoutSeconds": 5}, 6, "States.Timeout", 5),
        ({"TimeoutSecondsPath": "$.t"}, 4, "States.Timeout", 3),
        ({"TimeoutSeconds": 9, "HeartbeatSeconds": 2}, 4, "States.Timeout", 2),
        ({"TimeoutSeconds": 5}, 5, None, 5),
    ],
)
def test_a_task_that_takes_too_long(fields: Any, seconds: float, error: str | None, ended: float) -> None:
    found = result_of(task(**fields), Success(1, seconds), {"t": 3})
    assert (found.error, found.seconds) == (error, ended)


def test_the_workflows_timeout_ends_everything() -> None:
    machine = asl.parse(
        {"StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Wait", "Seconds": 9, "End": True}}}
    )
    found = run(machine, None, Stubs())
    assert (found.status, found.error, found.seconds) == ("TIMED_OUT", "States.Timeout", 5)
    assert found.history[-1].type == "ExecutionTimedOut"


def test_branches_share_the_time() -> None:
    branches = [scope({"Type": "Wait", "Seconds": seconds, "End": True}) for seconds in (3, 8, 5)]
    assert run(one({"Type": "Parallel", "Branches": branches, "End": True}), 1, Stubs()).seconds == 8


def test_a_map_runs_so_many_at_a_time() -> None:
    state = {
        "Type": "Map",
        "MaxConcurrency": 2,
        "ItemProcessor": scope({"Type": "Wait", "Seconds": 1, "End": True}),
        "End": True,
    }
    found = run(one(state), [1, 2, 3, 4, 5], Stubs())
    assert (found.output, found.seconds) == ([1, 2, 3, 4, 5], 3)


# Errors.


@pytest.mark.parametrize(
    ("names", "error", "caught"),
    [
        (["States.ALL"], "Any", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", True),
        (["States.TaskFailed"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.TaskFailed"], "Any", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["Other", "Any"], "Any", True),
        (["Other"], "Any", False),
    ],
)
def test_what_a_catcher_covers(names: list[str], error: str, caught: bool) -> None:
    state = task(Catch=[{"ErrorEquals": names, "Next": "Caught"}])
    found = result_of(state, Failure(error, "because"), {}, Caught={"Type": "Pass", "End": True})
    assert found.status == ("SUCCEEDED" if caught else "FAILED")
    assert found.output == ({"Error": error, "Cause": "because"} if caught else None)


def test_a_missing_path_ends_the_execution_uncaught() -> None:
    state = task(Parameters={"x.$": "$.nowhere"}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    found = result_of(state, Success(1), {}, Caught={"Type": "Pass", "End": True})
    assert (found.status, found.error, found.calls) == ("FAILED", "States.Runtime", [])


def test_a_failed_branch_stops_its_siblings() -> None:
    late = {"Late": {"Type": "Wait", "Seconds": 9, "Next": "Call"}, "Call": task()}
    soon = {"Soon": {"Type": "Wait", "Seconds": 1, "Next": "Bad"}, "Bad": {"Type": "Fail", "Error": "E"}}
    branches = [{"StartAt": "Late", "States": late}, {"StartAt": "Soon", "States": soon}]
    found = run(one({"Type": "Parallel", "Branches": branches, "End": True}), 1, Stubs())
    assert (found.error, found.seconds, found.calls) == ("E", 1, [])


@pytest.mark.parametrize(
    ("fields", "status"), [({"ToleratedFailureCount": 1}, "SUCCEEDED"), ({"ToleratedFailurePercentage": 20}, "FAILED")]
)
def test_a_map_tolerates_failures(fields: Any, status: str) -> None:
    state = {"Type": "Map", "ItemProcessor": scope(task()), **fields, "End": True}
    found = run(one(state), [1, 2, 3], Stubs({"Inner": [Success(1), Failure("E"), Success(3)]}))
    assert found.status == status
    assert found.error == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


@pytest.mark.parametrize("failing", [task(), {"Type": "Pass", "Parameters": {"x.$": "$.nowhere"}, "End": True}])
def test_a_child_execution_that_fails_fails_its_map(failing: Any) -> None:
    """Whatever it fails with, its Map fails with one error, which its Catch sees."""
    processor = {**scope(failing), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    plain = run(one(state), [1], Stubs(default=Failure("E")))
    assert (plain.status, plain.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    caught = {"Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "B"}]}
    machine = asl.parse({"StartAt": "A", "States": {"A": {**state, **caught}, "B": {"Type": "Succeed"}}})
    assert run(machine, [1], Stubs(default=Failure("E"))).status == "SUCCEEDED"


# Data.


def test_variables_end_with_their_scope() -> None:
    inner = {"Type": "Pass", "Assign": {"v": 2}, "End": True}
    machine = asl.parse(
        {
            "StartAt": "Set",
            "States": {
                "Set": {"Type": "Pass", "Assign": {"v": 1}, "Next": "Both"},
                "Both": {"Type": "Parallel", "Branches": [scope(inner)], "Next": "Read"},
                "Read": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "End": True},
            },
        }
    )
    assert run(machine, {}, Stubs()).output == {"v": 1}


def test_items_come_in_batches() -> None:
    state = {
        "Type": "Map",
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"k": 1}},
        "ItemProcessor": scope({"Type": "Pass", "End": True}),
        "End": True,
    }
    assert run(one(state), [1, 2, 3], Stubs()).output == [
        {"Items": [1, 2], "BatchInput": {"k": 1}},
        {"Items": [3], "BatchInput": {"k": 1}},
    ]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_what_a_batch_holds_are_selected_items(language: str) -> None:
    jsonata = language == "JSONata"
    value, index, about = (
        ("{% $states.context.Map.Item.Value %}", "{% $states.context.Map.Item.Index %}", "{% $states.input.k %}")
        if jsonata
        else ("$$.Map.Item.Value", "$$.Map.Item.Index", "$.k")
    )
    end = "" if jsonata else ".$"
    state = {
        "Type": "Map",
        **({"Items": "{% $states.input.of %}"} if jsonata else {"ItemsPath": "$.of"}),
        "ItemSelector": {f"v{end}": value, f"i{end}": index},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {f"k{end}": about}},
        "ItemProcessor": scope({"Type": "Pass", "End": True}),
        "End": True,
    }
    machine = asl.parse({"QueryLanguage": language, "StartAt": "A", "States": {"A": state}})
    assert run(machine, {"k": "x", "of": [7, 8, 9]}, Stubs()).output == [
        {"Items": [{"v": 7, "i": 0}, {"v": 8, "i": 1}], "BatchInput": {"k": "x"}},
        {"Items": [{"v": 9, "i": 2}], "BatchInput": {"k": "x"}},
    ]


def test_a_batch_has_so_many_bytes() -> None:
    state = {
        "Type": "Map",
        "ItemBatcher": {"MaxInputBytesPerBatch": 25},
        "ItemProcessor": scope({"Type": "Pass", "End": True}),
        "End": True,
    }
    items = ["aaaa", "bbbb", "cccccccccccccccccccccccccccccccc", "d"]
    batches = run(one(state), items, Stubs()).output
    assert [batch["Items"] for batch in batches] == [items[:2], items[2:3], items[3:]]


def test_the_items_of_a_batch_fail_together() -> None:
    def outcome(count: int) -> str:
        state = {
            "Type": "Map",
            "ItemBatcher": {"MaxItemsPerBatch": 2},
            "ItemProcessor": scope(task()),
            "ToleratedFailureCount": count,
            "End": True,
        }
        return run(one(state), [1, 2, 3], Stubs({"Inner": [Failure("E"), Success(3)]})).status

    assert (outcome(1), outcome(2)) == ("FAILED", "SUCCEEDED")


def test_a_reader_is_asked_for_the_items() -> None:
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket.$": "$.b"}}
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": scope({"Type": "Pass", "End": True}), "End": True}
    found = run(one(state), {"b": "x"}, Stubs({"A": Success([1, 2])}))
    assert (found.output, found.calls[0].parameters) == ([1, 2], {"Bucket": "x"})
    refused = run(one(state), {"b": "x"}, Stubs({"A": Failure("S3.NoSuchBucketException")}))
    assert (refused.error, refused.cause) == ("States.ItemReaderFailed", "S3.NoSuchBucketException")


def test_jsonata_sees_results_errors_and_variables() -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {
            "A": task(
                Arguments={"n": "{% $states.input.n %}"},
                Assign={"twice": "{% $states.result * 2 %}"},
                Output="{% $states.result + 1 %}",
                Next="B",
            ),
            "B": task(
                Catch=[
                    {"ErrorEquals": ["E"], "Output": "{% $states.errorOutput.Error & $string($twice) %}", "Next": "C"}
                ],
            ),
            "C": {"Type": "Succeed"},
        },
    }
    found = run(asl.parse(definition), {"n": 5}, Stubs({"A": Success(20), "B": Failure("E")}))
    assert (found.output, found.calls[0].parameters) == ("E40", {"n": 5})


def test_a_jsonata_expression_without_a_value_is_an_error() -> None:
    machine = asl.parse(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {"A": {"Type": "Pass", "Output": "{% $states.input.x %}", "End": True}},
        }
    )
    assert run(machine, {}, Stubs()).error == "States.QueryEvaluationError"


# History.


def test_the_history_is_that_of_the_api() -> None:
    found = result_of(task(), Success({"x": 1}), {"i": 1})
    assert [event.type for event in found.history] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    entered = found.history[1].document()
    assert entered == {
        "id": 2,
        "previousEventId": 0,
        "timestamp": "2026-01-01T00:00:00.000Z",
        "type": "TaskStateEntered",
        "stateEnteredEventDetails": {"name": "A", "input": '{"i":1}', "inputDetails": {"truncated": False}},
    }
    assert found.history[4].document()["taskSucceededEventDetails"]["resource"] == "invoke"


def test_a_parallel_state_ends_after_an_event_of_its_own_branches() -> None:
    """Two of them, side by side: the first one's end was said to follow the other's last event."""
    inner = {"Type": "Parallel", "Branches": [scope({"Type": "Pass", "End": True})], "End": True}
    found = run(one({"Type": "Parallel", "Branches": [scope(inner), scope(inner)], "End": True}), {}, Stubs())
    by_id = {event.id: event for event in found.history}

    def started_by(event: Any) -> int:
        """The `ParallelStateStarted` that an event inside of a Parallel state leads back to, by way of one Pass."""
        while not event.type.startswith("PassState"):
            event = by_id[event.previous]
        while event.type != "ParallelStateStarted":
            event = by_id[event.previous]
        return int(event.id)

    first, second, _outer = (event for event in found.history if event.type == "ParallelStateSucceeded")
    assert started_by(first) != started_by(second)


# Size.


def test_twenty_thousand_items() -> None:
    state = {"Type": "Map", "ItemProcessor": scope({"Type": "Pass", "End": True}), "End": True}
    assert run(one(state), list(range(20_000)), Stubs(), is_express=True).output == list(range(20_000))


def test_ten_thousand_states() -> None:
    states: dict[str, Any] = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(9_999)}
    states["S9999"] = {"Type": "Pass", "End": True}
    assert len(run(asl.parse({"StartAt": "S0", "States": states}), 1, Stubs()).path) == 10_000


# Bad input.


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({"A": {"Type": "Pass", "Next": "B"}}, "Next of 'A' leads to 'B'"),
        ({"B": {"Type": "Succeed"}}, "StartAt leads to 'A'"),
        ({"A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "X"}]}}, "Choices[0] of 'A'"),
        ({"A": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "X"}])}, "Catch[0] of 'A'"),
        (
            {"A": {"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {}}], "End": True}},
            "StartAt leads to 'X'",
        ),
    ],
)
def test_a_transition_that_leads_nowhere(states: Any, message: str) -> None:
    with pytest.raises(EngineError, match="KF601") as caught:
        run(asl.parse({"StartAt": "A", "States": states}), None, Stubs())
    assert message in str(caught.value)


def test_a_loop_without_an_end() -> None:
    with pytest.raises(EngineError, match=r"KF605.*'A' was entered after"):
        run(one({"Type": "Pass", "Next": "A"}), None, Stubs(), is_express=True)


def test_stubs_that_do_not_fit() -> None:
    machine = one(task())
    with pytest.raises(EngineError, match=r"KF603.*no stub answers 'A'"):
        run(machine, None, Stubs())
    with pytest.raises(EngineError, match=r"KF602.*did you mean 'lambda:invoke'"):
        Stubs({"lambda:invok": Success(1)}).check(machine)
    Stubs({"A": Success({}), "lambda:invoke": Success({}), LAMBDA: Success({})}).check(machine)
    assert run(machine, None, Stubs({"lambda:invoke": Success(3)})).output == 3


def test_a_mock_configuration() -> None:
    document = {
        "StateMachines": {"M": {"TestCases": {"Retried": {"A": "Twice"}}}},
        "MockedResponses": {"Twice": {"0-1": {"Throw": {"Error": "E", "Cause": "c"}}, "2": {"Return": 5}}},
    }
    stubs = from_mock_configuration(document, "M", "Retried")
    found = result_of(task(Retry=[retry(MaxAttempts=3)]), stubs)
    assert (found.output, len(found.calls)) == (5, 3)
    with pytest.raises(EngineError, match=r"KF604.*did you mean 'Retried'"):
        from_mock_configuration(document, "M", "Retired")


@pytest.mark.parametrize(
    ("module", "state"),
    [
        ("jsonpath", {"Type": "Pass", "InputPath": "$..not_met_before[0]"}),
        ("re2", {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $contains('x', /not met before/) %}"}),
    ],
)
def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, module: str, state: dict[str, Any]) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=r"KF606.*keyflow-aws\[engine\]"):
        run(one({**state, "End": True}), {}, Stubs())


@pytest.mark.parametrize(
    ("path", "found"),
    [("$.a.[0]", 1), ("$.a.['0']", None), ("$.l.[*].['n']", ["x", "y.[z"]), ("$.l[?(@.n=='y.[z')].n", ["y.[z"])],
)
def test_a_dot_may_stand_before_a_bracket(path: str, found: Any) -> None:
    state = {"Type": "Pass", "Parameters": {"x.$": path}, "End": True}
    data = {"a": [1], "l": [{"n": "x"}, {"n": "y.[z"}]}
    ended = run(one(state), data, Stubs())
    assert (ended.output or {}).get("x") == found


def test_blanks_behind_a_path_are_passed_over() -> None:
    found = run(
        one({"Type": "Pass", "InputPath": "$.a ", "Parameters": {"x.$": "$.b "}, "End": True}), {"a": {"b": 1}}, Stubs()
    )
    assert found.output == {"x": 1}


def test_an_item_is_selected_with_all_of_the_context() -> None:
    """The item stands in it where it does inside an iteration: before what belongs to the state."""
    inside = scope({"Type": "Pass", "Parameters": {"of.$": "$", "within.$": "$$"}, "End": True})
    selector = {"all.$": "$$", "text.$": "States.Format('{} {}', $$.Map.Item.Value, $.k)"}
    items = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "ItemProcessor": inside, "End": True}
    found = run(one(items), {"items": [{"a": 1}, 2.5], "k": None}, Stubs())
    first, second = found.output
    assert list(first["of"]["all"]) == list(first["within"]) == ["Execution", "StateMachine", "Map", "State"]
    assert first["of"]["all"]["Map"] == {"Item": {"Index": 0, "Value": {"a": 1}}}
    assert first["of"]["all"]["State"]["Name"] == "A"
    assert [each["of"]["text"] for each in (first, second)] == ["{a=1} null", "2.5 null"]


def test_a_maps_selector_sees_its_own_state() -> None:
    selector = {"of.$": "$$.State.Name", "index.$": "$$.Map.Item.Index"}
    inside = {
        "StartAt": "In",
        "States": {"In": {"Type": "Pass", "Parameters": {"given.$": "$", "in.$": "$$.State.Name"}, "End": True}},
    }
    found = run(one({"Type": "Map", "ItemSelector": selector, "ItemProcessor": inside, "End": True}), [7], Stubs())
    assert found.output == [{"given": {"of": "A", "index": 0}, "in": "In"}]


def test_only_what_can_be_retried_has_a_count_of_retries() -> None:
    """As executions tell: the State of a Pass has a name and a moment."""
    state = {"Type": "Pass", "Parameters": {"state.$": "$$.State"}, "End": True}
    assert set(run(one(state), {}, Stubs()).output["state"]) == {"Name", "EnteredTime"}
    state = {"Type": "Pass", "Parameters": {"count.$": "$$.State.RetryCount"}, "End": True}
    assert run(one(state), {}, Stubs()).error == "States.Runtime"
    within = {"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}
    selector = {"count.$": "$$.State.RetryCount"}
    state = {"Type": "Map", "ItemSelector": selector, "ItemProcessor": within, "End": True}
    assert run(one(state), [7], Stubs()).output == [{"count": 0}]
