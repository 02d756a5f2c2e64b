"""P6 of definitions that keyflow did not write: what is not tried is said, and long ends are shown where they differ."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.verify import Document, Isolation, Subject, isolations, subject_of_document
from keyflow.verify.judges.isolation import excerpt

KEY = {"pk": {"S.$": "$.name"}}


def task(operation: str, to: str | None = None, **parameters: Any) -> dict[str, Any]:
    where: dict[str, Any] = {"End": True} if to is None else {"Next": to}
    resource = f"arn:aws:states:::dynamodb:{operation}"
    given = {"TableName": "jobs", **parameters}
    return {"Type": "Task", "Resource": resource, "Parameters": given, "ResultPath": "$.r", **where}


def of_file(name: str, states: dict[str, Any], **given: Any) -> Subject:
    document = {"StartAt": next(iter(states)), "States": states, **given}
    return subject_of_document(Document(file=f"{name}.asl.json", name=name, text="", document=document, values={}))


def by_names(*subjects: Subject) -> dict[tuple[str, ...], Isolation]:
    return {each.names: each for each in isolations(subjects)}


WAITING = {
    "Look": task("getItem", "Done?", Key=KEY),
    "Done?": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.r.Item.state.S", "StringEquals": "DONE", "Next": "Clean"}],
        "Default": "Wait",
    },
    "Wait": {"Type": "Wait", "Seconds": 10, "Next": "Look"},
    "Clean": task("deleteItem", Key=KEY),
}
SET: dict[str, Any] = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"S": "x"}}}
SETTING = {"Set": task("updateItem", "Set Again", Key=KEY, **SET), "Set Again": task("updateItem", Key=KEY, **SET)}


@pytest.mark.parametrize("is_first", [True, False])
def test_a_loop_without_end_is_that_of_the_workflow_that_has_it(is_first: bool) -> None:
    subjects = [of_file("waiting", WAITING), of_file("setting", SETTING)]
    found = by_names(*(subjects if is_first else subjects[::-1]))
    assert {name for each in found.values() for name in each.endless} == {"waiting"}


def test_what_ends_for_what_its_data_lacks_is_not_passed_by() -> None:
    """An item that was just put has nothing of what another program would write into it."""
    states = {
        "Put": {**task("putItem", "Read", Item={"pk": {"S.$": "$.name"}}), "ResultPath": None},
        "Read": {**task("getItem", "Set", Key=KEY), "ResultSelector": {"state.$": "$.Item.state.S"}},
        "Set": task("updateItem", Key=KEY, **SET),
    }
    (proof,) = isolations([of_file("putting", states)])
    assert (proof.interleavings, proof.lacking) == (0, ("putting",))
    (whole,) = isolations([of_file("setting", SETTING)])
    assert (whole.interleavings, whole.lacking) == (1, ())


def test_ends_that_are_long_are_shown_where_they_differ() -> None:
    same = "x" * 300
    first, second = (
        excerpt(f"SUCCEEDED {same}{one}{same}", f"SUCCEEDED {same}{other}{same}") for one, other in ("ab", "ba")
    )
    assert first.startswith("SUCCEEDED ... x")
    assert first.endswith("x ...")
    assert first.replace("a", "b") == second
    assert len(first) < 200
    assert excerpt("FAILED Taken", "SUCCEEDED {}") == "FAILED Taken"
    assert excerpt(f"SUCCEEDED {same}") == f"SUCCEEDED {same[:150]} ..."
    assert excerpt(f"SUCCEEDED {same}a", f"SUCCEEDED {same}").endswith("xa")


STUBS: list[Any] = [None, [], "x", 7, {}, {"Items": [1], "Count": None, "Responses": {"jobs": {}}, "Item": 7}]


@pytest.mark.parametrize("stub", STUBS)
@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("query", {"TableName": "jobs", "KeyConditionExpression": "pk = :pk"}),
        ("batchGetItem", {"RequestItems": {"jobs": {"Keys": [KEY]}}}),
        ("batchGetItem", {"RequestItems": {"jobs": [KEY]}}),
        ("batchGetItem", {"RequestItems": ["jobs"]}),
        ("getItem", {"TableName": "jobs", "Key": KEY}),
    ],
)
def test_a_stub_may_be_anything(operation: str, given: dict[str, Any], stub: Any) -> None:
    read = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:dynamodb:{operation}", "Parameters": given}
    states = {"Read": {**read, "ResultPath": "$.r", "Next": "Set"}, **SETTING}
    document = {"StartAt": "Read", "States": states}
    subject = subject_of_document(
        Document(file="x", name="x", text="", document=document, values={}, input={"name": "a"}, results={"Read": stub})
    )
    (proof,) = isolations([subject])
    assert proof.interleavings > 0
