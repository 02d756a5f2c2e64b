"""A project that has each kind of route, and a server of it in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from keyflow.http.gateway import Answer
from keyflow.project import find_project
from keyflow.serve.live import Live
from keyflow.serve.request import HttpRequest
from keyflow.serve.runs import Run
from keyflow.serve.services import in_this_process
from keyflow.serve.site import site_of

DEFINITION = """
from keyflow import Api, CognitoAuthorizer, LambdaAuthorizer, Parameter, Retry, Workflow
from keyflow.aws import apigateway, dynamodb, lambda_, sqs, stepfunctions

table, queue = Parameter("Table"), Parameter("Queue", default="letters")
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbC"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:check"

echo = Workflow("Echo", timeout=20)
echo.fail_if(echo.input["body"]["fail"].is_present(), "Told", "it's bad")
echo.succeed({"input": echo.input})

keep = Workflow("Keep", type="STANDARD", timeout=60)
keep.task("Put", dynamodb.put_item(TableName=table, Item={"pk": {"S": keep.input["id"]}})).keep("it is to be kept")
keep.succeed({"kept": keep.input["id"]})

question = Workflow("Ask", type="STANDARD", timeout=3600)
answer = question.task("Question", sqs.send_message(
    QueueUrl=queue, MessageBody={"token": question.context["Task"]["Token"]}).wait_for_task_token(), timeout=600)
answer.keep("a letter stays sent")
question.succeed({"answer": answer["answer"]})

buy = Workflow("Buy", timeout=20)
buy.task("Charge", lambda_.invoke(FunctionName="charge", Payload={"amount": buy.input["amount"]}),
         retry=Retry(max_attempts=1)).keep("paid is paid")
buy.succeed({"bought": True})

issue = Workflow("Issue", timeout=20)
key = issue.task("Create Key", apigateway.create_api_key(name=issue.input["name"], enabled=True))
key.keep("it is what was asked for")
issue.succeed({"key": key["value"]})

shop = Api("shop", cors="https://shop.example")
shop.post("/echo/{id}", echo, success=201, errors={"Told": 422}, authorization="public", input={
    "body": shop.body, "id": shop.path["id"], "q": shop.query["q"], "h": shop.headers["X-Thing"],
    "ip": shop.context["identity"]["sourceIp"]})
shop.get("/missing", echo, errors={"Told": 422}, authorization="public", input={"body": {}, "q": shop.query["q"]},
         extra={"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]})
shop.put("/things/{id}", keep, asynchronous=True, authorization="public", name=shop.path["id"],
         input={"id": shop.path["id"]})
shop.get("/things/{id}", dynamodb.get_item(TableName=table, Key={"pk": {"S": shop.path["id"]}}), authorization="public",
         errors={"ResourceNotFoundException": 404})
shop.post("/letters", sqs.send_message(QueueUrl=queue, MessageBody=shop.body), authorization="public")
shop.post("/questions", question, asynchronous=True, authorization="public", name=shop.headers["X-Name"])
shop.post("/answers", stepfunctions.send_task_success(taskToken=shop.body["token"], output={"answer": shop.body["answer"]}),
          authorization="public", errors={"TaskTimedOut": 410, "InvalidToken": 404})
shop.get("/executions/{id}", stepfunctions.describe_execution(executionArn=shop.query["arn"]), authorization="public",
         errors={"ExecutionDoesNotExist": 404})
shop.post("/buy", buy, authorization="public", input={"amount": shop.body["amount"]}, request={
    "type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "minimum": 1}}})
shop.post("/keys", issue, authorization="public", input={"name": shop.body["name"]})
shop.get("/keyed", echo, authorization="api_key", errors={"Told": 422}, input={"body": {}})
shop.get("/signed", echo, authorization="iam", errors={"Told": 422},
         input={"body": {}, "who": shop.context["identity"]["userArn"]})
shop.get("/pool", echo, authorization=CognitoAuthorizer(user_pool_arn=POOL), errors={"Told": 422},
         input={"body": {}, "who": shop.context["authorizer"]["claims"]["sub"]})
shop.get("/checked", echo, errors={"Told": 422}, input={"body": {}, "tenant": shop.context["authorizer"]["tenant"]},
         authorization=LambdaAuthorizer(function=FUNCTION, identity=shop.headers["X-Token"]))
"""


class Shop:
    """The project served in this process: requests are answered by `Live`, without sockets."""

    def __init__(self, live: Live, runs: list[Run]) -> None:
        self.live = live
        self.runs = runs

    def send(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, api: str = "shop"
    ) -> Answer:
        parts = urlsplit(url)
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json"} if body is not None else {}
        request = HttpRequest(
            method=method,
            path=parts.path,
            query=parts.query,
            headers={**sent, **(headers or {})},
            body=text,
            client="127.0.0.1",
        )
        return self.live.answer(api, request)

    def post(self, url: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", url, body, {name.replace("_", "-").lower(): value for name, value in headers.items()})

    def get(self, url: str, **headers: str) -> Answer:
        return self.send("GET", url, None, {name.replace("_", "-").lower(): value for name, value in headers.items()})


@contextmanager
def open_shop(folder: Path, stubs: Any = None, definition: str = DEFINITION) -> Iterator[Shop]:
    (folder / "definitions").mkdir()
    (folder / "keyflow.toml").write_text('name = "shop"\n')
    (folder / "definitions" / "shop.py").write_text(definition)
    site = site_of(find_project(folder), "http://127.0.0.1:1")
    runs: list[Run] = []
    with in_this_process() as services:
        live = Live(services, parameters={"Table": "things"}, tell=runs.append)
        live.serve(site, stubs)
        yield Shop(live, runs)
