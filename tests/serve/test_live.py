"""Requests on their way through a compiled API, as API Gateway would take them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine import Outcome, TaskCall
from tests.serve.running import wait_for
from tests.serve.shop import DEFINITION, Shop, open_shop
from tests.serve.test_callers import SIGNATURE, token

REFUSED = {"message": "Invalid request body"}
CORS = {"Access-Control-Allow-Origin": "https://shop.example"}


def test_every_part_of_a_request_arrives(shop: Shop) -> None:
    body = {"a": 'it\'s "x" \\ \n 😀', "b": [1, {"c": None}]}
    answer = shop.post("/echo/o'neil%2Fx%20y?q=a%26b+c&q=last", body, X_Thing="h'h")
    assert (answer.status, answer.headers) == (201, CORS)
    found = answer.json()["input"]
    assert found == {"body": body, "id": "o'neil/x y", "q": "last", "h": "h'h", "ip": "127.0.0.1"}


def test_a_declared_error_has_its_status_and_cause(shop: Shop) -> None:
    answer = shop.post("/echo/x", {"fail": 1})
    assert (answer.status, answer.json()) == (422, {"message": "it's bad"})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"a": NaN}', b'{"amount": 0}', b'{"amount": "1"}'])
def test_a_body_that_the_schema_refuses_asks_nothing(shop: Shop, body: bytes) -> None:
    ran = len(shop.runs)
    answer = shop.send("POST", "/buy", body, {"content-type": "application/json"})
    assert (answer.status, answer.json(), answer.headers) == (400, REFUSED, CORS)
    assert [run.execution for run in shop.runs[ran:]] == [None]


def test_only_json_is_taken(shop: Shop) -> None:
    answer = shop.send("POST", "/buy", b'{"amount": 1}', {"content-type": "text/plain"})
    assert (answer.status, answer.json()) == (415, {"message": "Unsupported Media Type"})
    charset = {"content-type": "application/json; charset=utf-8"}
    assert shop.send("POST", "/buy", b'{"amount": 1}', charset).status == 200


def test_a_parameter_that_is_asked_for_must_come(shop: Shop) -> None:
    answer = shop.get("/missing")
    assert (answer.status, answer.json()) == (400, {"message": "Missing required request parameters: [q]"})
    assert shop.get("/missing?q=x").status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/buy"), ("HEAD", "/buy"), ("GET", "/")])
def test_what_is_not_there_wants_a_token(shop: Shop, method: str, path: str) -> None:
    """API Gateway's own words for a path or a method that it does not have."""
    answer = shop.send(method, path)
    assert (answer.status, answer.json(), answer.headers) == (403, {"message": "Missing Authentication Token"}, CORS)


def test_a_browser_may_ask_first(shop: Shop) -> None:
    answer = shop.send("OPTIONS", "/buy")
    assert (answer.status, answer.body) == (204, "")
    assert answer.headers["Access-Control-Allow-Methods"] == "OPTIONS,POST"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"


def test_callers_are_asked_who_they_are(shop: Shop) -> None:
    for path in ("/keyed", "/signed", "/checked", "/pool"):
        assert shop.get(path).status in (401, 403)
    assert shop.get("/keyed", X_Api_Key="local-development-key").status == 200
    assert shop.get("/keyed", X_Api_Key="another").status == 403
    signed = shop.get("/signed", Authorization=SIGNATURE).json()["input"]["who"]
    assert signed == "arn:aws:iam::123456789012:user/AKIDEXAMPLE"
    assert shop.get("/pool", Authorization=token({"sub": "me"})).json()["input"]["who"] == "me"
    assert shop.get("/checked", X_Token="t").json()["input"]["tenant"] == "t1"


def test_a_key_that_a_workflow_makes_opens_a_route(shop: Shop) -> None:
    key = shop.post("/keys", {"name": "made"}).json()["key"]
    assert shop.get("/keyed", X_Api_Key=key).status == 200


def test_tables_are_there_and_an_execution_fills_them(shop: Shop) -> None:
    """A route that starts and does not wait; a second request of the same name; and a call without a workflow."""
    assert shop.get("/things/a").json() == {}
    started = shop.send("PUT", "/things/a")
    assert (started.status, started.json()["id"]) == (202, "a")
    wait_for(lambda: shop.get("/things/a").json() == {"Item": {"pk": {"S": "a"}}})
    arn = started.json()["executionArn"]
    wait_for(lambda: shop.get(f"/executions/a?arn={arn}").json()["status"] != "RUNNING")
    again = shop.send("PUT", "/things/a")
    assert again.status == 409  # while it runs, a second start of the same name and input is the first one
    described = shop.get(f"/executions/a?arn={arn}").json()
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"kept": "a"})
    assert shop.get(f"/executions/a?arn={arn}x").status == 404


def test_a_task_waits_until_its_token_comes_back(shop: Shop) -> None:
    arn = shop.post("/questions", {}, X_Name="q1").json()["executionArn"]
    wait_for(lambda: bool(shop.live.waiting()))
    (waiting,) = shop.live.waiting()
    assert (waiting.workflow, waiting.execution, waiting.state) == ("Ask", "q1", "Question")
    assert shop.post("/answers", {"token": "none", "answer": "yes"}).status == 404
    assert shop.post("/answers", {"token": waiting.token, "answer": "yes"}).status == 200
    wait_for(lambda: shop.get(f"/executions/q1?arn={arn}").json()["status"] == "SUCCEEDED")
    assert json.loads(shop.get(f"/executions/q1?arn={arn}").json()["output"]) == {"answer": "yes"}
    assert shop.live.waiting() == []
    assert shop.post("/answers", {"token": waiting.token, "answer": "late"}).status == 410


def test_each_execution_begins_with_the_first_stub(shop: Shop) -> None:
    for _ in range(2):
        ran = len(shop.runs)
        assert shop.post("/buy", {"amount": 1}).status == 200
        (run,) = shop.runs[ran:]
        assert run.execution is not None
        assert [event.type for event in run.execution.history].count("TaskFailed") == 1


def test_who_answers_too_late_is_not_waited_for(shop: Shop) -> None:
    """The stub takes 40 s of virtual time, and API Gateway waits 29."""
    answer = shop.post("/letters", {"to": "you"})
    assert (answer.status, answer.json(), answer.headers) == (504, {"message": "Endpoint request timed out"}, CORS)


def test_what_this_process_cannot_do_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unable:
        def call(self, call: TaskCall) -> Outcome:
            raise EngineError(Diagnostic("KF606", "lambda in this process needs 'docker'", hint="or let a stub answer"))

    monkeypatch.setattr(shop.live, "_services", replace(shop.live._services, tasks=Unable()))
    answer = shop.post("/keys", {"name": "x"})
    problem = {"message": "keyflow serve: lambda in this process needs 'docker'", "code": "KF606"}
    assert (answer.status, answer.json()) == (500, {**problem, "hint": "or let a stub answer"})
    assert shop.runs[-1].problem is not None


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/",
        "arn:aws:apigateway:us-east-1:nosuch:action/GetItem",
        "arn:aws:apigateway:us-east-1:dynamodb:action/GetThing",
    ],
)
def test_an_integration_by_hand_that_calls_no_operation_says_so(tmp_path: Path, uri: str) -> None:
    route = (
        'shop.get("/by-hand", sqs.list_queues(), authorization="public",'
        f'extra={{"x-amazon-apigateway-integration": {{"uri": "{uri}"}}}})\n'
    )
    with open_shop(tmp_path, definition=DEFINITION + route) as shop:
        answer = shop.get("/by-hand")
    assert (answer.status, answer.json()["code"]) == (500, "KF609")
    assert "look at the integration in `extra`" in answer.json()["hint"]


def test_a_stub_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught, open_shop(tmp_path, {"POST /byu": {"Return": {}}}):
        pass
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].hint) == (
        "KF602",
        "did you mean 'POST /buy'?",
    )


def test_runs_are_let_go_in_the_end(shop: Shop) -> None:
    for _ in range(250):
        shop.get("/nowhere")
    assert len(shop.live.runs.all()) == 200


PIECES = [
    "",
    "{",
    "}",
    "[",
    '"a"',
    "null",
    "1e400",
    "NaN",
    '{"amount": 1}',
    '{"token": {}}',
    "\x00",
    "é",
    '{"a":' * 200,
    "$x",
]
SEGMENTS = ["a", "%", "%2F", "%zz", "..", "%00", "é", "a b", "{id}", "$x", "'", '"', "%F0%9F%98%80", "%ff"]
PLACES = [
    "/echo/",
    "/buy",
    "/things/",
    "/questions",
    "/answers",
    "/executions/",
    "/keys",
    "/signed",
    "/pool",
]


@given(st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_gets_an_answer(shop: Shop, random: Random) -> None:
    """One of API Gateway's: what is wrong with a request is never an error of the server."""
    path = random.choice(PLACES) + "".join(random.choices(SEGMENTS, k=random.randrange(3)))
    query = "".join(random.choices(["q", "arn", "=", "&", "%", "x", "%20", "+", ";"], k=random.randrange(6)))
    body = "".join(random.choices(PIECES, k=random.randrange(4))).encode()
    headers = {"content-type": random.choice(["application/json", "", "text/plain", "\xff"])}
    headers |= {name: random.choice(PIECES) for name in ("x-thing", "x-name", "authorization") if random.random() < 0.3}
    method = random.choice(["GET", "POST", "PUT", "OPTIONS", "HEAD", "X"])
    assert shop.send(method, f"{path}?{query}", body, headers).status < 500
