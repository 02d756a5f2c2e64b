"""Executions are started once, and followed to their end; each event is given once, however AWS pages them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from keyflow import DeployError, ProjectError
from keyflow.deploy.target import Clients, Target
from keyflow.operations.events import Event
from keyflow.operations.starting import (
    Ended,
    PatientClients,
    Served,
    answered,
    check_name,
    followed,
    new_name,
    served,
    served_arn,
    started,
)
from tests.operations.aws import ACCOUNT, REGION, Aws, Refused, described, event, machine

TARGET = Target(stage="dev", account=ACCOUNT, region=REGION)
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Nightly-dev:first"


def express(kind: str = "EXPRESS") -> Served:
    return Served(workflow="Register", arn=machine("Register"), type=kind, log_level="ALL")


def test_what_is_started_is_the_alias_of_the_stage_or_the_state_machine(aws: Aws, clients: Clients) -> None:
    assert served_arn("Register", clients, TARGET) == machine("Register")
    routes = [{"stateMachineVersionArn": f"{machine('Register')}:2", "weight": 100}]
    aws.answers["DescribeStateMachineAlias"] = lambda _given: {"routingConfiguration": routes}
    assert served_arn("Register", clients, TARGET) == f"{machine('Register')}:live"


def test_the_type_is_what_aws_has(aws: Aws, clients: Clients) -> None:
    aws.answers["DescribeStateMachine"] = described("STANDARD", "ERROR")
    found = served("Nightly", clients, TARGET)
    assert (found.type, found.log_level, found.is_express) == ("STANDARD", "ERROR", False)
    assert aws.asked("DescribeStateMachine") == [{"stateMachineArn": machine("Nightly")}]


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["Register-dev", "Register-prod"], "did you mean 'Register'?"),
        (["Other-dev"], "the stage has Other"),
        (["Register-prod"], "keyflow deploy --stage dev"),
    ],
)
def test_a_name_that_is_not_deployed(aws: Aws, clients: Clients, names: list[str], hint: str) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("StateMachineDoesNotExist")

    aws.answers["DescribeStateMachine"] = refuse
    listed = [{"name": each, "stateMachineArn": "a", "type": "EXPRESS", "creationDate": 1} for each in names]
    aws.answers["ListStateMachines"] = lambda _parameters: {"stateMachines": listed}
    with pytest.raises(ProjectError) as error:
        served("Registr", clients, TARGET)
    (found,) = error.value.diagnostics
    assert found.code == "KF530"
    assert found.hint == hint


def test_a_name_that_is_not_deployed_where_nothing_may_be_listed(aws: Aws, clients: Clients) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("AccessDeniedException" if aws.asked("ListStateMachines") else "StateMachineDoesNotExist")

    aws.answers |= {"DescribeStateMachine": refuse, "ListStateMachines": refuse}
    with pytest.raises(ProjectError, match="KF530"):
        served("Registr", clients, TARGET)


def test_an_express_execution_answers(aws: Aws, patient: PatientClients) -> None:
    aws.answers["StartSyncExecution"] = lambda parameters: {
        "executionArn": "arn:x",
        "startDate": 100.0,
        "stopDate": 100.5,
        "status": "SUCCEEDED",
        "output": '{"id": "k"}',
        "name": parameters["name"],
        "billingDetails": {"billedDurationInMilliseconds": 600, "billedMemoryUsedInMB": 64},
    }
    found = answered(express(), '{"n": 1}', "first", patient)
    assert (found.succeeded, found.output, found.seconds, found.billed_ms) == (True, {"id": "k"}, 0.5, 600)
    assert aws.asked("StartSyncExecution") == [
        {"stateMachineArn": machine("Register"), "input": '{"n": 1}', "name": "first"}
    ]


def test_an_express_execution_whose_answer_is_late_is_not_started_again(aws: Aws, patient: PatientClients) -> None:
    """StartSyncExecution is not idempotent: boto3's own second attempt would be a second execution."""

    def late(_parameters: Mapping[str, Any]) -> Any:
        time.sleep(1)
        return {}

    aws.answers["StartSyncExecution"] = late
    with pytest.raises(DeployError) as error:
        answered(express(), "{}", "first", patient)
    assert error.value.diagnostics[0].code == "KF533"
    time.sleep(0.7)
    assert len(aws.asked("StartSyncExecution")) == 1


def test_an_express_execution_that_aws_refuses_is_not_started_again(aws: Aws, patient: PatientClients) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("ThrottlingException")

    aws.answers["StartSyncExecution"] = refuse
    with pytest.raises(DeployError, match="KF503: AWS refused StartSyncExecution: ThrottlingException"):
        answered(express(), "{}", "first", patient)
    assert len(aws.asked("StartSyncExecution")) == 1


def test_a_standard_execution_is_asked_for_again_by_its_name(aws: Aws, clients: Clients) -> None:
    """By the same name and input it is the same execution."""
    refusals = iter(["ThrottlingException"])

    def start(_parameters: Mapping[str, Any]) -> Any:
        for code in refusals:
            raise Refused(code)
        return {"executionArn": EXECUTION, "startDate": 1}

    aws.answers["StartExecution"] = start
    assert started(express("STANDARD"), "{}", "first", clients) == EXECUTION
    assert [each["name"] for each in aws.asked("StartExecution")] == ["first", "first"]


class Growing:
    """An execution whose history grows by one event with each look at it, in pages of two."""

    def __init__(self, aws: Aws, length: int, ended_at: int | None = None) -> None:
        self.there, self.length = 0, length
        self._ended_at = ended_at or length
        self.expired = False
        aws.answers |= {"DescribeExecution": self.describe, "GetExecutionHistory": self.history}

    def describe(self, _parameters: Mapping[str, Any]) -> Any:
        self.there = min(self.there + 1, self.length)
        status = "SUCCEEDED" if self.there >= self._ended_at else "RUNNING"
        found = {"executionArn": EXECUTION, "stateMachineArn": "arn:m", "startDate": 1, "status": status}
        return {**found, "stopDate": 9, "output": '"done"'} if status == "SUCCEEDED" else found

    def history(self, parameters: Mapping[str, Any]) -> Any:
        token = parameters.get("nextToken")
        if token is not None and self.expired:
            self.expired = False
            raise Refused("InvalidToken")
        first = int(token or 0)
        page = [event(each + 1, each, "PassStateEntered", each) for each in range(first, min(first + 2, self.there))]
        following = {"nextToken": str(first + 2)} if first + 2 < self.there else {}
        return {"events": page, **following}


def test_each_event_is_given_once_and_the_end_last(aws: Aws, clients: Clients) -> None:
    Growing(aws, 7)
    *events, end = followed(EXECUTION, clients, sleep=lambda _seconds: None)
    assert [each.id for each in events if isinstance(each, Event)] == [1, 2, 3, 4, 5, 6, 7]
    assert isinstance(end, Ended)
    assert (end.status, end.output, end.seconds) == ("SUCCEEDED", "done", 8)


def test_what_was_read_is_not_read_again(aws: Aws, clients: Clients) -> None:
    Growing(aws, 40)
    list(followed(EXECUTION, clients, sleep=lambda _seconds: None))
    assert len(aws.asked("GetExecutionHistory")) <= 2 * 40, "not 40 looks of up to 20 pages"


def test_a_token_that_holds_no_more_is_no_end(aws: Aws, clients: Clients) -> None:
    growing = Growing(aws, 9)
    found = followed(EXECUTION, clients, sleep=lambda _seconds: setattr(growing, "expired", growing.there == 6))
    assert [each.id for each in found if isinstance(each, Event)] == list(range(1, 10))


def test_following_ends_with_its_time(aws: Aws, clients: Clients) -> None:
    Growing(aws, 3, ended_at=99)
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(DeployError, match="goes on after 5 s") as error:
        list(followed(EXECUTION, clients, seconds=5, clock=lambda: now[0], sleep=sleep))
    assert error.value.diagnostics[0].code == "KF533"
    assert now[0] == pytest.approx(5)
    assert len(aws.asked("DescribeExecution")) < 12, "the pause between two questions grows"


def test_names_of_executions() -> None:
    for name in ("first", "a-b_C9", "x" * 80, new_name()):
        check_name(name)
    for name in ("", "x" * 81, "a b", "é", "a.b", "a/b", "a\n"):
        with pytest.raises(ProjectError, match="KF532"):
            check_name(name)
