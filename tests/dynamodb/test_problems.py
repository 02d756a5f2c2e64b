"""What DynamoDB would refuse of a call's expressions, held against moto, which refuses each of them, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import moto
import pytest
from botocore.exceptions import ClientError

from keyflow import DefinitionError, Workflow, format
from keyflow.aws import dynamodb
from keyflow.dynamodb.problems import problems, reserved_words

KEY = {"pk": {"S": "1"}}
N = {":n": {"N": "1"}}


def update(expression: str, **more: Any) -> dict[str, Any]:
    return {"TableName": "t", "Key": KEY, "UpdateExpression": expression, **more}


def put(condition: str, **more: Any) -> dict[str, Any]:
    return {"TableName": "t", "Item": KEY, "ConditionExpression": condition, **more}


WRONG: list[tuple[dict[str, Any], str]] = [
    (update("SET amount = :n"), ":n stands in an expression and not in ExpressionAttributeValues"),
    (update("SET #a = :n", ExpressionAttributeValues=N), "#a stands in an expression"),
    (update("SET amount = :n", ExpressionAttributeValues={**N, ":m": {"N": "2"}}), ":m in ExpressionAttributeValues"),
    (update("REMOVE amount", ExpressionAttributeNames={"#a": "amount"}), "#a in ExpressionAttributeNames stands in no"),
    (update("SET name = :n", ExpressionAttributeValues=N), "'name' is one of DynamoDB's reserved words"),
    (
        update("SET holder.#a.Status = :n", ExpressionAttributeNames={"#a": "a"}, ExpressionAttributeValues=N),
        "'Status'",
    ),
    (update("amount = :n", ExpressionAttributeValues=N), "'amount' where SET or REMOVE or ADD or DELETE belongs"),
    (update("SET amount = :n +", ExpressionAttributeValues=N), "ends too early"),
    (update("SET amount = increment(amount, :n)", ExpressionAttributeValues=N), "'increment' is no function"),
    (update("SET parts = list_append(parts)"), "list_append takes 2 operands, not 1"),
    (update("SET amount = amount * :n", ExpressionAttributeValues=N), "'*' cannot stand"),
    (put("attribute_not_exist(pk)"), "'attribute_not_exist' is no function"),
    (put("attribute_not_exists(pk, other)"), "attribute_not_exists takes 1 operand, not 2"),
    (put("pk == :n", ExpressionAttributeValues=N), "is no name of an attribute"),
    (put("amount = :n AND", ExpressionAttributeValues=N), "ends too early"),
    (put("amount = :n", ExpressionAttributeValues={"n": {"N": "1"}}), "begins with no ':'"),
    (put(""), "'' ends too early"),
]
SOUND: list[dict[str, Any]] = [
    update(
        "SET parts = list_append(if_not_exists(parts, :e), :e), amount = if_not_exists(amount, :n) + :n",
        ExpressionAttributeValues={**N, ":e": {"L": []}},
    ),
    update("SET amount = if_not_exists(amount, :n) + :n REMOVE more", ExpressionAttributeValues=N),
    update("SET #n = :n", ExpressionAttributeNames={"#n": "name"}, ExpressionAttributeValues=N),
    update("ADD amount :n", ConditionExpression="attribute_exists(pk)", ExpressionAttributeValues=N),
    put("attribute_not_exists(pk) OR (NOT amount IN (:n) AND NOT more BETWEEN :n AND :n)", ExpressionAttributeValues=N),
]


MOTO_TAKES = {"'' ends too early"}
"""What DynamoDB's own documentation says that it refuses, and moto does not."""


@pytest.fixture
def client(table: Any) -> Any:
    """A client of DynamoDB, where the table has one item without more than its key."""
    table.put_item(TableName="t", Item=KEY)
    return table


def send(client: Any, parameters: dict[str, Any]) -> None:
    (client.update_item if "Key" in parameters else client.put_item)(**parameters)


@pytest.mark.parametrize(("parameters", "said"), WRONG, ids=[said for _parameters, said in WRONG])
def test_what_dynamodb_refuses(parameters: dict[str, Any], said: str, client: Any) -> None:
    found = [problem.message for problem in problems(parameters)]
    assert any(said in each for each in found), found
    if said not in MOTO_TAKES:
        with pytest.raises((ClientError, ValueError, KeyError)):
            send(client, parameters)


@pytest.mark.parametrize("parameters", SOUND, ids=range(len(SOUND)))
def test_what_dynamodb_takes(parameters: dict[str, Any], client: Any) -> None:
    assert list(problems(parameters)) == []
    send(client, parameters)


def test_the_reserved_words_are_those_that_moto_has() -> None:
    theirs = Path(moto.__file__).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    assert sorted(reserved_words()) == sorted(set(theirs.read_text().split()))


def test_each_problem_says_what_to_write() -> None:
    hints = [problem.hint for problem in problems(update("SET name = :n", ExpressionAttributeValues=N))]
    assert hints == ["write #name in the expression, and ExpressionAttributeNames={'#name': 'name'}"]
    [missing] = problems(update("SET amount = :n", ExpressionAttributeValues={}))
    assert missing.hint == "ExpressionAttributeValues={':n': {'S': 'text'}}"


def test_transactions_and_batches_are_looked_into() -> None:
    item = {"Update": {**update("SET amount = :n")}}
    with pytest.raises(DefinitionError, match="transact_write_items: :n stands"):
        dynamodb.transact_write_items(TransactItems=[item])


def test_what_an_execution_makes_is_not_looked_into() -> None:
    workflow = Workflow("W")
    made = format("SET {} = :n", workflow.input["attribute"])
    call = dynamodb.update_item(TableName="t", Key=KEY, UpdateExpression=made, ExpressionAttributeValues=N)
    assert call.written["UpdateExpression"] is made
    dynamodb.update_item(
        TableName="t", Key=KEY, UpdateExpression="SET amount = :n", ExpressionAttributeValues=workflow.input["values"]
    )
