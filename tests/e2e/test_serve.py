"""What `keyflow serve` answers, held against LocalStack's API Gateway, request by request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from keyflow.http.gateway_responses import GatewayResponse
from tests.e2e.conftest import keyflow
from tests.e2e.localstack import Engine, make_table
from tests.serve.running import Server, project_of, serving, wait_for
from tests.serve.shop import DEFINITION

pytestmark = pytest.mark.e2e

PARAMETERS = ["--param", "Table=served-things"]


@dataclass(frozen=True)
class Both:
    """The same project twice: deployed to the engine, and served here."""

    deployed: str
    served: str

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[Any, Any]:
        return self._one(self.deployed, method, path, body, headers), self._one(
            self.served, method, path, body, headers
        )

    def _one(self, base: str, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        answer = requests.request(method, f"{base}{path}", data=text, headers={**sent, **headers}, timeout=60)
        sent_back = {name.lower(): value for name, value in answer.headers.items()}
        origin = {name: value for name, value in sent_back.items() if name.startswith("access-control")}
        return answer.status_code, _read(answer.text), origin


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else ""
    except ValueError:
        return text


@pytest.fixture(scope="module")
def both(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    project = project_of(tmp_path_factory.mktemp("shop"), DEFINITION)
    make_table(engine, "served-things", "pk")
    engine.client("sqs").create_queue(QueueName="letters")
    queue = f"Queue={engine.url}/000000000000/letters"
    where = ["--stage", "served", "--endpoint-url", engine.url, "--yes", "--format", "json", "--param", queue]
    done = keyflow("deploy", *where, *PARAMETERS, cwd=project)
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["endpoints"][0]["url"]
    server: Server
    with serving(project, *PARAMETERS) as server:
        yield Both(first[: first.index("/served/") + len("/served")], f"{server.url}/shop")


SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/echo/a", {"a": 'it\'s "x" \\ \n 😀', "b": [1, 2.5, None, {"c": []}]}, {}),
        ("POST", "/echo/a%20b?q=x%26y+z", {}, {"X-Thing": "h'h"}),
        ("POST", "/echo/o'neil", {"deep": {"er": [[[1]]]}}, {}),
        ("POST", "/echo/a", {"fail": 1}, {}),
        ("GET", "/missing?q=x", None, {}),
        ("OPTIONS", "/buy", None, {}),
        ("OPTIONS", "/things/a", None, {}),
        ("GET", "/things/none", None, {}),
        ("GET", "/things/it's", None, {}),
        ("POST", "/answers", {"token": "none", "answer": "yes"}, {}),
    ],
)
def test_both_answer_alike(both: Both, method: str, path: str, body: Any, headers: dict[str, str]) -> None:
    deployed, served = both.send(method, path, body, headers)
    assert served == deployed


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/buy", {}, {}),
        ("POST", "/buy", {"amount": 0}, {}),
        ("POST", "/buy", {"amount": "1"}, {}),
        ("POST", "/buy", "[]", {}),
        ("POST", "/buy", "null", {}),
        ("GET", "/missing", None, {}),
        ("GET", "/keyed", None, {}),
        ("GET", "/keyed", None, {"x-api-key": "none"}),
        ("GET", "/nowhere", None, {}),
        ("DELETE", "/buy", None, {}),
        ("POST", "/buy", {"amount": 1}, {"Content-Type": "text/plain"}),
    ],
)
def test_both_refuse_alike(both: Both, method: str, path: str, body: Any, headers: dict[str, str]) -> None:
    """What the gateway answers on its own. LocalStack leaves out the headers that the document gives such an answer.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """
    deployed, served = both.send(method, path, body, headers)
    assert served[:2] == deployed[:2]
    assert (served[2], deployed[2]) == ({"access-control-allow-origin": SHOP}, {})


def test_kinds_of_answers_have_the_usual_statuses(engine: Engine) -> None:
    """Those of an API that says nothing of its own."""
    gateway = engine.client("apigateway")
    api = gateway.create_rest_api(name="says-nothing")["id"]
    items = gateway.get_gateway_responses(restApiId=api)["items"]
    usual = {each["responseType"]: each.get("statusCode") for each in items}
    assert {each.name: str(each.value[0]) for each in GatewayResponse}.items() <= usual.items()


@pytest.mark.parametrize(("body", "status"), [("{", 400), ('"text"', 201), ("[1, 2]", 201)])
def test_a_body_without_a_schema_differs(both: Both, body: str, status: int) -> None:
    """LocalStack holds a body that no schema is for to an object. API Gateway validates by a model, where there is one.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    deployed, served = both.send("POST", "/echo/a", body, {})
    assert (deployed[0], served[0]) == (400, status)


def test_an_execution_that_no_one_waits_for_goes_on(both: Both) -> None:
    """Both start it, do not start it twice, and keep what it did."""

    def start() -> None:
        deployed, served = both.send("PUT", "/things/once", None, {})
        assert served[0] == deployed[0]
        assert set(served[1]) == set(deployed[1])

    def is_kept() -> bool:
        return all("Item" in body for _status, body, _headers in both.send("GET", "/things/once", None, {}))

    start()
    wait_for(is_kept)
    start()
    time.sleep(0.5)  # where it were started twice, it would be on its way
    deployed, served = both.send("GET", "/things/once", None, {})
    assert served == deployed == (200, {"Item": {"pk": {"S": "once"}}}, {"access-control-allow-origin": SHOP})
