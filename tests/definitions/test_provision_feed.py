"""`definitions/provision_feed.py`: a rule, a queue and a role, joined; or nothing, and an item that says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from keyflow.engine import Boto3, Failure, Outcome, Runner, Stubs, Success, TaskCall
from keyflow.http.gateway import Request
from keyflow.testing import WorkflowRun
from tests.definitions.local import integration, sent, services

FEED = {"source": "shop.orders", "account": "444455556666"}
PARAMETERS = {"FeedTable": "feeds", "EventBus": "default"}
Running = Callable[..., WorkflowRun]


@dataclass(frozen=True)
class Lost:
    """Makes the calls, and loses the answer of one of them."""

    services: Boto3
    state: str

    def call(self, call: TaskCall) -> Outcome:
        outcome = self.services.call(call)
        return Failure("States.Timeout") if call.state == self.state else outcome


def _client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def made() -> list[str]:
    """The names of the rules, queues and roles that there are."""
    rules = [rule["Name"] for rule in _client("events").list_rules()["Rules"]]
    queues = [url.rsplit("/", 1)[1] for url in _client("sqs").list_queues().get("QueueUrls", [])]
    return [*rules, *queues, *(role["RoleName"] for role in _client("iam").list_roles()["Roles"])]


def states() -> list[str]:
    """How far the feeds are."""
    return [item["state"]["S"] for item in _client("dynamodb").scan(TableName="feeds")["Items"]]


@pytest.fixture
def provision(run_workflow: Running) -> Iterator[Running]:
    """Runs the workflow over the services; `lost` is the state of the call whose answer is lost."""
    with services("ProvisionFeed", PARAMETERS) as runner:

        def running(stubs: dict[str, Any] | None = None, lost: str | None = None) -> WorkflowRun:
            otherwise: Runner = runner if lost is None else Lost(runner, lost)
            return run_workflow("ProvisionFeed", FEED, Stubs(stubs or {}, otherwise=otherwise), parameters=PARAMETERS)

        yield running


def test_the_rule_sends_to_the_queue_and_the_role_reads_it(provision: Running) -> None:
    run = provision()
    assert run.status == "SUCCEEDED", run
    (name,) = set(made())
    assert len(made()) == 3
    rule = _client("events").describe_rule(Name=name)
    assert json.loads(rule["EventPattern"]) == {"source": ["shop.orders"]}
    (target,) = _client("events").list_targets_by_rule(Rule=name)["Targets"]
    asked = _client("sqs").get_queue_attributes(QueueUrl=run.output["queue"], AttributeNames=["All"])["Attributes"]
    assert target["Arn"] == asked["QueueArn"]
    (statement,) = json.loads(asked["Policy"])["Statement"]
    assert (statement["Resource"], statement["Condition"]["ArnEquals"]["aws:SourceArn"]) == (target["Arn"], rule["Arn"])
    role = _client("iam").get_role(RoleName=name)["Role"]
    assert (role["Arn"], role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]) == (
        run.output["role"],
        {"AWS": FEED["account"]},
    )
    policy = _client("iam").get_role_policy(RoleName=name, PolicyName="read")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == target["Arn"]
    assert states() == ["ready"]


@pytest.mark.parametrize(
    "failing",
    [
        "Create Rule",
        "Create Queue",
        "Create Role",
        "Get Queue Arn",
        "Let Rule Send",
        "Let Role Read",
        "Join Rule And Queue",
        "Note Success",
    ],
)
def test_whatever_fails_nothing_is_left_and_the_request_says_so(provision: Running, failing: str) -> None:
    run = provision({failing: Failure("States.TaskFailed")})
    assert run.error == "UnhandledError"
    assert made() == []
    assert states() == ["failed"]


@pytest.mark.parametrize("lost", ["Create Rule", "Create Queue", "Create Role", "Let Role Read", "Join Rule And Queue"])
def test_what_was_made_though_its_answer_was_lost_is_taken_back(provision: Running, lost: str) -> None:
    assert provision(lost=lost).error == "UnhandledError"
    assert made() == []


def test_a_request_that_cannot_be_stored_makes_nothing(provision: Running) -> None:
    run = provision({"Store Request": Failure("DynamoDB.ProvisionedThroughputExceededException")})
    assert (run.error, run.called) == ("UnhandledError", ["Store Request"])


def test_a_rule_that_is_not_joined_is_no_feed(provision: Running) -> None:
    """PutTargets succeeds, and says in its result what it has not done."""
    run = provision({"Join Rule And Queue": Success({"FailedEntryCount": 1, "FailedEntries": []})})
    assert run.error == "NotJoined"
    assert (made(), states()) == ([], ["failed"])


def test_the_last_things_are_taken_back_first(provision: Running) -> None:
    undone = provision({"Note Success": Failure("States.TaskFailed")}).compensated
    assert sorted(undone[:2]) == ["Forbid Role", "Part Rule And Queue"]
    assert sorted(undone[2:5]) == ["Delete Queue", "Delete Role", "Delete Rule"]
    assert undone[5:] == ["Note Failure"]


def test_what_cannot_be_taken_back_is_named(provision: Running) -> None:
    refused = Failure("Iam.ServiceFailureException")
    run = provision({"Note Success": Failure("States.TaskFailed"), "Delete Role": refused})
    assert run.error == "CompensationFailed"
    (role,) = made()
    assert role in (run.cause or "")


# The routes.


def test_a_request_is_taken_and_asked_for() -> None:
    assert json.loads(sent("feeds", "POST /feeds", Request(json.dumps(FEED)))["input"]) == FEED
    arn = "arn:aws:states:eu-west-1:111122223333:execution:ProvisionFeed-dev:4f0c"
    given: Any = integration("feeds", "POST /feeds").answered(200, {"executionArn": arn, "startDate": "now"})
    assert (given.status, given.json()["id"]) == (202, "4f0c")
    assert sent("feeds", "GET /feeds/{id}", Request(path={"id": "4f0c"}))["Key"] == {"id": {"S": "4f0c"}}


@pytest.mark.parametrize(("found", "status"), [({"Item": {"state": {"S": "ready"}}}, 200), ({}, 404)])
def test_how_far_a_feed_is(found: Any, status: int) -> None:
    given: Any = integration("feeds", "GET /feeds/{id}").answered(200, found)
    assert (given.status, given.json().get("state")) == (status, "ready" if status == 200 else None)
