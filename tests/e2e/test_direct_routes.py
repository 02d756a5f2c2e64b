"""AWS calls behind routes: each kind over HTTP, what arrives, and what a caller is answered where AWS refuses."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.e2e.conftest import ACCOUNT, keyflow
from tests.e2e.localstack import Engine, make_table

pytestmark = pytest.mark.e2e

HARD = 'it\'s "so" \\ $x #if(1) \n ü 😀 a+b%20c'
DEFINITION = """
from keyflow import Api, Parameter, Workflow
from keyflow.aws import dynamodb, events, sqs, stepfunctions

table, queue, bus = Parameter("Table"), Parameter("Queue"), Parameter("Bus")

other = Workflow("Other", type="STANDARD", timeout=60)
other.succeed({"input": other.input})

echo = Workflow("Echo", timeout=20)
echo.succeed({"input": echo.input})

broken = Workflow("Broken", timeout=20)
broken.fail("Inside", "arn:aws:secret")

api = Api("direct", cors="*")
api.post("/messages", sqs.send_message(QueueUrl=queue, MessageBody=api.body["text"]))
api.post("/documents/{id}", sqs.send_message(QueueUrl=queue, MessageBody={
    "id": api.path["id"], "q": api.query["q"], "h": api.headers["X-Thing"], "body": api.body, "$#": [1, None]}))
api.post("/batches", sqs.send_message_batch(QueueUrl=queue, Entries=[
    {"Id": "a", "MessageBody": api.body["first"]}, {"Id": "b", "MessageBody": api.body["second"]}]))
api.post("/events", events.put_events(Entries=[{"Source": "shop", "DetailType": "Ordered", "EventBusName": bus,
    "Detail": {"who": api.headers["X-Thing"], "order": api.body["order"]}}]), errors={"ResourceNotFoundException": 404})
api.post("/runs", stepfunctions.start_execution(stateMachineArn=other.arn, input=api.body), success=202)
api.post("/waits", stepfunctions.start_sync_execution(stateMachineArn=echo.arn, input={"a": api.body["a"]}),
    response_template="$input.path('$.output')")
api.post("/breaks", stepfunctions.start_sync_execution(stateMachineArn=broken.arn, input={}))
api.post("/large", echo, input=api.body)
api.post("/items/{id}", dynamodb.put_item(
    TableName=table, Item={"pk": {"S": api.path["id"]}, "n": {"N": api.body["n"]}, "t": {"S": api.body["t"]}},
    ConditionExpression="attribute_not_exists(pk)"), success=201, errors={"ConditionalCheckFailedException": 409})
api.get("/items/{id}", dynamodb.get_item(TableName=table, Key={"pk": {"S": api.path["id"]}}))
"""


@dataclass(frozen=True)
class Site:
    engine: Engine
    base: str
    queue: str

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return requests.post(f"{self.base}/{path}", json=body, timeout=60, **options)

    def message(self) -> str:
        """The next message of the queue, taken from it."""
        queue = self.engine.client("sqs")
        (found,) = queue.receive_message(QueueUrl=self.queue, WaitTimeSeconds=5)["Messages"]
        queue.delete_message(QueueUrl=self.queue, ReceiptHandle=found["ReceiptHandle"])
        return str(found["Body"])


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Site:
    project = tmp_path_factory.mktemp("direct")
    (project / "keyflow.toml").write_text('name = "direct"\n')
    (project / "definitions").mkdir()
    (project / "definitions" / "direct.py").write_text(DEFINITION)
    make_table(engine, "direct", "pk")
    queue = engine.client("sqs").create_queue(QueueName="direct")["QueueUrl"]
    done = keyflow(
        "deploy", "--stage", "d1", "--endpoint-url", engine.url, "--yes", "--format", "json",
        "--param", "Table=direct", "--param", f"Queue={queue}", "--param", "Bus=default", cwd=project,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    urls = [each["url"] for each in json.loads(done.stdout)["endpoints"]]
    return Site(engine, urls[0].removesuffix("/messages"), queue)


@pytest.mark.parametrize("text", ["hello", HARD, '{"a": 1}', "x"])
def test_a_text_is_the_message(site: Site, text: str) -> None:
    answer = site.post("messages", {"text": text})
    assert (answer.status_code, "MessageId" in answer.json()) == (200, True), answer.text
    assert site.message() == text


def test_what_is_no_text_is_sent_as_json(site: Site) -> None:
    for value in ({"a": [1, HARD, None]}, [1, 2], 3.5, True):
        assert site.post("messages", {"text": value}).status_code == 200
        assert json.loads(site.message()) == value


def test_a_document_holds_every_part_of_the_request(site: Site) -> None:
    body = {"a": HARD, "b": [1, {"c": None}]}
    answer = site.post("documents/a%20b+c%2Fd'e%25", body, params={"q": 'it\'s "q" + 1'}, headers={"X-Thing": "h'\"h"})
    assert answer.status_code == 200, answer.text
    expected = {"id": "a b+c/d'e%", "q": 'it\'s "q" + 1', "h": "h'\"h", "body": body, "$#": [1, None]}
    assert json.loads(site.message()) == expected


def test_a_batch_of_which_a_part_fails_is_no_success(site: Site) -> None:
    assert site.post("batches", {"first": "one", "second": "two"}).status_code == 200
    assert {site.message(), site.message()} == {"one", "two"}
    answer = site.post("batches", {"first": "one", "second": "\x01"})
    assert (answer.status_code, answer.json()) == (500, {"message": "Something went wrong"})
    assert site.message() == "one"


def test_an_event_has_its_detail(site: Site) -> None:
    events = site.engine.client("events")
    events.put_rule(Name="direct", EventPattern=json.dumps({"source": ["shop"]}))
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:direct"
    events.put_targets(Rule="direct", Targets=[{"Id": "queue", "Arn": arn}])
    answer = site.post("events", {"order": {"note": HARD}}, headers={"X-Thing": "it's"})
    assert (answer.status_code, answer.json()["FailedEntryCount"]) == (200, 0), answer.text
    event = json.loads(site.message())
    assert (event["detail-type"], event["detail"]) == ("Ordered", {"who": "it's", "order": {"note": HARD}})


def test_an_execution_is_started_with_the_body(site: Site) -> None:
    answer = site.post("runs", {"text": HARD})
    assert answer.status_code == 202, answer.text
    states = site.engine.client("stepfunctions")
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=answer.json()["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert json.loads(found["output"]) == {"input": {"text": HARD}}


def test_an_execution_that_is_waited_for_answers_its_output_and_no_success_where_it_fails(site: Site) -> None:
    assert site.post("waits", {"a": HARD}).json() == {"input": {"a": HARD}}
    answer = site.post("breaks", {})
    assert (answer.status_code, answer.json()) == (500, {"message": "Something went wrong"})


def test_a_failed_condition_is_a_conflict(site: Site) -> None:
    assert site.post("items/a%20b", {"n": 3, "t": HARD}).status_code == 201
    answer = site.post("items/a%20b", {"n": "4", "t": "x"})
    assert answer.status_code == 409, answer.text
    assert answer.json() == {"message": "The request conflicts with the state of the resource"}
    read = requests.get(f"{site.base}/items/a%20b", timeout=60).json()
    assert read == {"Item": {"pk": {"S": "a b"}, "n": {"N": "3"}, "t": {"S": HARD}}}


@pytest.mark.parametrize("body", ["  ", "null", '"text"', "[1]", "NaN", "{", "1e400"])
def test_a_body_that_is_no_object_is_refused(site: Site, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{site.base}/messages", data=body, headers=headers, timeout=60)
    assert answer.status_code == 400, (answer.status_code, answer.text)


def test_no_body_is_no_success(site: Site) -> None:
    """API Gateway refuses it; the engine here takes it for `{}`, and SQS refuses the empty message."""
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{site.base}/messages", data="", headers=headers, timeout=60)
    assert answer.status_code // 100 in (4, 5)


def test_an_input_over_256_kilobytes_is_no_success(site: Site) -> None:
    """Step Functions refuses it, and the route answers 413; the engine here starts it, and it fails."""
    assert site.post("large", {"text": "x" * 262_144}).status_code == 500


def test_a_refusal_is_answered_by_its_name(site: Site) -> None:
    assert site.post("items/x", {"n": 3, "t": 3}).status_code == 400  # SerializationException
