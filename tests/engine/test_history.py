"""The number of events that an execution may have, and what an expression that fails adds to them."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import asl
from keyflow.diagnostics import EngineError
from keyflow.engine import Failure, Stubs, Success, run


def machine(state: Any, **others: Any) -> asl.StateMachine:
    return asl.parse({"StartAt": "A", "States": {"A": state, **others}})


LOOP = machine({"Type": "Pass", "Next": "A"})


def test_a_standard_execution_has_25_000_events() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html"""
    found = run(LOOP, {}, Stubs())
    assert (found.status, found.error, len(found.history)) == ("FAILED", "States.Runtime", 25_000)
    assert found.history[-1].type == "ExecutionFailed"
    assert found.cause == "The execution reached the maximum number of history events (25000)."


def test_the_last_event_may_be_that_of_success() -> None:
    """12,499 states of two events each, the start and the end."""
    states: dict[str, Any] = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(12_498)}
    states["S12498"] = {"Type": "Pass", "End": True}
    found = run(asl.parse({"StartAt": "S0", "States": states}), {}, Stubs())
    assert (found.status, len(found.history)) == ("SUCCEEDED", 25_000)


def test_no_catcher_sees_that_there_are_too_many_events() -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    state = {"Type": "Parallel", "Branches": [inner], "Catch": catch, "End": True}
    assert run(machine(state, Caught={"Type": "Succeed"}), {}, Stubs()).status == "FAILED"


def test_the_events_of_a_child_are_its_own() -> None:
    steps = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(2_000)}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "S0",
        "States": {**steps, "S2000": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    assert run(machine(state), list(range(10)), Stubs()).status == "SUCCEEDED"


# Expressions that fail.

UNDEFINED = (
    "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$x' "
    "specified for the field '{field}' returned nothing (undefined)."
)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"Output": "{% $x %}"}, "Output"),
        ({"Output": {"a": [1, {"b": "{% $x %}"}]}}, "Output/a[1]/b"),
        ({"Assign": {"v": "{% $x %}"}}, "Assign/v"),
    ],
)
def test_an_expression_that_fails_has_an_event(fields: Any, field: str) -> None:
    """The forms of the places: https://github.com/floci-io/floci/pull/2689, measured in AWS."""
    found = run(machine({"Type": "Pass", "QueryLanguage": "JSONata", **fields, "End": True}), {}, Stubs())
    event = found.history[2]
    assert (event.type, event.previous) == ("EvaluationFailed", 0)
    cause = UNDEFINED.format(field=field)
    assert event.details == {"error": found.error, "cause": cause, "location": field, "state": "A"}
    assert (found.error, found.cause) == ("States.QueryEvaluationError", cause)


TASK = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def test_the_places_of_rules_catchers_and_arguments() -> None:
    def place(state: Any, outcome: Any = None) -> Any:
        found = run(machine(state, B={"Type": "Succeed"}), {}, Stubs({}, default=outcome or Success({})))
        return next(event.details["location"] for event in found.history if event.type == "EvaluationFailed")

    choice = {"Type": "Choice", "QueryLanguage": "JSONata", "Default": "B"}
    rules = [
        {"Condition": "{% false %}", "Next": "B"},
        {"Condition": "{% true %}", "Output": {"v": "{% $x %}"}, "Next": "B"},
    ]
    assert place({**choice, "Choices": rules}) == "Choices[1]/Output/v"
    assert place({**choice, "Choices": [{"Condition": "{% $x %}", "Next": "B"}]}) == "Choices[0]/Condition"
    assert place({**TASK, "Arguments": {"FunctionName": "{% $x %}"}}) == "Arguments/FunctionName"
    caught = {**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $x %}", "Next": "B"}]}
    assert place({**caught, "Arguments": {}}, Failure("Lost")) == "Catch[0]/Output"


def test_paths_that_lead_nowhere_are_named_as_in_aws() -> None:
    def cause(state: Any, **others: Any) -> Any:
        text = run(machine(state, **others), {"b": 1}, Stubs()).cause
        return text and text.partition("). ")[2]

    assert cause({"Type": "Pass", "Parameters": {"x.$": "$.a"}, "End": True}) == (
        "The JSONPath '$.a' specified for the field 'x.$' could not be found in the input '{\"b\":1}'"
    )
    assert cause({"Type": "Fail", "ErrorPath": "$.a"}) == (
        "The JSONPath '$.a' specified for the field 'ErrorPath' could not be found in the input '{\"b\":1}'"
    )
    assert cause({"Type": "Pass", "OutputPath": "$.a.b", "End": True}) == (
        "Invalid path '$.a.b' : No results for path: $['a']['b']"
    )
    assert cause({"Type": "Pass", "Parameters": {"x.$": "States.Array($.a)"}, "End": True}) == (
        "The function 'States.Array($.a)' had the following error: The JsonPath argument for the field '$.a' could not "
        "be found in the input '{\"b\":1}'"
    )
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "B"}]}
    assert cause(choice, B={"Type": "Succeed"}) == (
        "Invalid path '$.a': The choice state's condition path references an invalid value."
    )
    choice["Choices"] = [{"Variable": "$.b", "IsNull": True, "Next": "B"}]
    assert cause(choice, B={"Type": "Succeed"}).startswith("Failed to transition out of the state.")


# Data that is too large.


def test_a_result_that_is_too_large_fails_its_task() -> None:
    """As AWS recorded it: States.ALL covers it."""
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
    caught = {**task, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": True}
    found = run(machine(caught, B={"Type": "Succeed"}), {}, Stubs({}, default=Success({"Payload": "é" * 140_000})))
    assert found.output == {
        "Error": "States.DataLimitExceeded",
        "Cause": "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    }


def test_a_state_that_gives_too_much_ends_the_execution() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "ResultPath": "$.again",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
        "End": True,
    }
    found = run(
        machine(task, B={"Type": "Succeed"}), {"x": "y" * 200_000}, Stubs({}, default=Success({"z": "y" * 70_000}))
    )
    assert (found.status, found.error) == ("FAILED", "States.DataLimitExceeded")
    assert found.cause == (
        "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit."
    )


def test_results_of_a_block_are_bounded_too() -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    state = {"Type": "Parallel", "Branches": [branch, branch], "End": True}
    assert run(machine(state), {"x": "y" * 140_000}, Stubs()).error == "States.DataLimitExceeded"


def test_an_input_that_is_too_large_is_refused() -> None:
    with pytest.raises(EngineError, match=r"KF614.*262,144 bytes"):
        run(LOOP, "é" * 131_072, Stubs())
