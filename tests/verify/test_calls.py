"""P4 of routes to AWS calls: every end of a call is answered, and broken answers are found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyflow import Api, Parameter, Workflow
from keyflow.aws import dynamodb, events, sqs, stepfunctions
from keyflow.http.gateway import Gateway
from keyflow.verify import prove_answers
from keyflow.verify.judges.calls import CalledRoute
from keyflow.verify.subjects.routes import called_routes

express = Workflow("Express", timeout=20)
express.succeed()
TABLE = Parameter("Table")
CALLS: dict[str, Any] = {
    "sqs": sqs.send_message(QueueUrl="q", MessageBody=Api.body),
    "sqs batch": sqs.send_message_batch(QueueUrl="q", Entries=[{"Id": "a", "MessageBody": Api.body}]),
    "events": events.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": Api.body}]),
    "start": stepfunctions.start_execution(stateMachineArn=express.arn, input=Api.body),
    "wait": stepfunctions.start_sync_execution(stateMachineArn=express.arn, input=Api.body),
    "write": dynamodb.batch_write_item(RequestItems={"t": [{"DeleteRequest": {"Key": {"pk": {"S": Api.body["a"]}}}}]}),
    "statements": dynamodb.batch_execute_statement(Statements=[{"Statement": "SELECT 1"}]),
    "put": dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": Api.body["id"]}}),
}


def api_of(call: Any, **options: Any) -> Api:
    api = Api("direct")
    api.post("/things", call, **options)
    return api


def marks(route: CalledRoute) -> set[str]:
    return {finding.mark for finding in route.findings()}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("success", [200, 201, 204])
def test_every_kind_of_call_is_answered_as_declared(name: str, success: int) -> None:
    proof = prove_answers(api_of(CALLS[name], success=success))
    assert (proof.violations, proof.routes) == ((), 1)
    assert proof.answers > 30


def test_errors_are_answered_as_declared() -> None:
    (route,) = called_routes(api_of(CALLS["put"], errors={"ConditionalCheckFailedException": 409}))
    assert marks(route) == set()
    assert marks(replace(route, errors={"ConditionalCheckFailedException": 410})) == {"status"}


def broken(route: CalledRoute, change: Callable[[Any], None]) -> CalledRoute:
    integration = copy.deepcopy(dict(route.gateway.integration))
    change(integration["responses"])
    return replace(route, gateway=Gateway(integration))


def template(responses: Any, key: str, text: str) -> None:
    responses[key]["responseTemplates"]["application/json"] = text


BREAKS: dict[str, tuple[Callable[[Any], None], set[str]]] = {
    "the result goes through": (lambda each: template(each, "200", "$input.json('$')"), {"2xx"}),
    "the refusal goes through": (lambda each: template(each, r"4\d{2}", "$input.json('$')"), {"leak", "status"}),
    "a refusal is a success": (lambda each: each[r"4\d{2}"].update(statusCode="200", responseTemplates={}), {"2xx"}),
    "a failure is a success": (lambda each: each["default"].update(statusCode="200"), {"2xx"}),
    "no refusal is known": (lambda each: each.pop(r"4\d{2}"), {"status"}),
    "no JSON": (lambda each: template(each, "default", "failed"), {"json"}),
    "no Velocity": (lambda each: template(each, "default", "#set($x = )"), {"fails"}),
    "another status": (lambda each: each["200"].update(statusCode="201"), {"status"}),
}


@pytest.mark.parametrize("change", BREAKS)
def test_broken_answers_are_found(change: str) -> None:
    (route,) = called_routes(api_of(CALLS["events"], errors={"LimitExceededException": 409}))
    assert marks(route) == set()
    make, expected = BREAKS[change]
    assert expected <= marks(broken(route, make))


def test_text_of_an_item_that_breaks_the_answer_is_found() -> None:
    """Three worked examples had it."""
    call = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": Api.body["id"]}})
    (route,) = called_routes(api_of(call, response_template='{"name": "$input.path(\'$.Item.name.S\')"}'))
    (finding,) = route.findings()
    assert finding.mark == "json"
    assert 'it\'s "so"' in finding.message
    escaped = """$util.escapeJavaScript($input.path('$.Item.name.S')).replaceAll("\\\\'", "'")"""
    (route,) = called_routes(api_of(call, response_template=f'{{"name": "{escaped}"}}'))
    assert marks(route) == set()
