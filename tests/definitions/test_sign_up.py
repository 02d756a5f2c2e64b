"""`definitions/sign_up.py`: a member is made and welcomed, or was never there; a welcome may come later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest

from keyflow.engine import Boto3, Failure, Stubs
from keyflow.testing import WorkflowRun
from tests.definitions.local import answer, services

SENDER = "welcome@club.example"
EMAIL, NAME = "ada@club.example", 'Ada "the first" Ü.'
BODY = {"email": EMAIL, "name": NAME}
LIMITED = Failure("CognitoIdentityProvider.TooManyRequestsException")
Running = Callable[..., WorkflowRun]


@dataclass(frozen=True)
class Club:
    """A user pool with its group, an address to send from, and a queue; the services of this process have them."""

    runner: Boto3
    parameters: dict[str, str]

    def members(self) -> list[str]:
        found = _client("cognito-idp").list_users_in_group(
            UserPoolId=self.parameters["UserPoolId"], GroupName="members"
        )
        return [user["Username"] for user in found["Users"]]

    def users(self) -> list[dict[str, str]]:
        """The attributes of all users."""
        found = _client("cognito-idp").list_users(UserPoolId=self.parameters["UserPoolId"])["Users"]
        return [{each["Name"]: each["Value"] for each in user["Attributes"]} for user in found]

    def queued(self) -> list[str]:
        found = _client("sqs").receive_message(QueueUrl=self.parameters["WelcomeQueue"]).get("Messages", [])
        return [each["Body"] for each in found]


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


@pytest.fixture
def club() -> Iterator[Club]:
    parameters = {
        "MemberGroup": "members",
        "WelcomeSender": SENDER,
        "WelcomeIdentity": "arn:aws:ses:us-east-1:111122223333:identity/club.example",
        "WelcomeQueue": "https://queue/welcomes",
    }
    with services("SignUp", parameters) as runner:
        pool = _client("cognito-idp").create_user_pool(PoolName="club")["UserPool"]["Id"]
        _client("cognito-idp").create_group(UserPoolId=pool, GroupName="members")
        _client("ses").verify_email_identity(EmailAddress=SENDER)
        yield Club(runner, {**parameters, "UserPoolId": pool})


@pytest.fixture
def sign_up(run_workflow: Running, club: Club) -> Running:
    """Runs the workflow over the services; the stubs answer instead of them."""

    def running(stubs: dict[str, Any] | None = None, data: Any = BODY) -> WorkflowRun:
        answering = Stubs(stubs or {}, otherwise=club.runner)
        return run_workflow("SignUp", data, answering, parameters=club.parameters)

    return running


def test_a_member_is_in_the_group_and_welcomed(sign_up: Running, club: Club) -> None:
    run = sign_up()
    assert run.status == "SUCCEEDED", run
    assert club.members() == [run.output["member"]]
    (user,) = club.users()
    assert (user["email"], user["email_verified"], user["name"]) == (EMAIL, "true", NAME)
    content = run.parameters("Send Welcome")["Content"]["Simple"]
    assert content["Body"]["Text"]["Data"] == f"Hello {NAME}, you are a member now: {run.output['member']}."
    assert _client("ses").get_send_quota()["SentLast24Hours"] == 1
    assert club.queued() == []


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        ({"Create User": Failure("CognitoIdentityProvider.AliasExistsException")}, "MemberExists"),
        ({"Create User": LIMITED}, "UnhandledError"),
        ({"Add To Group": LIMITED}, "UnhandledError"),
        ({"Add To Group": Failure("States.Timeout")}, "UnhandledError"),
    ],
)
def test_a_failure_before_the_pivot_leaves_no_user(
    sign_up: Running, club: Club, failing: dict[str, Failure], error: str
) -> None:
    assert sign_up(failing).error == error
    assert club.users() == []
    assert _client("ses").get_send_quota()["SentLast24Hours"] == 0


def test_only_the_user_that_this_execution_made_is_taken_back(sign_up: Running, club: Club) -> None:
    """The other one has the same address; the pool of this process knows no aliases and takes both."""
    _client("cognito-idp").admin_create_user(
        UserPoolId=club.parameters["UserPoolId"],
        Username="another",
        UserAttributes=[{"Name": "email", "Value": EMAIL}, {"Name": "name", "Value": "another"}],
    )
    run = sign_up({"Add To Group": LIMITED})
    assert run.compensated == ["Delete User"]
    assert [user["name"] for user in club.users()] == ["another"]


def test_a_user_whose_answer_was_lost_is_taken_back_though_it_may_not_be_there(sign_up: Running) -> None:
    run = sign_up({"Create User": Failure("States.Timeout")})
    assert (run.error, run.compensated) == ("UnhandledError", ["Delete User"])


def test_a_user_that_cannot_be_taken_back_is_named(sign_up: Running) -> None:
    run = sign_up({"Add To Group": LIMITED, "Delete User": LIMITED})
    assert run.error == "CompensationFailed"
    assert run.attempts("Delete User") == 3
    assert run.parameters("Delete User")["Username"] in (run.cause or "")


def test_a_welcome_that_does_not_leave_is_sent_later(sign_up: Running, club: Club) -> None:
    run = sign_up({"Send Welcome": Failure("SesV2.TooManyRequestsException")})
    assert run.status == "SUCCEEDED", run
    assert club.members() == [run.output["member"]]
    (message,) = club.queued()
    assert EMAIL in message


def test_a_welcome_that_cannot_even_be_queued_is_owed(sign_up: Running, club: Club) -> None:
    run = sign_up({"Send Welcome": Failure("SesV2.SesV2Exception"), "Welcome Later": Failure("SQS.AmazonSQSException")})
    assert (run.error, run.compensated) == ("CompletionFailed", [])
    assert "Welcome Later" in (run.cause or "")
    assert len(club.members()) == 1


@pytest.mark.parametrize(
    ("stubs", "status"),
    [
        ({}, 201),
        ({"Create User": Failure("CognitoIdentityProvider.AliasExistsException")}, 409),
        ({"Create User": LIMITED}, 500),
    ],
)
def test_what_the_caller_is_answered(sign_up: Running, stubs: dict[str, Any], status: int) -> None:
    runs: list[WorkflowRun] = []

    def execute(data: Any) -> WorkflowRun:
        assert data == BODY
        runs.append(sign_up(stubs, data))
        return runs[0]

    given = answer("members", "POST /members", BODY, execute)
    assert given.status == status
    assert given.json() == (runs[0].output if status == 201 else {"message": runs[0].cause})
