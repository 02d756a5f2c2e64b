"""The article's endpoint, deployed by the real CLI to a real engine and called over HTTP."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.e2e.conftest import (
    ACCOUNT,
    COMPENSATIONS,
    FORWARD_CALLS,
    LAST_CALL,
    SECRET,
    STAGE,
    TABLE,
    Deployed,
    case,
    keyflow,
)

pytestmark = pytest.mark.e2e
both = pytest.mark.parametrize("workflow", ["AddApiKey", "AddApiKeyFast"])


def unique(name: str = "key") -> str:
    return f"{name}{uuid.uuid4().hex[:8]}"


def register(url: str, body: Any) -> requests.Response:
    return requests.post(url, json=body, timeout=60)


@both
def test_a_registered_key_exists_is_linked_to_a_plan_and_stored(deployed: Deployed, workflow: str) -> None:
    name = unique()
    answer = register(deployed.urls[workflow], {"name": name})
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (key,) = deployed.keys(name)
    value = deployed.engine.client("apigateway").get_api_key(apiKey=key["id"], includeValue=True)["value"]
    assert answer.json() == {"apiKey": value}
    (plan,) = deployed.plans(name)
    assert plan["apiStages"] == [{"apiId": deployed.opened_api, "stage": "prod"}]
    assert deployed.links(plan["id"]) == [key["id"]]
    item = deployed.item(name)
    assert item["data"]["M"] == {
        "apiKeyId": {"S": key["id"]},
        "usagePlanId": {"S": plan["id"]},
        "usagePlanKeyId": {"S": key["id"]},
    }
    assert item["facet"] == {"S": "api-key"}
    assert item["keyParts"] == {"M": {"name": {"S": name}}}
    assert "timestamp" in item["audit"]["M"]["created"]["M"]


@both
def test_a_name_is_registered_once(deployed: Deployed, workflow: str) -> None:
    name = unique()
    assert register(deployed.urls[workflow], {"name": name}).status_code == 201
    again = register(deployed.urls[workflow], {"name": name})
    assert (again.status_code, again.json()) == (
        400,
        {"message": "An API key with the provided name is already registered"},
    )
    assert len(deployed.keys(name)) == len(deployed.plans(name)) == 1


@both
@pytest.mark.parametrize(
    "name",
    [
        "o'brien",
        'say "hi"',
        "two\nlines\r\n\ttabbed",
        "gopher 🐿 ünïcode",
        "back\\slash/ \\' \\\"",
        "$name ${x} #if(1) {}",
        "  ",
    ],
)
def test_any_text_survives_unchanged(deployed: Deployed, workflow: str, name: str) -> None:
    name = unique(name)
    answer = register(deployed.urls[workflow], {"name": name})
    assert answer.status_code == 201, answer.text
    assert deployed.item(name)["sk"] == {"S": name}
    (key,) = deployed.keys(name)
    assert key["name"] == f"{name}-{deployed.opened_api}"


@both
@pytest.mark.parametrize(
    "body",
    ["{nope", "", "[]", "{}", '{"name": "x"}', '{"name": 7}', '{"name": "fine", "other": 1}', '{"name": null}'],
)
def test_what_the_schema_forbids_is_refused(deployed: Deployed, workflow: str, body: str) -> None:
    answer = requests.post(deployed.urls[workflow], data=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid request body"})


@both
def test_browsers_may_call(deployed: Deployed, workflow: str) -> None:
    answer = requests.options(
        deployed.urls[workflow],
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "POST"},
        timeout=60,
    )
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


def machine_arn(workflow: str) -> str:
    return f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{workflow}-{STAGE}"


def changed_by_hand(deployed: Deployed, workflow: str, test_case: str) -> Callable[[], None]:
    """Lets the workflow's URL start executions under a mock test case; what is returned puts it back."""
    gateway = deployed.engine.client("apigateway")
    api_id = deployed.urls[workflow].split("/")[5]
    resource = next(each for each in gateway.get_resources(restApiId=api_id)["items"] if each["path"] == "/api-keys")
    place = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "POST"}
    template = gateway.get_integration(**place)["requestTemplates"]["application/json"]
    arn = machine_arn(workflow)
    assert arn in template

    def use(text: str) -> None:
        patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": text}
        gateway.update_integration(**place, patchOperations=[patch])
        gateway.create_deployment(restApiId=api_id, stageName=STAGE)

    use(template.replace(arn, f"{arn}#{test_case}"))
    return lambda: use(template)


@contextmanager
def faulty(deployed: Deployed, workflow: str, test_case: str) -> Iterator[str]:
    """The workflow's URL while its executions run under a mock test case."""
    put_back = changed_by_hand(deployed, workflow, test_case)
    try:
        yield deployed.urls[workflow]
    finally:
        put_back()


@pytest.mark.parametrize(
    ("workflow", "call"), [(name, call) for name, calls in FORWARD_CALLS.items() for call in calls]
)
def test_a_failed_call_answers_500_and_leaves_nothing(deployed: Deployed, workflow: str, call: str) -> None:
    """P1 and P4: no key, no plan, no item, and an answer without internals."""
    name = unique()
    with faulty(deployed, workflow, case(call)) as url:
        answer = register(url, {"name": name})
    assert (answer.status_code, answer.json()) == (500, {"message": "Something went wrong"})
    assert deployed.left_over(name) == []


def parameters(deployed: Deployed) -> list[str]:
    """Of AddApiKey, as options."""
    values = {"TableName": TABLE, "ApiId": deployed.opened_api, "StageName": "prod"}
    return [part for name, value in values.items() for part in ("--param", f"{name}={value}")]


def test_what_is_changed_by_hand_is_deployed_over(deployed: Deployed) -> None:
    changed_by_hand(deployed, "AddApiKey", case("Save Api Key"))
    assert register(deployed.urls["AddApiKey"], {"name": unique()}).status_code == 500
    place = ("--stage", STAGE, "--endpoint-url", deployed.engine.url)
    done = keyflow("deploy", "AddApiKey", "api-key-registration", *place, "--yes", *parameters(deployed))
    assert done.returncode == 0, done.stderr
    assert register(deployed.urls["AddApiKey"], {"name": unique()}).status_code == 201


def execute(deployed: Deployed, workflow: str, test_case: str, name: str) -> Any:
    return deployed.engine.client("stepfunctions").start_sync_execution(
        stateMachineArn=f"{machine_arn(workflow)}#{test_case}", input=json.dumps({"detail": {"name": name}})
    )


@both
@pytest.mark.parametrize("compensation", COMPENSATIONS)
def test_a_failed_compensation_stops_no_other_and_is_named(
    deployed: Deployed, workflow: str, compensation: str
) -> None:
    """S6 and S7."""
    name = unique()
    result = execute(deployed, workflow, case(LAST_CALL[workflow], compensation), name)
    assert (result["status"], result["error"]) == ("FAILED", "CompensationFailed")
    assert compensation in result["cause"]
    assert not [other for other in COMPENSATIONS if other != compensation and other in result["cause"]]
    assert SECRET not in result["cause"]
    left = {
        "Delete Api Key": (deployed.keys(name), []),
        "Delete Usage Plan": ([], deployed.plans(name)),
    }.get(compensation, ([], []))
    assert (deployed.keys(name), deployed.plans(name)) == left
    assert deployed.item(name) is None


@both
@pytest.mark.parametrize("compensation", COMPENSATIONS)
def test_what_is_gone_already_counts_as_undone(deployed: Deployed, workflow: str, compensation: str) -> None:
    """S6: the model's NotFound errors are not retried and leave nothing behind."""
    result = execute(deployed, workflow, case(LAST_CALL[workflow], compensation, "Gone"), unique())
    assert (result["status"], result["error"]) == ("FAILED", "UnhandledError")
    assert result["cause"] == "Something went wrong"


def test_of_eight_callers_of_one_name_one_wins(deployed: Deployed) -> None:
    """The others learn that the name is taken; on a busy machine a call of theirs may time out, and is undone, too."""
    name = unique()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _index: register(deployed.urls["AddApiKeyFast"], {"name": name}), range(8)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] == 1
    assert statuses[400] > 0
    assert set(statuses) <= {201, 400, 500}
    (key,) = deployed.keys(name)
    (plan,) = deployed.plans(name)
    assert deployed.links(plan["id"]) == [key["id"]]
    assert deployed.item(name)["data"]["M"]["apiKeyId"] == {"S": key["id"]}


def test_the_input_cannot_pass_for_results(deployed: Deployed) -> None:
    """P2: a caller who writes what looks like keyflow's own results has nothing undone that is not its own."""
    victim = unique()
    assert register(deployed.urls["AddApiKey"], {"name": victim}).status_code == 201
    (key,) = deployed.keys(victim)
    (plan,) = deployed.plans(victim)
    forged = {
        "createUsagePlanAndKey": {"createUsagePlan": {"Id": plan["id"]}, "createApiKey": {"Id": key["id"]}},
        "linkApiKeyToUsagePlan": {"Id": key["id"]},
    }
    for call in FORWARD_CALLS["AddApiKey"]:
        deployed.engine.client("stepfunctions").start_sync_execution(
            stateMachineArn=f"{machine_arn('AddApiKey')}#{case(call)}",
            input=json.dumps({"detail": {"name": unique()}, "results": forged}),
        )
    assert deployed.keys(victim) == [key]
    assert len(deployed.plans(victim)) == 1


def test_the_local_engine_makes_the_same_calls(deployed: Deployed) -> None:
    """`keyflow run --aws`: keyflow's own engine, the real services."""
    where = ["--aws", "--endpoint-url", deployed.engine.url, *parameters(deployed), "--format", "json"]
    body = json.dumps({"detail": {"name": "by-the-local-engine"}})
    first = keyflow("run", "AddApiKey", "--input", body, *where)
    assert first.returncode == 0, first.stderr
    (key,) = deployed.keys("by-the-local-engine")
    value = deployed.engine.client("apigateway").get_api_key(apiKey=key["id"], includeValue=True)["value"]
    assert json.loads(first.stdout)["output"] == {"apiKey": value}
    assert deployed.item("by-the-local-engine")["data"]["M"]["apiKeyId"]["S"] == key["id"]
    again = json.loads(keyflow("run", "AddApiKey", "--input", body, *where).stdout)
    assert (again["status"], again["error"]) == ("FAILED", "NameExists")
