"""An execution, state by state, with what became of each."""

from __future__ import annotations

from typing import Any

from keyflow import asl
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.serve.visits import Fate, fates, visits


def task(name: str, following: str | None = None, **more: Any) -> dict[str, Any]:
    end = {"End": True} if following is None else {"Next": following}
    return {name: {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}, **more, **end}}


CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}]
MACHINE = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": task("Left")},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemsPath": "$.items",
                            "ItemProcessor": {"StartAt": "One", "States": task("One")},
                            "End": True,
                        }
                    },
                },
            ],
            "Next": "Last",
        },
        **task("Last", Catch=CATCH, Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 1}]),
        **task("Undo", "Stop"),
        "Stop": {"Type": "Fail", "Error": "Stopped"},
    },
}


def seen(**answers: Any) -> Any:
    machine = asl.parse(MACHINE)
    stubs = Stubs({"Left": Success({}), "One": Success({"Item": 1}), "Undo": Success({}), **answers})
    return visits(run(machine, {"items": [1, 2]}, stubs), machine)


def test_each_state_has_what_went_in_and_came_out() -> None:
    found = seen(Last=Success({"Item": "it"}))
    by_name = {visit.name: visit for visit in found}
    assert [visit.name for visit in found] == ["Both", "Left", "Each", "One", "One", "Last"]
    assert by_name["Both"].output == [{}, [{"Item": 1}, {"Item": 1}]]
    assert by_name["Both"].input == {"items": [1, 2]}
    assert by_name["Each"].output == [{"Item": 1}, {"Item": 1}]
    assert by_name["Left"].state.around is by_name["Both"].state
    assert by_name["One"].state.around is by_name["Each"].state
    assert by_name["Last"].result == by_name["Last"].output == {"Item": "it"}
    assert set(fates(found).values()) == {Fate.SUCCEEDED}


def test_what_failed_and_was_caught_is_told_from_what_failed() -> None:
    found = seen(Last=[Failure("Busy", "later"), Failure("Gone", "for good")])
    by_name = {visit.name: visit for visit in found}
    assert by_name["Last"].errors == [("Busy", "later"), ("Gone", "for good")]
    ends = fates(found)
    assert (ends["Last"], ends["Undo"], ends["Stop"]) == (Fate.CAUGHT, Fate.SUCCEEDED, Fate.FAILED)


def test_what_a_retry_mended_has_succeeded() -> None:
    found = seen(Last=[Failure("Busy"), Success({})])
    assert (found[-1].fate, found[-1].errors) == (Fate.SUCCEEDED, [("Busy", None)])


def test_an_error_inside_fails_what_is_around() -> None:
    found = seen(One=Failure("Broken"), Last=Success({}))
    ends = fates(found)
    assert (ends["One"], ends["Each"], ends["Both"]) == (Fate.FAILED, Fate.FAILED, Fate.FAILED)
    assert "Last" not in ends


def test_secrets_are_hidden() -> None:
    machine = asl.parse({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    (visit,) = visits(run(machine, {"password": "hunter22", "user": "me"}, Stubs()), machine)
    assert visit.input == visit.output == {"password": "***", "user": "me"}
