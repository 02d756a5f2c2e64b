"""One engine for all end-to-end tests, with the definitions deployed to it through the real CLI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keyflow.loading import load_definitions
from keyflow.project import find_project
from tests import command
from tests.e2e.localstack import Engine, make_table, running

ROOT = Path(__file__).parents[2]
STAGE = "e2e"
TABLE = "registered-keys"
SECRET = "arn:aws:iam::123456789012:role/internal is not authorized"
ACCOUNT = "000000000000"

NOT_TAKEN = ("Ingest", "uploads")
"""LocalStack's reader of definitions knows no ItemBatcher."""

FORWARD_CALLS = {
    "AddApiKey": (
        "Get Api Key",
        "Create Usage Plan",
        "Create Api Key",
        "Link Api Key To Usage Plan",
        "Save Api Key",
    ),
    "AddApiKeyFast": (
        "Claim Name",
        "Create Usage Plan",
        "Create Api Key",
        "Link Api Key To Usage Plan",
        "Record Ids",
    ),
}
COMPENSATIONS = (
    "Unlink Api Key From Usage Plan",
    "Remove Stage From Usage Plan",
    "Delete Usage Plan",
    "Delete Api Key",
)
LAST_CALL = {"AddApiKey": "Save Api Key", "AddApiKeyFast": "Record Ids"}


def case(*states: str) -> str:
    """The name of the mock test case in which the calls of these states fail."""
    return "-".join(state.replace(" ", "") for state in states)


def mock_configuration() -> dict[str, Any]:
    """Step Functions Local's format: each call made to fail alone, and each compensation after the last call."""
    machines = {}
    for name, calls in FORWARD_CALLS.items():
        cases = {case(call): {call: "Refused"} for call in calls}
        last = LAST_CALL[name]
        for compensation in COMPENSATIONS:
            cases[case(last, compensation)] = {last: "Refused", compensation: "AlwaysRefused"}
            cases[case(last, compensation, "Gone")] = {last: "Refused", compensation: "Gone"}
        machines[f"{name}-{STAGE}"] = {"TestCases": cases}
    machines[f"PlaceOrder-{STAGE}"] = {
        "TestCases": {
            "Paid": {"Charge Card": "Charged"},
            "Declined": {"Charge Card": "Declined"},
            "Unstored": {"Charge Card": "Charged", "Store Order": "Refused", "Refund Card": "Charged"},
            "Unheard": {"Charge Card": "Charged", "Tell Warehouse": "AlwaysRefused"},
        }
    }
    machines[f"BookSeats-{STAGE}"] = {
        "TestCases": {"Paid": {"Charge Card": "Charged"}, "Declined": {"Charge Card": "Declined"}}
    }
    refused = {"Throw": {"Error": "ApiGateway.TooManyRequestsException", "Cause": SECRET}}
    declined = {"Throw": {"Error": "CardDeclined", "Cause": SECRET}}
    charged = {"Return": {"StatusCode": 200, "Payload": {"receipt": "receipt-1"}}}
    gone = {"Throw": {"Error": "ApiGateway.NotFoundException", "Cause": "Invalid id"}}
    return {
        "StateMachines": machines,
        "MockedResponses": {
            "Refused": {"0": refused},
            "AlwaysRefused": {"0-2": refused},
            "Gone": {"0": gone},
            "Charged": {"0": charged},
            "Declined": {"0": declined},
        },
    }


def keyflow(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs a command, in the repository unless told otherwise: by a call, a process would take a second longer."""
    return command.keyflow_in_this_process(*arguments, cwd=cwd)


@dataclass(frozen=True)
class Deployed:
    """The definitions, deployed: the engine, the URLs, and the API that the keys open.

    A URL is found by its method and path; those of the two registrations, which are the same, by their workflows.
    """

    engine: Engine
    urls: dict[str, str]
    opened_api: str
    queue: str

    def keys(self, name: str) -> list[Any]:
        """The API keys whose name begins with `name`."""
        return [key for key in self._items("get_api_keys") if key["name"].startswith(f"{name}-")]

    def plans(self, name: str) -> list[Any]:
        """The usage plans named `name`."""
        return [plan for plan in self._items("get_usage_plans") if plan["name"] == name]

    def links(self, plan_id: str) -> list[str]:
        """The ids of the keys that a plan is linked to."""
        found = self.engine.client("apigateway").get_usage_plan_keys(usagePlanId=plan_id)["items"]
        return [key["id"] for key in found]

    def item(self, name: str) -> Any:
        """The registered key's item, or None."""
        key = {"pk": {"S": "apikey#"}, "sk": {"S": name}}
        return self.engine.client("dynamodb").get_item(TableName=TABLE, Key=key).get("Item")

    def left_over(self, name: str) -> list[Any]:
        """Everything that a registration under `name` has made."""
        item = self.item(name)
        return [*self.keys(name), *self.plans(name), *([item] if item else [])]

    def _items(self, operation: str) -> list[Any]:
        gateway = self.engine.client("apigateway")
        return [item for page in gateway.get_paginator(operation).paginate() for item in page["items"]]


def deploy_arguments(engine: Engine, opened_api: str) -> list[str]:
    parameters = {
        "TableName": TABLE,
        "ApiId": opened_api,
        "StageName": "prod",
        "StockTable": "stock",
        "OrderTable": "orders",
        "SeatTable": "seats",
        "BookingTable": "bookings",
        "PaymentFunction": "payments",
        "WarehouseQueue": f"{engine.url}/{ACCOUNT}/warehouse",
        "StaffTable": "staff",
        "ExpenseTable": "expenses",
        "FinanceAddress": "finance@shop.example",
        "QuestionSender": "questions@shop.example",
        "QuestionIdentity": "arn:aws:ses:us-east-1:111122223333:identity/shop.example",
        "AnswerPage": "https://shop.example/answer#",
        "PayoutQueue": f"{engine.url}/{ACCOUNT}/payouts",
        "ExpenseLetters": f"{engine.url}/{ACCOUNT}/letters",
        "FeedTable": "feeds",
        "EventBus": "default",
        "UserPoolId": "us-east-1_members",
        "MemberGroup": "members",
        "WelcomeSender": "welcome@club.example",
        "WelcomeIdentity": "arn:aws:ses:us-east-1:111122223333:identity/club.example",
        "WelcomeQueue": f"{engine.url}/{ACCOUNT}/welcomes",
    }
    given = [part for name, value in parameters.items() for part in ("--param", f"{name}={value}")]
    held = load_definitions(find_project(ROOT))
    names = [name for name in (*held.workflows, *held.apis) if name not in NOT_TAKEN]
    return [*names, "--stage", STAGE, "--endpoint-url", engine.url, "--yes", "--format", "json", *given]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine of all modules; each that mocks calls gives it its own configuration."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def deployed_once(engine: Engine) -> Deployed:
    make_table(engine, TABLE)
    make_table(engine, "stock", "sku")
    make_table(engine, "orders", "id")
    make_table(engine, "seats", "show", "seat")
    make_table(engine, "bookings", "id")
    queue = engine.client("sqs").create_queue(QueueName="warehouse")["QueueUrl"]
    opened = engine.client("apigateway").create_rest_api(name="opened")["id"]
    done = command.keyflow("deploy", *deploy_arguments(engine, opened), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    endpoints = json.loads(done.stdout)["endpoints"]
    registrations = [each["url"] for each in endpoints if each["url"].endswith("/api-keys")]
    urls = dict(zip(("AddApiKey", "AddApiKeyFast"), registrations, strict=True))
    urls |= {f"{each['method']} /{each['url'].split(f'/{STAGE}/')[1]}": each["url"] for each in endpoints}
    return Deployed(engine, urls, opened, queue)


@pytest.fixture(scope="module")
def deployed(deployed_once: Deployed) -> Deployed:
    """The definitions, deployed once, and the calls of theirs that fail."""
    deployed_once.engine.mock(mock_configuration())
    return deployed_once
