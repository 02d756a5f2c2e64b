"""What `make test-aws` writes of an execution is a recording: it replays as it is, and has nothing of the account."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from keyflow import asl
from keyflow.deploy.target import Clients
from keyflow.engine import Failure, Stubs, Success, run
from tests.recordings import against_aws
from tests.recordings.executions import DIFFERENT, compared
from tests.recordings.recorded import MISSING, recordings
from tests.recordings.recorder import Redaction, execution
from tests.recordings.single_states import compared as states_compared

ACCOUNT = "210987654321"
HERE = f"arn:aws:states:eu-central-1:{ACCOUNT}"
NAME = "0f3a5d0e-1c1b-4d0c-9c3a-3a8d7c1f0b55"
ARN = f"{HERE}:execution:Mine:{NAME}"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAA" + "x" * 100
STATES = [each for each in recordings("teststate.jsonl") if "mock" in each["options"] and len(each["recorded"]) == 1]
"""Those of one call: of several it is not known which answer was whose."""
EXECUTIONS = [each for each in recordings("executions.jsonl") if each["name"] not in DIFFERENT]


class FakeStepFunctions:
    """Step Functions that knows one execution, and gives its events in pages of three, as its API writes them."""

    def __init__(self, definition: Any, data: Any, history: Sequence[Mapping[str, Any]], status: str) -> None:
        self._definition, self._data, self._status = definition, data, status
        self._history = [{key: _as_sent(key, value) for key, value in event.items()} for event in history]

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803  AWS's name
        machine = f"{HERE}:stateMachine:Mine"
        data = json.dumps(self._data)
        return {"name": NAME, "stateMachineArn": machine, "status": self._status, "input": data, "arn": executionArn}

    def describe_state_machine_for_execution(self, *, executionArn: str) -> Any:  # noqa: N803  AWS's name
        role = f"arn:aws:iam::{ACCOUNT}:role/mine"
        return {"name": "Mine", "definition": json.dumps(self._definition), "roleArn": role, "arn": executionArn}

    def get_execution_history(self, *, includeExecutionData: bool, nextToken: str = "0", **_given: Any) -> Any:  # noqa: N803
        assert includeExecutionData
        start = int(nextToken)
        more = {"nextToken": str(start + 3)} if start + 3 < len(self._history) else {}
        return {"events": self._history[start : start + 3], **more}


def _as_sent(key: str, value: Any) -> Any:
    """A member of an event as the API has it: JSON as text, moments, numbers of the account."""
    if key == "timestamp":
        return datetime(2026, 1, 1, tzinfo=UTC)
    if not key.endswith("Details"):
        return value
    return {name: each if _is_own(name, each) else json.dumps(each) for name, each in value.items()}


def _is_own(name: str, value: Any) -> bool:
    return name.endswith("Details") or name == "assignedVariables" or not isinstance(value, dict | list)


class FakeClients:
    """Clients of one account, in which an execution has run."""

    def __init__(self, machines: Any) -> None:
        self._machines = machines

    def client(self, service: str) -> Any:
        assert service == "stepfunctions"
        return self._machines


DEFINITION: dict[str, Any] = {
    "StartAt": "Make Key",
    "States": {
        "Make Key": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
            "Parameters": {"Name.$": "$.name", "Tags": {"of.$": "$$.Execution.Id", "queue.$": "$.queue"}},
            "ResultPath": "$.key",
            "Next": "Ask",
        },
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl.$": "$.queue",
                "MessageBody": {"token.$": "$$.Task.Token", "key.$": "$.key.Value"},
            },
            "ResultPath": None,
            "TimeoutSeconds": 60,
            "Next": "Link",
        },
        "Link": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:createUsagePlanKey",
            "Parameters": {"KeyId.$": "$.key.Id", "KeyType": "API_KEY", "UsagePlanId": "p"},
            "Retry": [{"ErrorEquals": ["ApiGateway.TooManyRequestsException"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Bad"}],
            "End": True,
        },
        "Bad": {"Type": "Fail", "Error": "Bad", "CausePath": "States.Format('{} of {}', $.key.Id, $$.Execution.Name)"},
    },
}
DATA = {"name": "n", "queue": f"https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/q", "password": "opensesame"}
SECRET = "s3cr3t-value-of-the-key"


def made_here(*, fails: bool) -> FakeStepFunctions:
    """An execution of the engine as AWS would have it."""
    linked = Failure("ApiGateway.ConflictException", f"{SECRET} is linked") if fails else Success({"Id": "k1"})
    answers: dict[str, Any] = {
        "Make Key": Success({"Id": "k1", "Value": SECRET, "Name": "n"}),
        "Ask": Success("yes", submitted={"MessageId": "m", "MD5OfMessageBody": "x"}),
        "Link": [Failure("ApiGateway.TooManyRequestsException", "slower"), linked],
    }
    ended = run(asl.parse(DEFINITION), DATA, Stubs(answers, strict=False), name=NAME, machine_name="Mine")
    written = json.dumps([event.document() for event in ended.history])
    history = json.loads(re.sub(rf"arn:aws:states:[^:]*:\d*:execution:Mine:{NAME}", ARN, written))
    return FakeStepFunctions(DEFINITION, DATA, history, ended.status)


@pytest.mark.parametrize("fails", [False, True])
def test_a_recording_replays_as_it_is_and_has_no_account_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    monkeypatch.setattr(against_aws, "BUILD", tmp_path)
    monkeypatch.setattr(against_aws, "recordings", lambda _name: [])
    clients = cast(Clients, FakeClients(made_here(fails=fails)))
    (answer,) = against_aws.asked(clients, [ARN])
    assert answer.problems == ()
    against_aws.write([answer], tmp_path)
    text = (tmp_path / "executions.jsonl").read_text()
    (recording,) = (json.loads(line) for line in text.splitlines())
    assert compared(recording).differs == {}
    assert recording.keys() == {"name", "definition", "input", "history"}
    assert recording["history"][-1]["type"] == ("ExecutionFailed" if fails else "ExecutionSucceeded")
    for word in (ACCOUNT, SECRET, "opensesame", NAME):
        assert word not in text


@pytest.mark.skipif(not EXECUTIONS, reason=MISSING)
def test_what_was_recorded_before_is_recorded_again() -> None:
    """AWS's own histories, given by an API that writes them as AWS does: their replay is the same."""
    different = {}
    for each in EXECUTIONS:
        status = each["history"][-1]["type"].removeprefix("Execution").upper()
        fake = FakeStepFunctions(each["definition"], each["input"], each["history"], status)
        again = execution(fake, ARN)
        found = compared(again).differs
        if found:
            different[each["name"]] = found
    assert different == {}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "arn:aws:sqs:eu-west-1:111111111111:q"),
        (f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/q", "https://sqs.eu-west-1.amazonaws.com/111111111111/q"),
        (f"token {TOKEN}.", "token <task-token>."),
        ("ordered 123456789012 times", "ordered 123456789012 times"),
        (f"{ARN}", "<execution-arn>"),
        ("Mine", "<state-machine-name>"),
        ("Mine is mine", "Mine is mine"),
    ],
)
def test_what_belongs_to_an_account_is_taken_out(text: str, redacted: str) -> None:
    assert Redaction({ARN: "<execution-arn>", "Mine": "<state-machine-name>"}).text(text) == redacted


class FakeTestState:
    """TestState that gives one answer, as the API does."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._answer = answer

    def test_state(self, **_given: Any) -> Any:
        return {**self._answer, "ResponseMetadata": {"RequestId": "r"}}


@pytest.mark.skipif(not STATES, reason=MISSING)
def test_answers_of_single_states_are_recordings_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state with a mock, answered as it was: what is written is replayed as the recordings are."""
    monkeypatch.setattr(against_aws, "BUILD", tmp_path)
    written: list[against_aws.Answer] = []
    for asked in {json.dumps([each["definition"], each["options"]]): each for each in STATES}.values():
        monkeypatch.setattr(against_aws, "recordings", lambda _name, asked=asked: [asked])
        fake = FakeTestState(next(iter(asked["recorded"].values())))
        written += against_aws.asked(cast(Clients, FakeClients(fake)))
    assert [each for each in written if each.problems] == []
    against_aws.write(written, tmp_path)
    text = (tmp_path / "teststate.jsonl").read_text()
    replayed = list(states_compared([json.loads(line) for line in text.splitlines()]))
    assert [each for each in replayed if each.differs] == []
    assert sum(each.differs is not None for each in replayed) >= 30
    assert "RequestId" not in text


def test_an_execution_that_runs_is_no_recording() -> None:
    with pytest.raises(ValueError, match="runs still"):
        execution(FakeStepFunctions(DEFINITION, DATA, [], "RUNNING"), ARN)
