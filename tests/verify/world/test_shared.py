"""The world that executions share, held against moto: the same calls, from two callers in turns, end alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from keyflow.aws import service
from keyflow.aws.resources import integration_of
from keyflow.dataclass import dataclass
from keyflow.engine import Success, TaskCall
from keyflow.verify.world.results import sample_result
from keyflow.verify.world.shared import SharedWorld
from keyflow.verify.world.shared_tables import SharedTables
from keyflow.verify.world.tables import Tables

KEYS = frozenset({("t", frozenset({"pk"}))})
ACCESS: Any = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "y"}


@dataclass(frozen=True)
class Somebody:
    """A caller that undoes nothing; of tables it knows all that is in them."""

    who: str

    def sample(self, call: TaskCall) -> Any:
        result = sample_result(call.resource, f"{self.who}: {call.state}")
        return {name: value for name, value in result.items() if name != "Items"}

    def only_reads(self, call: TaskCall) -> bool:
        return False

    def undone_by(self, call: TaskCall) -> frozenset[str]:
        return frozenset()


def called(name: Any, operation: str, parameters: Any, state: str = "S") -> TaskCall:
    model = service(name).model.operations[operation]
    integration = integration_of(model, operation)
    spelt = {integration.spelling(each): value for each, value in parameters.items()}
    return TaskCall(state, integration.arn, spelt, 0)


def result_of(world: SharedWorld, who: str, name: Any, operation: str, parameters: Any, state: str = "S") -> Any:
    """The result of a call, or the name of its error without the service's."""
    outcome = world.call(called(name, operation, parameters, state), Somebody(who))
    return outcome.result if isinstance(outcome, Success) else str(outcome.error).partition(".")[2]  # type: ignore[union-attr]


def answer_of(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """What moto answers, or the name of its error."""
    try:
        return getattr(client, operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except KeyError:  # moto takes the link out of a dictionary in which it is not
        return "NotFoundException"


# Tables.

VALUES = st.sampled_from(["a", "b", "7"])
KEY = st.sampled_from(["k1", "k2"])
CONDITIONS = st.sampled_from(
    [None, "attribute_not_exists(pk)", "attribute_exists(pk)", "v = :old", "v <> :old", "NOT attribute_exists(n)"]
)
UPDATES = st.sampled_from(["SET v = :new", "REMOVE v", "ADD n :one", "SET v = if_not_exists(v, :new)"])
RETURNED = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"])
"""Of `UPDATED_NEW` moto gives what differs, the key included; DynamoDB what was written."""


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind, key, condition = draw(st.sampled_from(["put", "update", "delete"])), draw(KEY), draw(CONDITIONS)
    update = draw(UPDATES) if kind == "update" else ""
    parameters: dict[str, Any] = {"TableName": "t"}
    values = {":old": {"S": draw(VALUES)}, ":new": {"S": draw(VALUES)}, ":one": {"N": "1"}}
    if kind == "put":
        parameters["Item"] = {"pk": {"S": key}, "v": {"S": draw(VALUES)}}
    else:
        parameters["Key"] = {"pk": {"S": key}}
    if update:
        parameters["UpdateExpression"] = update
        parameters["ReturnValues"] = draw(RETURNED)
    if condition is not None:
        parameters["ConditionExpression"] = condition
    named = {name: value for name, value in values.items() if name in f"{update} {condition}"}
    if named:
        parameters["ExpressionAttributeValues"] = named
    return f"{kind}_item", parameters


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    match draw(st.sampled_from(["write", "write", "get", "transact", "query", "count", "batch"])):
        case "write":
            return draw(writes())
        case "get":
            return "get_item", {"TableName": "t", "Key": {"pk": {"S": draw(KEY)}}, "ConsistentRead": True}
        case "query":
            values = {":pk": {"S": draw(KEY)}}
            asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
            return "query", {"TableName": "t", **asked}
        case "count":
            values = {":pk": {"S": draw(KEY)}}
            asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values, "Select": "COUNT"}
            return "query", {"TableName": "t", **asked}
        case "batch":
            keys = draw(st.lists(KEY, min_size=1, max_size=2, unique=True))
            return "batch_get_item", {"RequestItems": {"t": {"Keys": [{"pk": {"S": key}} for key in keys]}}}
        case _:
            first, second = draw(writes()), draw(writes())
            actions = [_action(each) for each in (first, second)]
            keys = [
                json.dumps(next(iter(each.values())).get("Key") or next(iter(each.values()))["Item"]["pk"])
                for each in actions
            ]
            return "transact_write_items", {
                "TransactItems": actions if "k1" in keys[0] and "k2" in keys[1] else actions[:1]
            }


def _action(write: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    kind, parameters = write
    return {kind.partition("_")[0].title(): {name: each for name, each in parameters.items() if name != "ReturnValues"}}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", **ACCESS)
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@settings(max_examples=60, deadline=None)
@given(st.lists(calls(), min_size=1, max_size=8))
def test_items_are_as_dynamodb_has_them(dynamodb: Any, made: list[tuple[str, dict[str, Any]]]) -> None:
    """Conditions, what stands there before and after, what is refused and what is given back."""
    for key in ("k1", "k2"):
        dynamodb.delete_item(TableName="t", Key={"pk": {"S": key}})
    world = SharedWorld(
        SharedTables(Tables(KEYS, {("t", json.dumps({"pk": {"S": key}})): None for key in ("k1", "k2")}))
    )
    for index, (operation, parameters) in enumerate(made):
        result = result_of(world, ("one", "other")[index % 2], "dynamodb", operation, parameters)
        answer = answer_of(dynamodb, operation, parameters)
        if isinstance(answer, str):
            assert result == answer, (operation, parameters)
            continue
        assert isinstance(result, dict), (operation, parameters, result)
        for member in ("Item", "Items", "Count"):
            if operation in ("get_item", "query"):
                assert result.get(member) == answer.get(member), (operation, parameters)
        if operation == "batch_get_item":
            assert result["Responses"] == answer["Responses"], parameters
        given_back, attributes = result.get("Attributes") or {}, answer.get("Attributes", {})
        if "ReturnValues" in parameters:
            assert given_back == attributes, parameters


# Things.


class _Apis:
    """The same calls of API Gateway to moto and to the world, with what each calls its own things."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.world = SharedWorld(SharedTables(Tables(frozenset(), {})))
        self.known: list[tuple[str, str, str]] = []  # kind, moto's identifier, ours
        self.deleted = set[str]()
        self.calls = 0

    def make(self, who: str, kind: str) -> None:
        self.calls += 1
        operation, parameters = f"create_{kind}", {"name": f"{kind}-{self.calls}"}
        answer = getattr(self.client, operation)(**parameters)
        result = result_of(self.world, who, "apigateway", operation, parameters, f"S{self.calls}")
        self.known.append((kind, answer["id"], result["Id"]))

    def both(self, who: str, operation: str, theirs: dict[str, str], ours: dict[str, str]) -> tuple[str, ...]:
        """How a call ends there and here: with its error, or well."""
        self.calls += 1
        result = result_of(self.world, who, "apigateway", operation, ours, f"S{self.calls}")
        answer = answer_of(self.client, operation, theirs)
        return tuple(each if isinstance(each, str) else "fine" for each in (answer, result))


@pytest.mark.parametrize("seed", range(12))
def test_things_are_there_until_somebody_deletes_them(seed: int) -> None:
    """Keys, plans and what links them, from two callers: what one has deleted, the other does not find."""
    random = Random(seed)
    with mock_aws():
        apis = _Apis(boto3.client("apigateway", **ACCESS))
        apis.make("one", "api_key")
        apis.make("other", "usage_plan")
        for step in range(14):
            who = random.choice(["one", "other"])
            kind, theirs, ours = random.choice(apis.known)
            what = random.choice(["make", "delete", "get", "link", "unlink"])
            if what == "make":
                apis.make(who, kind)
                continue
            if what == "delete" and kind == "usage_plan":  # moto links keys to plans that are not there
                continue
            if what in ("delete", "get"):
                member = "apiKey" if kind == "api_key" else "usagePlanId"
                asked = {member: theirs}, {member: ours}
                operation = f"{what}_{kind}"
            else:
                key = random.choice([each for each in apis.known if each[0] == "api_key"])
                plan = random.choice([each for each in apis.known if each[0] == "usage_plan"])
                operation = "create_usage_plan_key" if what == "link" else "delete_usage_plan_key"
                more = {"keyType": "API_KEY"} if what == "link" else {}
                asked = (
                    {"usagePlanId": plan[1], "keyId": key[1], **more},
                    {"usagePlanId": plan[2], "keyId": key[2], **more},
                )
            there, here = apis.both(who, operation, *asked)
            if operation == "delete_usage_plan_key" and key[2] in apis.deleted:  # moto keeps links to deleted keys
                continue
            if operation == "delete_api_key":
                apis.deleted.add(ours)
            assert (there == "NotFoundException") == (here == "NotFoundException"), (step, operation, there, here)


def test_what_lies_in_something_goes_with_it_and_nothing_is_put_into_it_any_more() -> None:
    """As the model says of CreateUsagePlanKey, which moto lets pass."""
    assert "NotFoundException" in service("apigateway").model.operations["create_usage_plan_key"].errors
    world = SharedWorld(SharedTables(Tables(frozenset(), {})))
    plan = result_of(world, "one", "apigateway", "create_usage_plan", {"name": "p"}, "P")["Id"]
    key = result_of(world, "one", "apigateway", "create_api_key", {"name": "k"}, "K")["Id"]
    link = {"usagePlanId": plan, "keyId": key, "keyType": "API_KEY"}
    assert isinstance(result_of(world, "one", "apigateway", "create_usage_plan_key", link, "L"), dict)
    assert isinstance(result_of(world, "other", "apigateway", "delete_usage_plan", {"usagePlanId": plan}), dict)
    assert [each.thing.call.state for each in world.made] == ["K"]
    assert result_of(world, "one", "apigateway", "create_usage_plan_key", link, "L") == "NotFoundException"
    unlink = {"usagePlanId": plan, "keyId": key}
    assert result_of(world, "one", "apigateway", "delete_usage_plan_key", unlink) == "NotFoundException"


def test_what_an_update_has_written_is_given_back() -> None:
    world = SharedWorld(SharedTables(Tables(KEYS, {("t", '{"pk": {"S": "k"}}'): None})))
    update = {
        "TableName": "t",
        "Key": {"pk": {"S": "k"}},
        "UpdateExpression": "SET v = :v",
        "ReturnValues": "UPDATED_NEW",
    }
    values = {"ExpressionAttributeValues": {":v": {"S": "1"}}}
    result = result_of(world, "one", "dynamodb", "update_item", {**update, **values})
    assert result["Attributes"] == {"v": {"S": "1"}}
