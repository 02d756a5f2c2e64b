"""`definitions/approve_expense.py`: whoever answers decides; a lead who says nothing for three days is not waited for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest

from keyflow.engine import Failure, Stubs, Success, Waiting
from keyflow.http.gateway import Request
from keyflow.testing import WorkflowRun
from tests.definitions.local import integration, sent, services

DAY = 24 * 3600
ADA, LEAD = "arn:aws:iam::111122223333:user/ada", "arn:aws:iam::111122223333:user/lead"
EXPENSE = {"employee": ADA, "amount": 4200, "purpose": 'The "big" book'}
PARAMETERS = {
    "StaffTable": "staff",
    "ExpenseTable": "expenses",
    "FinanceAddress": "finance@shop.example",
    "QuestionSender": "questions@shop.example",
    "QuestionIdentity": "arn:aws:ses:us-east-1:111122223333:identity/shop.example",
    "AnswerPage": "https://shop.example/answer#",
    "PayoutQueue": "https://queue/payouts",
    "ExpenseLetters": "https://queue/letters",
}
YES = Success({"answer": "approve", "by": LEAD}, seconds=DAY)
NO = Success({"answer": "refuse", "by": LEAD})
Running = Callable[..., WorkflowRun]


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def filed() -> list[dict[str, str]]:
    """The expenses that there are, without their types."""
    items = _client("dynamodb").scan(TableName="expenses")["Items"]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]


def messages(queue: str) -> list[Any]:
    found = _client("sqs").receive_message(QueueUrl=PARAMETERS[queue]).get("Messages", [])
    return [json.loads(each["Body"]) for each in found]


@pytest.fixture
def approve(run_workflow: Running) -> Iterator[Running]:
    """Runs the workflow over the services, the questions answered by stubs."""
    with services("ApproveExpense", PARAMETERS) as runner:
        lead = {"arn": {"S": ADA}, "lead": {"S": "lead@shop.example"}}
        _client("dynamodb").put_item(TableName="staff", Item=lead)

        def running(stubs: dict[str, Any], data: Any = EXPENSE) -> WorkflowRun:
            return run_workflow("ApproveExpense", data, Stubs(stubs, otherwise=runner), parameters=PARAMETERS)

        yield running


def test_what_the_lead_approves_is_paid(approve: Running) -> None:
    run = approve({"Ask Lead": YES})
    assert run.output == {"state": "approved", "by": LEAD}
    (item,) = filed()
    assert (item["state"], item["decidedBy"], item["amount"], item["purpose"]) == (
        "approved",
        LEAD,
        "4200",
        EXPENSE["purpose"],
    )
    assert messages("PayoutQueue") == [{"expense": item["id"], "amount": 4200}]


def test_the_question_has_the_token_and_goes_to_the_lead(approve: Running) -> None:
    question = approve({"Ask Lead": YES}).parameters("Ask Lead")
    assert question["Destination"]["ToAddresses"] == ["lead@shop.example"]
    text = question["Content"]["Simple"]["Body"]["Text"]["Data"]
    head, token = text.split(PARAMETERS["AnswerPage"])
    assert head.startswith('4200 cents for: The "big" book\n\n')
    assert token


def test_what_is_refused_is_not_paid(approve: Running) -> None:
    run = approve({"Ask Lead": NO})
    assert (run.status, run.output) == ("SUCCEEDED", {"state": "refused", "by": LEAD})
    assert [item["state"] for item in filed()] == ["refused"]
    assert messages("PayoutQueue") == []


def test_finance_decides_where_the_lead_says_nothing_for_three_days(approve: Running) -> None:
    answer = Success({"answer": "approve", "by": "finance"}, seconds=DAY)
    run = approve({"Ask Lead": Waiting(), "Ask Finance": answer})
    assert run.output == {"state": "approved", "by": "finance"}
    assert run.seconds == pytest.approx(4 * DAY, abs=60)
    assert run.parameters("Ask Finance")["Destination"]["ToAddresses"] == ["finance@shop.example"]


def test_where_no_one_answers_the_expense_is_withdrawn(approve: Running) -> None:
    run = approve({"Ask Lead": Waiting(), "Ask Finance": Waiting()})
    assert (run.error, run.compensated) == ("NoAnswer", ["Withdraw Expense"])
    assert run.seconds == pytest.approx(6 * DAY, abs=60)
    assert filed() == []


def test_an_employee_without_a_lead_asks_no_one(approve: Running) -> None:
    run = approve({}, {**EXPENSE, "employee": LEAD})
    assert (run.error, run.called) == ("NoLead", ["Find Lead"])


def test_a_question_that_cannot_be_sent_withdraws_the_expense(approve: Running) -> None:
    run = approve({"Ask Lead": Failure("SesV2.MessageRejected")})
    assert (run.error, run.compensated) == ("UnhandledError", ["Withdraw Expense"])
    assert filed() == []


def test_what_cannot_be_withdrawn_is_a_dead_letter(approve: Running) -> None:
    refused = Failure("DynamoDB.ProvisionedThroughputExceededException")
    run = approve({"Ask Lead": Failure("SesV2.MessageRejected"), "Withdraw Expense": refused})
    assert run.error == "CompensationFailed"
    assert "Withdraw Expense" in json.dumps(messages("ExpenseLetters"))


def test_a_payment_that_is_not_heard_of_is_owed(approve: Running) -> None:
    run = approve({"Ask Lead": YES, "Pay": Failure("SQS.AmazonSQSException")})
    assert (run.error, run.compensated) == ("CompletionFailed", [])
    assert [item["state"] for item in filed()] == ["approved"]
    assert "Pay" in json.dumps(messages("ExpenseLetters"))


# The routes.


def test_an_expense_is_the_callers_own() -> None:
    body = json.dumps({"amount": 4200, "purpose": EXPENSE["purpose"]})
    started = sent("expenses", "POST /expenses", Request(body), {"identity": {"userArn": ADA}})
    assert json.loads(started["input"]) == EXPENSE


def test_an_answer_says_who_gave_it() -> None:
    body = json.dumps({"token": 'a"b', "answer": "approve"})
    given = sent("expenses", "POST /answers", Request(body), {"identity": {"userArn": LEAD}})
    assert given["taskToken"] == 'a"b'
    assert json.loads(given["output"]) == {"answer": "approve", "by": LEAD}


@pytest.mark.parametrize(
    ("error", "status"),
    [("TaskTimedOut", 410), ("TaskDoesNotExist", 404), ("InvalidToken", 400), ("InvalidOutput", 500)],
)
def test_an_answer_that_comes_too_late_or_to_nothing(error: str, status: int) -> None:
    refused = {"__type": f"com.amazonaws.swf.service.v2.model#{error}"}
    assert integration("expenses", "POST /answers").answered(400, refused).status == status


@pytest.mark.parametrize(("found", "status"), [({"Item": {"state": {"S": "asked"}}}, 200), ({}, 404)])
def test_what_an_expense_has_come_to(found: Any, status: int) -> None:
    given: Any = integration("expenses", "GET /expenses/{id}").answered(200, found)
    assert (given.status, given.json().get("state")) == (status, "asked" if status == 200 else None)
