"""Fields of numbers and of moments: what a path or an expression may give, and what AWS says of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import asl
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.engine.moments import moment_of

PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Item",
    "States": {"Item": {"Type": "Pass", "End": True}},
}
MAP = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": PROCESSOR, "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}


def ended(state: Any, data: Any, outcome: Any = None) -> Any:
    """How an execution of one state ends."""
    stubs = Stubs({}, default=outcome or Success({}))
    return run(asl.parse({"StartAt": "A", "States": {"A": state}}), data, stubs)


FIELDS = {
    "MaxConcurrencyPath": MAP,
    "ToleratedFailureCountPath": MAP,
    "ToleratedFailurePercentagePath": MAP,
    "TimeoutSecondsPath": TASK,
    "HeartbeatSecondsPath": {**TASK, "TimeoutSeconds": 999},
    "SecondsPath": {"Type": "Wait", "End": True},
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [{}, "NoNumber", -1, 100.1, None, True, [], [1], "", "1e1", "-1", 10**9])
def test_what_is_no_number_ends_the_execution(field: str, value: Any) -> None:
    """AWS recorded `{}`, "NoNumber", -1 and 100.1 for tolerated failures."""
    found = ended({**FIELDS[field], field: "$.n"}, {"items": [1], "n": value})
    assert (found.status, found.error) == ("FAILED", "States.Runtime")
    assert found.cause.startswith("An error occurred while executing the state 'A' (entered at the event id #2). ")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [1, "1", 2.0, 0])
def test_what_is_a_number(field: str, value: Any) -> None:
    """AWS recorded "1" for MaxConcurrencyPath and for both tolerated failures."""
    assert ended({**FIELDS[field], field: "$.n"}, {"items": [1], "n": value}).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("SecondsPath", -1, "The SecondsPath parameter references a negative value: $.n == -1"),
        ("SecondsPath", 1.5, "The SecondsPath parameter cannot be parsed as a long value: $.n == 1.5"),
        ("MaxConcurrencyPath", -1, "Expected non-negative integer for MaxConcurrency, got '-1' instead."),
        ("ToleratedFailureCountPath", -1, "ToleratedFailureCount cannot be negative."),
        ("ToleratedFailurePercentagePath", 100.1, "ToleratedFailurePercentage must be between 0 and 100."),
        (
            "ToleratedFailureCountPath",
            {},
            'The ToleratedFailureCountPath field refers to value "{}" which is not a valid integer: $.n',
        ),
    ],
)
def test_the_cause_is_that_of_aws(field: str, value: Any, cause: str) -> None:
    found = ended({**FIELDS[field], field: "$.n"}, {"items": [1], "n": value})
    assert found.cause.partition("). ")[2] == cause


@pytest.mark.parametrize("field", ["MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"])
@pytest.mark.parametrize("value", ["'1'", "{}", "-1", "[1, 2]", "true", "100.1", "null"])
def test_what_is_no_number_in_an_expression(field: str, value: str) -> None:
    state = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": [1],
        "ItemProcessor": PROCESSOR,
        field: f"{{% {value} %}}",
        "End": True,
    }
    found = ended(state, {})
    assert (found.error, field in found.cause) == ("States.QueryEvaluationError", True)


# Waits.


@pytest.mark.parametrize(
    "value",
    ["2026-01-01T00:00:05", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "soon", 5, None, {}],
)
def test_a_moment_that_is_none_ends_the_execution(value: Any) -> None:
    found = ended({"Type": "Wait", "TimestampPath": "$.t", "End": True}, {"t": value})
    assert found.error == "States.Runtime"
    assert "does not reference a valid ISO-8601 extended offset date-time format string: $.t == " in found.cause


@pytest.mark.parametrize(
    "value", ["2026-01-01T00:00:05Z", "2026-01-01T01:00:05.000+01:00", "2026-01-01T00:00:05.000000000Z"]
)
def test_a_wait_ends_at_its_moment(value: str) -> None:
    assert ended({"Type": "Wait", "TimestampPath": "$.t", "End": True}, {"t": value}).seconds == 5


def test_a_moment_is_one_with_a_zone() -> None:
    assert moment_of("2026-01-01T00:00:00") is None
    assert moment_of("2026-01-01T00:00:00Z") is not None


@pytest.mark.parametrize("field", ["SecondsPath", "TimestampPath"])
def test_a_wait_for_what_is_missing(field: str) -> None:
    """https://github.com/serverless-operations/serverless-step-functions/issues/346 has AWS's words."""
    found = ended({"Type": "Wait", field: "$.x.y", "End": True}, {})
    assert f"The {field} parameter does not reference an input value: $.x.y" in found.cause


def test_an_expression_for_a_wait_that_gives_none() -> None:
    wait = {"Type": "Wait", "QueryLanguage": "JSONata", "End": True}
    assert ended({**wait, "Seconds": "{% 1.5 %}"}, {}).error == "States.QueryEvaluationError"
    assert ended({**wait, "Seconds": "{% 'x' %}"}, {}).error == "States.QueryEvaluationError"
    assert ended({**wait, "Timestamp": "{% 'x' %}"}, {}).error == "States.QueryEvaluationError"
    assert ended({**wait, "Seconds": "{% 2 %}"}, {}).seconds == 2


# Other fields.


@pytest.mark.parametrize("field", ["ErrorPath", "CausePath"])
@pytest.mark.parametrize("value", [1, {}, [], True])
def test_an_error_that_is_no_text(field: str, value: Any) -> None:
    assert ended({"Type": "Fail", field: "$.x"}, {"x": value}).error == "States.Runtime"
    expressed = {"Type": "Fail", "QueryLanguage": "JSONata", field.removesuffix("Path"): "{% $states.input.x %}"}
    assert ended(expressed, {"x": value}).error in ("States.QueryEvaluationError",)


def test_a_fail_may_say_nothing() -> None:
    found = ended({"Type": "Fail"}, {})
    assert (found.status, found.error, found.cause) == ("FAILED", None, None)
    assert found.history[-1].document()["executionFailedEventDetails"] == {}


@pytest.mark.parametrize("items", ["1", "'a'", "true", "null", "{'a': 1}"])
def test_items_that_are_no_array(items: str) -> None:
    """Of an object, AWS says so, too, where the Map runs in place."""
    inline = {**PROCESSOR, "ProcessorConfig": {"Mode": "INLINE"}}
    state = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": f"{{% {items} %}}",
        "ItemProcessor": inline,
        "End": True,
    }
    found = ended(state, {})
    assert found.error == "States.QueryEvaluationError"
    assert (
        "specified for the field 'Items' returned an unexpected result type. Expected 'array', but was" in found.cause
    )


def test_a_heartbeat_that_does_not_come_ends_as_a_timeout() -> None:
    state = {**TASK, "TimeoutSeconds": 9, "HeartbeatSeconds": 2}
    found = ended(state, {}, Success({}, seconds=5))
    assert (found.error, found.history[-2].details["error"]) == ("States.Timeout", "States.Timeout")
    caught = {**state, "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}]}
    machine = asl.parse({"StartAt": "A", "States": {"A": caught, "B": {"Type": "Succeed"}}})
    assert run(machine, {}, Stubs({}, default=Success({}, seconds=5))).status == "SUCCEEDED"


def test_sums_are_rounded_as_java_rounds() -> None:
    """AWS recorded -2 for -1.5 and -1: a half goes up."""
    state = {"Type": "Pass", "Parameters": {"x.$": "States.MathAdd($.a, $.b)"}, "End": True}
    for first, second, expected in ((-1.5, -1, -2), (0.5, 0, 1), (1.5, 1, 3), (-0.5, 0, 0), (2.4, 0, 2)):
        assert ended(state, {"a": first, "b": second}).output == {"x": expected}


# Tolerated failures.


def tolerating(outcomes: Any, **fields: Any) -> Any:
    """The run of a distributed Map over four items, whose tasks end so."""
    processor = {**PROCESSOR, "States": {"Item": TASK}}
    state = {**MAP, "ItemProcessor": processor, "MaxConcurrency": 1, **fields}
    machine = asl.parse({"StartAt": "A", "States": {"A": state}})
    return run(machine, {"items": [1, 2, 3, 4]}, Stubs({"Item": outcomes}))


LOST = [Failure("Lost", "once"), Success({"n": 1})]


def test_the_place_of_an_item_that_failed() -> None:
    found = tolerating(LOST, ToleratedFailureCount=1)
    assert found.output == [{"Status": "FAILED", "Error": "Lost", "Cause": "once"}, *[{"n": 1}] * 3]


def test_a_count_of_0_beside_a_percentage_is_none() -> None:
    assert tolerating(LOST, ToleratedFailureCount=0, ToleratedFailurePercentage=50).status == "SUCCEEDED"
    assert tolerating(LOST, ToleratedFailureCount=1, ToleratedFailurePercentage=0).status == "SUCCEEDED"
    found = tolerating(LOST, ToleratedFailureCount=0)
    assert (found.error, found.cause) == (
        "States.ExceedToleratedFailureThreshold",
        "The specified tolerated failure threshold was exceeded",
    )


def test_the_smaller_limit_counts() -> None:
    twice = [Failure("Lost"), Failure("Lost"), Success({})]
    assert tolerating(twice, ToleratedFailureCount=3, ToleratedFailurePercentage=25).status == "FAILED"
    assert tolerating(twice, ToleratedFailureCount=1, ToleratedFailurePercentage=75).status == "FAILED"
    assert tolerating(twice, ToleratedFailureCount=2, ToleratedFailurePercentage=50).status == "SUCCEEDED"
