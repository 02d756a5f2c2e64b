"""The main job on this machine: build, deploy to a local engine, call the endpoint, clean up. Run by `make demo`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import requests

from tests.e2e.localstack import Engine, make_table, running

KEYFLOW = [sys.executable, "-m", "keyflow"]


def main() -> None:
    """Shows it."""
    _say("$ keyflow build")
    subprocess.run([*KEYFLOW, "build"], check=True)
    print("\nstarting a Step Functions and API Gateway engine (LocalStack) on loopback ...", flush=True)
    with running() as engine:
        make_table(engine, "keys")
        opened = engine.client("apigateway").create_rest_api(name="the API that the keys open")["id"]
        where = ["--stage", "demo", "--endpoint-url", engine.url, "--yes"]
        queue = engine.client("sqs").create_queue(QueueName="warehouse")["QueueUrl"]
        given = {
            "TableName": "keys",
            "ApiId": opened,
            "StageName": "prod",
            "StockTable": "stock",
            "OrderTable": "orders",
            "SeatTable": "seats",
            "BookingTable": "bookings",
            "PaymentFunction": "payments",
            "WarehouseQueue": queue,
            "IngestBucket": "ingest",
            "RowsJob": "rows",
            "ReadingTable": "readings",
            "StaffTable": "staff",
            "ExpenseTable": "expenses",
            "FinanceAddress": "finance@shop.example",
            "QuestionSender": "questions@shop.example",
            "QuestionIdentity": "arn:aws:ses:us-east-1:111122223333:identity/shop.example",
            "AnswerPage": "https://shop.example/answer#",
            "PayoutQueue": queue,
            "ExpenseLetters": queue,
            "FeedTable": "feeds",
            "EventBus": "default",
            "UserPoolId": "us-east-1_members",
            "MemberGroup": "members",
            "WelcomeSender": "welcome@club.example",
            "WelcomeIdentity": "arn:aws:ses:us-east-1:111122223333:identity/club.example",
            "WelcomeQueue": queue,
        }
        parameters = [part for name, value in given.items() for part in ("--param", f"{name}={value}")]
        _say(f"$ keyflow deploy {' '.join([*where, *parameters])}")
        subprocess.run([*KEYFLOW, "deploy", *where, *parameters], check=True)
        again = subprocess.run(
            [*KEYFLOW, "deploy", *where, *parameters, "--format", "json"], check=True, capture_output=True, text=True
        )
        for endpoint in json.loads(again.stdout)["endpoints"]:
            if endpoint["url"].endswith("/api-keys"):
                _call(engine, endpoint["url"])
        _say("$ keyflow destroy --stage demo --yes")
        subprocess.run([*KEYFLOW, "destroy", *where], check=True)


def _call(engine: Engine, url: str) -> None:
    name = f'gopher {url.rsplit("/", 3)[1]}\'s "burrow" 🐿'
    for body in ({"name": name}, {"name": name}, {"nom": name}):
        began = time.perf_counter()
        answer = requests.post(url, json=body, timeout=60)
        _say(f"POST {url} {json.dumps(body, ensure_ascii=False)}")
        print(f"  {answer.status_code} {answer.text.strip()}  ({time.perf_counter() - began:.2f} s)", flush=True)
    keys: list[Any] = engine.client("apigateway").get_api_keys()["items"]
    print(f"  {len(keys)} API keys exist now", flush=True)


def _say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    main()
