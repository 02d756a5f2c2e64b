"""Arrays that a hand-written definition's Maps go through, where nobody says what they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyflow.engine import Execution
from keyflow.verify import Document, Subject, prove, subject_of_document
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import trials_of
from keyflow.verify.world.variants import Variant

PUT = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "TimeoutSeconds": 5, "End": True}
LIST = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "list"},
    "ResultSelector": {"found.$": "$.Payload.rows"},
    "ResultPath": "$.listed",
    "TimeoutSeconds": 5,
    "Next": "Each",
}


def subject(*states: tuple[str, dict[str, Any]], jsonata: bool = False, **more: Any) -> Subject:
    names = [name for name, _state in states]
    document: dict[str, Any] = {"StartAt": names[0], "TimeoutSeconds": 60, "States": dict(states)}
    if jsonata:
        document["QueryLanguage"] = "JSONata"
    given = Document(file="m.asl.json", name="m", text=json.dumps(document), document=document, values={}, **more)
    return subject_of_document(given)


def over(path: str | None, item: dict[str, Any], **fields: Any) -> tuple[str, dict[str, Any]]:
    """A Map over what lies at a path, each item of which is put into a table."""
    put = {**PUT, "Parameters": {"TableName": "t", "Item": item}}
    state: dict[str, Any] = {"Type": "Map", "ItemProcessor": {"StartAt": "Put", "States": {"Put": put}}, "End": True}
    return "Each", {**state, **({} if path is None else {"ItemsPath": path}), **fields}


def ran(made: Subject) -> Execution:
    return trials_of(made).run(Scenario(Variant(made.input))).execution


def puts(execution: Execution) -> list[Any]:
    return [call.parameters["Item"] for call in execution.calls if call.state == "Put"]


def test_items_are_objects_where_their_members_are_read_and_no_two_are_alike() -> None:
    made = subject(over("$.orders.list", {"pk": {"S.$": "$.id"}, "by": {"S.$": "$.who.name"}}))
    assert made.input == {
        "orders": {
            "list": [
                {"id": f"input.orders.list.{index}.id", "who": {"name": f"input.orders.list.{index}.who.name"}}
                for index in (0, 1)
            ]
        }
    }
    assert len({json.dumps(each) for each in puts(ran(made))}) == 2


def test_items_are_texts_where_nothing_more_is_read() -> None:
    made = subject(over("$.names", {"pk": {"S.$": "$"}}))
    assert made.input == {"names": ["input.names.0", "input.names.1"]}


def test_the_input_itself_may_be_the_array() -> None:
    assert len(puts(ran(subject(over(None, {"pk": {"S.$": "$.id"}}))))) == 2


def test_a_selector_reads_the_items() -> None:
    selector = {"name.$": "$$.Map.Item.Value.key", "all.$": "$.of"}
    made = subject(over("$.rows", {"pk": {"S.$": "$.name"}}, ItemSelector=selector))
    assert [each["pk"]["S"] for each in puts(ran(made))] == ["input.rows.0.key", "input.rows.1.key"]
    assert made.input["of"] == "input.of"


def test_a_result_holds_the_array() -> None:
    """The text that stands in the way says whose result it is, and where it lies in it."""
    made = subject(("List", LIST), over("$.listed.found", {"pk": {"S.$": "$.id"}}))
    assert [each["pk"]["S"] for each in puts(ran(made))] == ["List.Payload.rows.0.id", "List.Payload.rows.1.id"]


def test_in_jsonata() -> None:
    item = {"pk": {"S": "{% $states.input.id %}"}}
    put = {**PUT, "Arguments": {"TableName": "t", "Item": item}}
    each = {
        "Type": "Map",
        "Items": "{% $states.input.orders.list %}",
        "ItemProcessor": {"StartAt": "Put", "States": {"Put": put}},
        "End": True,
    }
    made = subject(("Each", each), jsonata=True)
    assert [call["pk"]["S"] for call in puts(ran(made))] == ["input.orders.list.0.id", "input.orders.list.1.id"]


@pytest.mark.parametrize("data", [{"rows": []}, {"rows": [{"id": "a"}]}])
def test_what_is_given_is_taken(data: dict[str, Any]) -> None:
    made = subject(over("$.rows", {"pk": {"S.$": "$.id"}}), input=data)
    assert made.input == data


def test_an_execution_that_ends_in_a_map_has_not_failed() -> None:
    """The last state that it entered is one of an iteration: the one that it ended in is the Map."""
    proof = prove(subject(over("$.rows", {"pk": {"S.$": "$.id"}})), depth=1)
    assert all(example.faults for example in proof.violations)
    assert proof.unentered == ()
