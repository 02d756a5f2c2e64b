"""Random bodies, parameters and headers: what arrives is what was sent, nothing is injected, no failure is a success.

Seeded: `KEYFLOW_SEED=7 pytest tests/http/test_random_requests.py` tries others.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

import pytest

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import dynamodb, events, sqs, stepfunctions
from tests.http.front_door import FrontDoor, refusal, result

SEED = int(os.environ.get("KEYFLOW_SEED", "18"))
TIMES = 300
PIECES = (
    '"', "'", "\\", "\\'", '\\"', "\n", "\t", "\u0000", "\u2028", "ü", "😀", "$", "#", "$input", "$input.json('$')",
    "${Table}", "$!x", "#set($x = 1)", "#if(true)", "#end", "#foreach($i in [1])", "##", "#*", "*#", "$util", "{%", "%}",
    "{", "}", "[", "]", ",", ":", '","admin":true,"x":"', '"}', "%", "%20", "%2B", "%%", "+", " ", "/", "?", "&", "=",
    ";", "<", "a", "b c", "0", "true", "null", "arn:aws:sqs", "\\u0022", "\\u005c", "\r\n", "}}", "{{", "__proto__",
)  # fmt: skip
workflow = Workflow("Run", timeout=20)
workflow.fail_if(workflow.input["x"].is_present(), "Bad", "bad")
workflow.succeed()
api = Api("random")
PARTS = {
    "id": api.path["id"],
    "q": api.query["q"],
    "h": api.headers["X-H"],
    "body": api.body["a"],
    "text": format("<{}/{}>", api.path["id"], api.query["q"]),
    "fixed": "$#\"'",
}
api.post("/run/{id}", workflow, input={**PARTS, "all": api.body}, errors={"Bad": 422})
api.post("/later/{id}", workflow, input={**PARTS, "all": api.body}, asynchronous=True)
api.post("/queue/{id}", sqs.send_message(QueueUrl=Parameter("Queue"), MessageBody={**PARTS, "all": api.body}))
api.post(
    "/events/{id}",
    events.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": {**PARTS, "all": api.body}}]),
)
api.post("/start/{id}", stepfunctions.start_execution(stateMachineArn=workflow.arn, input={**PARTS, "all": api.body}))
api.post("/message/{id}", sqs.send_message(QueueUrl=api.query["q"], MessageBody=api.body["a"]))
api.post(
    "/items/{id}",
    dynamodb.put_item(
        TableName=Parameter("Table"),
        Item={"pk": {"S": api.path["id"]}, "q": {"S": api.query["q"]}, "h": {"S": api.headers["X-H"]}},
    ),
    errors={"ConditionalCheckFailedException": 409},
)
DOCUMENTS = {
    "run": lambda sent: sent["input"],
    "later": lambda sent: sent["input"],
    "queue": lambda sent: sent["MessageBody"],
    "events": lambda sent: sent["Entries"][0]["Detail"],
    "start": lambda sent: sent["input"],
}
"""Where each kind of route puts the document that it makes of a request."""
DOORS = {name: FrontDoor(api, f"POST /{name}/{{id}}") for name in (*DOCUMENTS, "message", "items")}


def text(random: Random) -> str:
    return "".join(random.choices(PIECES, k=random.randint(1, 8)))


def value(random: Random, depth: int = 3) -> Any:
    kind = random.randrange(8 if depth else 6)
    if kind == 6:
        return [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    if kind == 7:
        return {text(random): value(random, depth - 1) for _ in range(random.randint(0, 3))}
    return (text(random), text(random), random.randint(-(10**12), 10**12), random.random(), random.random() < 0.5, "")[
        kind
    ]


def requests(name: str) -> list[dict[str, Any]]:
    """Random requests, the same in each run."""
    random = Random(f"{SEED} {name}")
    return [
        {
            "body": json.dumps({"a": value(random), text(random): value(random)}, ensure_ascii=random.random() < 0.5),
            "path": {"id": text(random)},
            "query": {"q": text(random)},
            "headers": {"X-H": text(random)},
        }
        for _ in range(TIMES)
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_arrives_is_what_was_sent(name: str) -> None:
    door = DOORS[name]
    for request in requests(name):
        door.call(**request)
        body = json.loads(request["body"])
        at, q = request["path"]["id"], request["query"]["q"]
        assert json.loads(DOCUMENTS[name](door.sent)) == {
            "id": at,
            "q": q,
            "h": request["headers"]["X-H"],
            "body": body["a"],
            "all": body,
            "text": f"<{at}/{q}>",
            "fixed": "$#\"'",
        }
        assert door.sent.keys() <= {"input", "stateMachineArn", "MessageBody", "QueueUrl", "Entries"}


def test_members_of_calls_are_what_was_sent() -> None:
    for request in requests("items"):
        DOORS["items"].call(**request)
        at, q, h = request["path"]["id"], request["query"]["q"], request["headers"]["X-H"]
        assert DOORS["items"].sent == {"TableName": "<Table>", "Item": {"pk": {"S": at}, "q": {"S": q}, "h": {"S": h}}}
        DOORS["message"].call(**request)
        given = json.loads(request["body"])["a"]
        found = DOORS["message"].sent
        assert found["QueueUrl"] == q
        assert (found["MessageBody"] if isinstance(given, str) else json.loads(found["MessageBody"])) == given


def broken(random: Random) -> str:
    """A body that is hardly ever JSON."""
    whole = json.dumps({"a": value(random)})
    cut = random.randrange(len(whole))
    return random.choice(
        (whole[:cut], whole[cut:], whole[:cut] + text(random) + whole[cut:], text(random), "NaN", "1e400")
    )


@pytest.mark.parametrize("name", DOORS)
def test_a_body_that_is_no_object_starts_nothing(name: str) -> None:
    door = DOORS[name]
    reads_the_body = name != "items"
    random = Random(f"{SEED} {name}")
    for _ in range(TIMES):
        body = broken(random)
        answer = door.call(body, {"id": "x"}, {"q": "x"}, {"X-H": "x"})
        try:
            is_object = isinstance(json.loads(body), dict)
        except ValueError:
            is_object = False
        assert answer.status == (400 if reads_the_body and not is_object else door.gateway.answered(200, {}).status)


ERRORS = ("ThrottlingException", "ValidationException", "InvalidExecutionInput", "Other", "SUCCEEDED", "", "X" * 300)


@pytest.mark.parametrize("name", DOORS)
def test_no_failure_is_a_success(name: str) -> None:
    door = DOORS[name]
    random = Random(f"{SEED} {name}")
    for _ in range(TIMES):
        error, message = random.choice((*ERRORS, text(random))), f"inside {text(random)}"
        status = random.choice((400, 403, 404, 413, 429, 500, 503))
        answer = door.call('{"a": 1}', {"id": "x"}, backend=refusal(error, message, status))
        assert answer.status >= 400
        assert answer.json().keys() == {"message"}
        assert "inside" not in answer.body


def test_no_end_of_an_execution_but_success_is_one() -> None:
    random = Random(f"{SEED} ends")
    for _ in range(TIMES):
        cause, error = text(random), random.choice(("Bad", "Other", "SUCCEEDED", text(random)))
        status = random.choice(("FAILED", "TIMED_OUT", "ABORTED", "", text(random)))
        end = {"status": status, "error": error, "cause": cause, "output": '{"done": true}'}
        answer = DOORS["run"].call('{"a": 1}', {"id": "x"}, backend=result(end))
        assert answer.status == (504 if status == "TIMED_OUT" else 422 if error == "Bad" else 500)
        assert answer.json() == {"message": cause} if answer.status == 422 else "message" in answer.json()


def test_no_part_of_a_call_that_failed_is_a_success() -> None:
    random = Random(f"{SEED} parts")
    for _ in range(TIMES):
        body = {"FailedEntryCount": random.randint(1, 10), "Entries": [{"ErrorMessage": text(random)}]}
        answer = DOORS["events"].call('{"a": 1}', {"id": "x"}, backend=result(body))
        assert (answer.status, answer.json()) == (500, {"message": "Something went wrong"})
