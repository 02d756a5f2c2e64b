"""The other worked examples, deployed by the real CLI and called over HTTP: keys' lives, onboarding, orders."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
import requests

from tests.e2e.conftest import ACCOUNT, SECRET, STAGE, Deployed

pytestmark = pytest.mark.e2e


def unique() -> str:
    return f"consumer{uuid.uuid4().hex[:8]}"


def registered(deployed: Deployed) -> str:
    name = unique()
    assert requests.post(deployed.urls["AddApiKey"], json={"name": name}, timeout=60).status_code == 201
    return name


def call(deployed: Deployed, route: str, name: str, body: Any = None) -> requests.Response:
    url = deployed.urls[route].replace("{name}", name)
    return requests.request(route.split()[0], url, json=body, timeout=60)


def value_of(deployed: Deployed, key_id: str) -> str:
    value: str = deployed.engine.client("apigateway").get_api_key(apiKey=key_id, includeValue=True)["value"]
    return value


@pytest.mark.parametrize("body", [{}, {"value": "a-value-of-my-own-0123456789"}])
def test_a_rotated_key_takes_the_place_of_the_old_one(deployed: Deployed, body: dict[str, str]) -> None:
    name = registered(deployed)
    (old,) = deployed.keys(name)
    answer = call(deployed, "POST /api-keys/{name}/rotate", name, body)
    assert answer.status_code == 200, answer.text
    (new,) = deployed.keys(name)
    assert new["id"] != old["id"]
    assert answer.json() == {"apiKey": value_of(deployed, new["id"])}
    assert answer.json()["apiKey"] == body.get("value", answer.json()["apiKey"])
    (plan,) = deployed.plans(name)
    assert new["id"] in deployed.links(plan["id"])
    data = deployed.item(name)["data"]["M"]
    assert (data["apiKeyId"], data["usagePlanKeyId"]) == ({"S": new["id"]}, {"S": new["id"]})


def test_a_key_that_nobody_has_cannot_be_rotated(deployed: Deployed) -> None:
    answer = call(deployed, "POST /api-keys/{name}/rotate", unique(), {})
    assert (answer.status_code, answer.json()) == (404, {"message": "No API key is registered under that name"})


def test_a_deleted_key_leaves_nothing_and_can_be_deleted_again(deployed: Deployed) -> None:
    name = registered(deployed)
    for _time in range(2):
        answer = call(deployed, "DELETE /api-keys/{name}", name)
        assert answer.status_code == 204, answer.text
        assert deployed.left_over(name) == []


def test_a_second_deletion_finishes_a_first_one(deployed: Deployed) -> None:
    name = registered(deployed)
    (key,) = deployed.keys(name)
    deployed.engine.client("apigateway").delete_api_key(apiKey=key["id"])
    assert call(deployed, "DELETE /api-keys/{name}", name).status_code == 204
    assert deployed.left_over(name) == []


def test_an_onboarded_consumer_has_the_key_at_once_and_the_plan_soon(deployed: Deployed) -> None:
    name = unique()
    assert call(deployed, "GET /consumers/{name}", name).status_code == 404
    answer = requests.post(deployed.urls["POST /consumers"], json={"name": name}, timeout=60)
    assert answer.status_code == 202, answer.text
    (key,) = deployed.keys(name)
    assert answer.json() == {"apiKey": value_of(deployed, key["id"]), "status": "provisioning"}
    deadline = time.monotonic() + 60
    while call(deployed, "GET /consumers/{name}", name).json() != {"status": "ready"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    (plan,) = deployed.plans(name)
    assert deployed.links(plan["id"]) == [key["id"]]
    again = requests.post(deployed.urls["POST /consumers"], json={"name": name}, timeout=60)
    assert again.status_code == 409
    assert len(deployed.keys(name)) == 1


def test_provisioning_that_was_taken_back_touches_nothing(deployed: Deployed) -> None:
    states = deployed.engine.client("stepfunctions")
    name = unique()
    started = states.start_execution(
        stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:ProvisionConsumer-{STAGE}",
        input=json.dumps({"name": name, "keyId": "none", "claim": "somebody else's"}),
    )
    deadline = time.monotonic() + 60
    while (found := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (found["status"], found["error"]) == ("FAILED", "Abandoned")
    assert deployed.plans(name) == []


def place(deployed: Deployed, test_case: str, sku: str, count: int) -> Any:
    return deployed.engine.client("stepfunctions").start_sync_execution(
        stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:PlaceOrder-{STAGE}#{test_case}",
        input=json.dumps({"sku": sku, "count": count, "card": "token", "amount": 100}),
    )


def stocked(deployed: Deployed, available: int) -> str:
    sku = unique()
    item = {"sku": {"S": sku}, "available": {"N": str(available)}}
    deployed.engine.client("dynamodb").put_item(TableName="stock", Item=item)
    return sku


def in_stock(deployed: Deployed, sku: str) -> int:
    found = deployed.engine.client("dynamodb").get_item(TableName="stock", Key={"sku": {"S": sku}})
    return int(found["Item"]["available"]["N"])


def of_orders(deployed: Deployed, sku: str) -> list[str]:
    """The kinds of what the table of orders has of a thing."""
    items = deployed.engine.client("dynamodb").scan(TableName="orders")["Items"]
    return sorted(item["id"]["S"].split("/")[0] for item in items if item["sku"]["S"] == sku)


def test_an_order_is_reserved_charged_stored_and_told(deployed: Deployed) -> None:
    sku = stocked(deployed, 5)
    result = place(deployed, "Paid", sku, 3)
    assert result["status"] == "SUCCEEDED", result
    number = json.loads(result["output"])["order"]
    assert json.loads(result["output"])["receipt"] == "receipt-1"
    assert in_stock(deployed, sku) == 2
    assert of_orders(deployed, sku) == ["order", "reservation"]
    (message,) = deployed.engine.client("sqs").receive_message(QueueUrl=deployed.queue)["Messages"]
    assert json.loads(message["Body"]) == {"order": number, "sku": sku}


@pytest.mark.parametrize(
    ("test_case", "count", "error"),
    [("Paid", 6, "OutOfStock"), ("Declined", 2, "CardDeclined"), ("Unstored", 2, "UnhandledError")],
)
def test_an_order_that_fails_before_the_pivot_leaves_nothing(
    deployed: Deployed, test_case: str, count: int, error: str
) -> None:
    sku = stocked(deployed, 5)
    result = place(deployed, test_case, sku, count)
    assert (result["status"], result["error"]) == ("FAILED", error)
    assert SECRET not in result["cause"]
    assert in_stock(deployed, sku) == 5
    assert of_orders(deployed, sku) == []


def test_what_fails_after_the_pivot_is_owed(deployed: Deployed) -> None:
    """The order is placed: nothing is undone, and the cause names what the warehouse has not heard."""
    sku = stocked(deployed, 5)
    result = place(deployed, "Unheard", sku, 2)
    assert (result["status"], result["error"]) == ("FAILED", "CompletionFailed")
    found = json.loads(result["cause"].removeprefix("Owed: "))
    owed = found[0] if isinstance(found, list) else found  # the engine gives one thing without its list
    assert (owed["task"], owed["owed"]) == ("Tell Warehouse", ["Tell Warehouse"])
    assert owed["parameters"]["MessageBody"]["sku"] == sku
    assert SECRET not in result["cause"]
    assert in_stock(deployed, sku) == 3
    assert of_orders(deployed, sku) == ["order", "reservation"]


def book(deployed: Deployed, test_case: str, show: str, seats: list[str]) -> Any:
    return deployed.engine.client("stepfunctions").start_sync_execution(
        stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:BookSeats-{STAGE}#{test_case}",
        input=json.dumps({"show": show, "seats": seats, "card": "token"}),
    )


def held(deployed: Deployed, show: str) -> list[str]:
    """The seats of a show that are held."""
    items = deployed.engine.client("dynamodb").scan(TableName="seats")["Items"]
    return sorted(item["seat"]["S"] for item in items if item["show"]["S"] == show)


def test_seats_are_booked_all_or_none(deployed: Deployed) -> None:
    show = unique()
    first = book(deployed, "Paid", show, ["a1", "a2", "a3"])
    assert first["status"] == "SUCCEEDED", first
    assert json.loads(first["output"])["seats"] == ["a1", "a2", "a3"]
    assert held(deployed, show) == ["a1", "a2", "a3"]
    second = book(deployed, "Paid", show, ["b1", "a2", "b2"])
    assert (second["status"], second["error"]) == ("FAILED", "SeatTaken")
    third = book(deployed, "Declined", show, ["c1", "c2"])
    assert (third["status"], third["error"]) == ("FAILED", "CardDeclined")
    assert held(deployed, show) == ["a1", "a2", "a3"]
