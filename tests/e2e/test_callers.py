"""Who may call, what a body may be, and the names of executions, on the engine through the real CLI.

The engine asks for API keys. It imports authorizers, and asks none of them, nor for AWS's signature: whom these let
through is tested in `tests/http/test_admission.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.conftest import keyflow
from tests.e2e.localstack import Engine, make_table

pytestmark = pytest.mark.e2e

DEFINITION = """
from keyflow import Api, CognitoAuthorizer, LambdaAuthorizer, Workflow
from keyflow.aws import apigateway, dynamodb

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbC"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:check"

echo = Workflow("Echo", timeout=20)
echo.succeed({"body": echo.input["body"]})

nap = Workflow("Nap", type="STANDARD", timeout=60)
nap.state("Sleep", {"Type": "Wait", "SecondsPath": "$.seconds"})
nap.succeed()

slow = Workflow("Slow", timeout=60)
slow.wait("Rest", 1)
slow.succeed()

once = Workflow("IssueOnce", timeout=28)
request, me = {"pk": {"S": once.input["key"]}}, once.context["Execution"]["Id"]
claim = once.task("Claim Request", dynamodb.put_item(
    TableName="requests", Item={**request, "claimedBy": {"S": me}}, ConditionExpression="attribute_not_exists(pk)"))
with claim.on_error(dynamodb.errors.ConditionalCheckFailedException):
    once.fail("AskedBefore", "This request was made before")
release = dynamodb.delete_item(TableName="requests", Key=request)
claim.compensate("Release Request", release, mine={"claimedBy": {"S": me}})
issued = once.task("Create Key", apigateway.create_api_key(name=once.input["key"], description=me, customerId=me))
issued.compensate("Delete Key", apigateway.delete_api_key(apiKey=issued["id"]),
                  find=apigateway.get_api_keys(customerId=me), mine={"description": me})
once.fail_if(once.input["fail"] == "yes", "Asked", "It was asked to fail")
once.succeed({"id": issued["id"]})

api = Api("callers", cors="*")
api.post("/once", once, authorization="public", idempotency=api.headers["Idempotency-Key"],
         input={"key": api.headers["Idempotency-Key"], "fail": api.query["fail"]},
         errors={"AskedBefore": 409, "Asked": 422})
api.post("/key", echo, input={"body": api.body}, authorization="api_key")
api.post("/pool", echo, input={"body": api.body}, authorization=CognitoAuthorizer(user_pool_arn=POOL, scopes=["buy"]))
api.post("/token", echo, input={"body": api.body},
         authorization=LambdaAuthorizer(function=FUNCTION, identity=api.headers["X-Token"], pattern="t.*"))
api.post("/request", echo, input={"body": api.body}, authorization=LambdaAuthorizer(
    function=FUNCTION, kind="request", identity=[api.headers["X-Tenant"], api.query["t"]], cache_seconds=60))
api.post("/schema", echo, input={"body": api.body}, authorization="public", request={
    "type": "object", "required": ["kind", "price"],
    "properties": {"kind": {"const": "gift"}, "price": {"$ref": "#/$defs/price"}, "note": {"type": ["string", "null"]}},
    "if": {"required": ["express"]}, "then": {"required": ["address"]},
    "$defs": {"price": {"type": "number", "exclusiveMinimum": 0}}})
api.post("/header", nap, asynchronous=True, authorization="public", name=api.headers["Idempotency-Key"],
         input={"seconds": api.body["seconds"]})
api.post("/body", nap, asynchronous=True, authorization="public", name=api.body["id"], input={"seconds": api.body["seconds"]},
         request={"type": "object", "required": ["id", "seconds"], "properties": {
             "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"}, "seconds": {"type": "integer"}}})
api.post("/path/{id}", nap, asynchronous=True, authorization="public", name=api.path["id"], input={"seconds": 0})
api.post("/slow", slow, authorization="public", timeout_seconds=60)
"""


@pytest.fixture(scope="module")
def base(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    make_table(engine, "requests", "pk")
    project = tmp_path_factory.mktemp("callers")
    (project / "keyflow.toml").write_text('name = "callers"\n')
    (project / "definitions").mkdir()
    (project / "definitions" / "callers.py").write_text(DEFINITION)
    where = ["--stage", "callers", "--endpoint-url", engine.url, "--yes", "--format", "json"]
    done = keyflow("deploy", *where, cwd=project)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["endpoints"][0]["url"]
    yield found.rpartition("/callers/")[0] + "/callers"
    assert keyflow("destroy", *where, cwd=project).returncode == 0


def api_id(base: str) -> str:
    return base.split("/")[-2]


def test_a_key_opens_its_route_once_a_usage_plan_has_the_stage(base: str, engine: Engine) -> None:
    """What the guide has the user make, with the calls that it names."""
    gateway = engine.client("apigateway")
    key = gateway.create_api_key(name="caller", enabled=True)
    headers = {"X-API-Key": key["value"]}
    assert requests.post(f"{base}/key", json={}, timeout=60).status_code == 403
    assert requests.post(f"{base}/key", json={}, headers=headers, timeout=60).status_code == 403
    plan = gateway.create_usage_plan(name="callers", apiStages=[{"apiId": api_id(base), "stage": "callers"}])
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    answer = requests.post(f"{base}/key", json={"a": 1}, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()) == (200, {"body": {"a": 1}})
    refused = requests.post(f"{base}/key", json={}, headers={"X-API-Key": "another"}, timeout=60)
    assert refused.status_code == 403
    assert list(refused.json()) == ["message"]


def test_authorizers_are_imported_as_they_are_written(base: str, engine: Engine) -> None:
    gateway = engine.client("apigateway")
    found = {each["name"]: each for each in gateway.get_authorizers(restApiId=api_id(base))["items"]}
    kept = ("type", "identitySource", "identityValidationExpression", "providerARNs", "authorizerResultTtlInSeconds")
    assert {name: {key: each[key] for key in kept if key in each} for name, each in found.items()} == {
        "UsEast1AbCAuthorizer": {
            "type": "COGNITO_USER_POOLS",
            "identitySource": "method.request.header.Authorization",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbC"],
        },
        "CheckTokenAuthorizer": {
            "type": "TOKEN",
            "identitySource": "method.request.header.X-Token",
            "identityValidationExpression": "t.*",
            "authorizerResultTtlInSeconds": 0,
        },
        "CheckRequestAuthorizer": {
            "type": "REQUEST",
            "identitySource": "method.request.header.X-Tenant, method.request.querystring.t",
            "authorizerResultTtlInSeconds": 60,
        },
    }
    by_path = {each["path"]: each for each in gateway.get_resources(restApiId=api_id(base), embed=["methods"])["items"]}
    methods = {path: by_path[path]["resourceMethods"]["POST"] for path in ("/pool", "/token", "/request", "/schema")}
    assert {path: each["authorizationType"] for path, each in methods.items()} == {
        "/pool": "COGNITO_USER_POOLS",
        "/token": "CUSTOM",
        "/request": "CUSTOM",
        "/schema": "NONE",
    }
    assert methods["/pool"]["authorizationScopes"] == ["buy"]
    (role,) = {each["authorizerCredentials"] for each in found.values() if "authorizerCredentials" in each}
    name = role.rpartition("/")[2]
    policies = engine.client("iam").list_role_policies(RoleName=name)["PolicyNames"]
    texts = [engine.client("iam").get_role_policy(RoleName=name, PolicyName=each) for each in policies]
    statements = [statement for each in texts for statement in each["PolicyDocument"]["Statement"]]
    (asked,) = [each for each in statements if "lambda:InvokeFunction" in each["Action"]]
    assert asked["Resource"] == ["arn:aws:lambda:us-east-1:000000000000:function:check"]


def test_browsers_may_send_what_a_caller_is_known_by(base: str) -> None:
    asked = {
        path: requests.options(f"{base}/{path}", timeout=60) for path in ("key", "pool", "token", "request", "header")
    }
    assert {path: each.headers["Access-Control-Allow-Headers"] for path, each in asked.items()} == {
        "key": "Content-Type,X-Api-Key",
        "pool": "Content-Type,Authorization",
        "token": "Content-Type,X-Token",
        "request": "Content-Type,X-Tenant",
        "header": "Content-Type,Idempotency-Key",
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "gift", "price": 0.5}, 200),
        ({"kind": "gift", "price": 1, "note": None}, 200),
        ({"kind": "gift", "price": 1, "note": 5}, 400),
        ({"kind": "gift", "price": 0}, 400),
        ({"kind": "other", "price": 1}, 400),
        ({"kind": "gift", "price": 1, "express": True}, 400),
        ({"kind": "gift", "price": 1, "express": True, "address": "x"}, 200),
        ({"price": 1}, 400),
    ],
)
def test_a_body_is_held_to_a_schema_of_a_later_draft(base: str, body: Any, status: int) -> None:
    assert requests.post(f"{base}/schema", json=body, timeout=60).status_code == status


def started(base: str, key: str, seconds: int) -> Any:
    return requests.post(f"{base}/header", json={"seconds": seconds}, headers={"Idempotency-Key": key}, timeout=60)


def test_a_second_start_of_a_running_execution_gets_the_first_one_s_answer(base: str, engine: Engine) -> None:
    """Called eight times at once: one execution."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _index: started(base, "order-1", 30), range(8)))
    assert {each.status_code for each in answers} == {202}
    (arn,) = {each.json()["executionArn"] for each in answers}
    assert {each.json()["id"] for each in answers} == {"order-1"}
    machine = arn.rpartition(":")[0].replace(":execution:", ":stateMachine:")
    states = engine.client("stepfunctions")
    running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    assert [each["name"] for each in running] == ["order-1"]
    other = started(base, "order-1", 31)
    assert (other.status_code, other.json()) == (
        409,
        {"message": "The request conflicts with the state of the resource"},
    )
    states.stop_execution(executionArn=arn)
    while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
        time.sleep(0.1)
    assert started(base, "order-1", 30).status_code == 409, "the first one has ended"


def test_a_name_that_cannot_be_is_400(base: str) -> None:
    """By the schema and the required parameters: the engine itself starts executions of any name, which AWS refuses."""
    assert requests.post(f"{base}/header", json={"seconds": 0}, timeout=60).status_code == 400, "none at all"
    for name in ("with blank", "a/b", "x" * 81, "what?", "", 5, None):
        answer = requests.post(f"{base}/body", json={"id": name, "seconds": 0}, timeout=60)
        assert answer.status_code == 400, name
    assert requests.post(f"{base}/body", json={"seconds": 0}, timeout=60).status_code == 400


def test_a_name_may_come_from_the_body_or_the_path(base: str) -> None:
    assert (
        requests.post(f"{base}/body", json={"id": "from-the-body", "seconds": 0}, timeout=60).json()["id"]
        == "from-the-body"
    )
    assert requests.post(f"{base}/path/from-the-path", json={}, timeout=60).json()["id"] == "from-the-path"


def test_a_route_that_waits_longer_is_imported_so(base: str, engine: Engine) -> None:
    gateway = engine.client("apigateway")
    by_path = {each["path"]: each["id"] for each in gateway.get_resources(restApiId=api_id(base))["items"]}
    found = gateway.get_integration(restApiId=api_id(base), resourceId=by_path["/slow"], httpMethod="POST")
    assert found["timeoutInMillis"] == 60_000
    assert requests.post(f"{base}/slow", timeout=60).status_code == 200


def issued(base: str, key: str, **query: str) -> Any:
    return requests.post(f"{base}/once", headers={"Idempotency-Key": key}, params=query, timeout=60)


def test_eight_callers_with_one_key_at_once_make_one_thing(base: str, engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _index: issued(base, "request-1"), range(8)))
    assert sorted(each.status_code for each in answers) == [200] + 7 * [409]
    (first,) = [each.json()["id"] for each in answers if each.status_code == 200]
    refused = [each.json() for each in answers if each.status_code == 409]
    assert refused == 7 * [{"message": "This request was made before"}]
    assert issued(base, "request-1").status_code == 409, "for good"
    assert [each["id"] for each in made(engine, "request-1")] == [first]


def test_a_request_that_failed_may_be_made_again(base: str, engine: Engine) -> None:
    assert issued(base, "request-2", fail="yes").status_code == 422
    assert made(engine, "request-2") == []
    assert issued(base, "request-2").status_code == 200
    assert len(made(engine, "request-2")) == 1


def test_a_request_without_its_key_is_refused(base: str) -> None:
    assert requests.post(f"{base}/once", timeout=60).status_code == 400


def made(engine: Engine, name: str) -> list[Any]:
    pages = engine.client("apigateway").get_paginator("get_api_keys").paginate()
    return [key for page in pages for key in page["items"] if key["name"] == name]
