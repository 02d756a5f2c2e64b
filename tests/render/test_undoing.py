"""What a definition alone shows of who undoes whom."""

from __future__ import annotations

from typing import Any

from keyflow.render.undoing import undoing_of

States = dict[tuple[str | int, ...], dict[str, Any]]


def task(call: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{call}", **fields}


def test_operations_that_undo_each_other() -> None:
    states: States = {("Make",): task("aws-sdk:s3:createBucket"), ("Remove",): task("aws-sdk:s3:deleteBucket")}
    assert undoing_of(states, {("Remove",)}) == {("Make",): ("Remove",)}
    assert undoing_of(states, set()) == {}


def test_the_same_operation_of_another_service_undoes_nothing() -> None:
    states: States = {("Make",): task("aws-sdk:sqs:createQueue"), ("Remove",): task("aws-sdk:mediaconvert:deleteQueue")}
    assert undoing_of(states, {("Remove",)}) == {}


def test_a_comment_says_it() -> None:
    states: States = {("Charge",): task("lambda:invoke", Comment="the card; effect: undone by Refund, Call the Bank")}
    assert undoing_of(states, set()) == {("Charge",): ("Refund", "Call the Bank")}
