"""Workflows that wait for others, on the engine through the real CLI: task tokens, jobs, moments, values of seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import ACCOUNT, keyflow
from tests.e2e.localstack import Engine, make_table

pytestmark = pytest.mark.e2e

DEFINITION = """
from keyflow import Parameter, Workflow
from keyflow.aws import dynamodb, sqs, stepfunctions

provision = Workflow("Provision", type="STANDARD")
provision.fail_if(provision.input["name"] == "unwanted", "Unwanted", "Not that one")
provision.wait("Pause", provision.input["seconds"])
provision.wait("Not Before", until=provision.input["from"])
provision.succeed({"ready": provision.input["name"]})

approval = Workflow("Approval", type="STANDARD")
name = approval.input["name"]
role = Parameter("ClaimRole")
item = {"pk": {"S": name}}
mine = {"by": {"S": approval.context["Execution"]["Id"]}}
claim = approval.task("Claim", dynamodb.put_item(TableName="claims", Item={**item, **mine}).with_role(role))
claim.compensate("Release", dynamodb.delete_item(TableName="claims", Key=item).with_role(role), mine=mine)
answer = approval.task(
    "Ask",
    sqs.send_message(
        QueueUrl=Parameter("Questions"), MessageBody={"token": approval.context["Task"]["Token"], "name": name}
    ).wait_for_task_token(),
    timeout=60,
    heartbeat=30,
)
answer.keep("a question whose execution has ended is answered in vain")
approval.fail_if(answer["approved"] != True, "Refused", "Somebody said no")
start = stepfunctions.start_execution(
    stateMachineArn=provision.arn, input={"name": name, "seconds": answer["pause"], "from": "2020-01-01T00:00:00Z"}
)
made = approval.task("Provision", start.sync(), timeout=60)
made.keep("what is provisioned is ready for the next one")
approval.succeed({"made": made["Output"]["ready"]})
"""


@pytest.fixture(scope="module", autouse=True)
def deployed_project(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    project = tmp_path_factory.mktemp("waiting")
    (project / "keyflow.toml").write_text('name = "waiting"\n')
    (project / "definitions").mkdir()
    (project / "definitions" / "approval.py").write_text(DEFINITION)
    make_table(engine, "claims", "pk")
    parameters = {"Questions": questions(engine), "ClaimRole": f"arn:aws:iam::{ACCOUNT}:role/claims"}
    given = [part for name, value in parameters.items() for part in ("--param", f"{name}={value}")]
    done = keyflow("deploy", "--stage", "w", "--endpoint-url", engine.url, "--yes", *given, cwd=project)
    assert done.returncode == 0, done.stderr


def questions(engine: Engine) -> str:
    url: str = engine.client("sqs").create_queue(QueueName="questions")["QueueUrl"]
    return url


def eventually(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def outcome(engine: Engine, name: str, answer: dict[str, Any]) -> Any:
    """What an approval comes to when the question is answered so."""
    states = engine.client("stepfunctions")
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:Approval-w"
    started = states.start_execution(stateMachineArn=arn, input=json.dumps({"name": name}))["executionArn"]
    queue = engine.client("sqs")
    (message,) = eventually(lambda: queue.receive_message(QueueUrl=questions(engine)).get("Messages"))
    queue.delete_message(QueueUrl=questions(engine), ReceiptHandle=message["ReceiptHandle"])
    question = json.loads(message["Body"])
    assert question["name"] == name
    assert claimed(engine, name)
    states.send_task_heartbeat(taskToken=question["token"])
    states.send_task_success(taskToken=question["token"], output=json.dumps(answer))

    def ended() -> Any:
        found = states.describe_execution(executionArn=started)
        return None if found["status"] == "RUNNING" else found

    return eventually(ended)


def claimed(engine: Engine, name: str) -> bool:
    return "Item" in engine.client("dynamodb").get_item(TableName="claims", Key={"pk": {"S": name}})


def test_an_answer_comes_back_and_another_workflow_is_waited_for(engine: Engine) -> None:
    found = outcome(engine, "wanted", {"approved": True, "pause": 1})
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"made": "wanted"})
    assert claimed(engine, "wanted")


def test_a_refusal_undoes_what_was_done_before_the_question(engine: Engine) -> None:
    found = outcome(engine, "refused", {"approved": False, "pause": 1})
    assert (found["status"], found["error"]) == ("FAILED", "Refused")
    assert not claimed(engine, "refused")


def test_a_workflow_that_fails_fails_the_one_that_waits_for_it(engine: Engine) -> None:
    found = outcome(engine, "unwanted", {"approved": True, "pause": 1})
    assert (found["status"], found["error"]) == ("FAILED", "UnhandledError")
    assert not claimed(engine, "unwanted")
