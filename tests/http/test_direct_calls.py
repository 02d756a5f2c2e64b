"""AWS calls behind routes: what is sent, as what, and what a caller is answered for each end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from keyflow import Api, DefinitionError, Parameter, Workflow
from keyflow.aws import apigateway, dynamodb, events, sns, sqs, stepfunctions
from keyflow.aws.models import Shape, service_model
from keyflow.dsl.api import JSON_SERVICES
from keyflow.http.direct_calls import EXECUTIONS, PARTIAL_FAILURES
from tests.http.front_door import REFUSED, FrontDoor, refusal, result

HARD = 'it\'s "so" \\ $x #if(1) \n ü 😀'
SECRET = "arn:aws:iam::1:role/inside"
other = Workflow("Other", type="STANDARD")
other.succeed()
express = Workflow("Express", timeout=20)
express.succeed()


def route(call: Any, **options: Any) -> FrontDoor:
    api = Api("direct")
    api.post("/things/{id}", call, **options)
    return FrontDoor(api, "POST /things/{id}")


def sent(call: Any, body: Any = None, **request: Any) -> Any:
    door = route(call)
    door.call("" if body is None else json.dumps(body), **{"path": {"id": "x"}, **request})
    return door.sent


@pytest.mark.parametrize(
    ("call", "uri", "target", "version"),
    [
        (sqs.send_message(QueueUrl="q", MessageBody="x"), "sqs:path//", "AmazonSQS.SendMessage", "1.0"),
        (events.put_events(Entries=[]), "events:action/PutEvents", "AWSEvents.PutEvents", "1.1"),
        (dynamodb.scan(TableName="t"), "dynamodb:action/Scan", "DynamoDB_20120810.Scan", "1.0"),
        (stepfunctions.start_execution(stateMachineArn=other.arn), "states:action/StartExecution", "AWSStepFunctions.StartExecution", "1.0"),
    ],
)  # fmt: skip
def test_the_service_is_told_the_operation(call: Any, uri: str, target: str, version: str) -> None:
    door = route(call)
    assert door.integration["uri"].endswith(f":{uri}")
    assert door.headers == {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}


def test_every_service_behind_routes_speaks_json() -> None:
    for name in JSON_SERVICES:
        model = service_model(name)
        assert model is not None
        assert model.target_prefix
        assert model.json_version in ("1.0", "1.1")


def test_what_takes_forms_is_refused_with_the_reason() -> None:
    with pytest.raises(
        DefinitionError, match=r"sns\.publish cannot be the target of a route: it takes no JSON document"
    ):
        route(sns.publish(TopicArn="t", Message="m"))
    with pytest.raises(DefinitionError, match=r"put it into a workflow; a route calls DynamoDB, EventBridge, SQS and"):
        route(apigateway.get_account())


def test_a_detail_is_text() -> None:
    """It was an object, and EventBridge refused each event."""
    detail = {"id": Api.path["id"], "order": Api.body["order"], "$#": [1, None]}
    entry = {"Source": "shop", "DetailType": "Ordered", "Detail": detail, "EventBusName": Parameter("Bus")}
    (found,) = sent(events.put_events(Entries=[entry]), {"order": {"note": HARD}}, path={"id": HARD})["Entries"]
    assert json.loads(found.pop("Detail")) == {"id": HARD, "order": {"note": HARD}, "$#": [1, None]}
    assert found == {"Source": "shop", "DetailType": "Ordered", "EventBusName": "<Bus>"}


@pytest.mark.parametrize("value", [{"a": HARD}, [1, HARD], HARD, "", 3, True])
def test_a_member_that_is_a_document_is_its_json(value: Any) -> None:
    entry = {"Source": "shop", "DetailType": "Ordered", "Detail": Api.body["order"]}
    (found,) = sent(events.put_events(Entries=[entry]), {"order": value})["Entries"]
    assert json.loads(found["Detail"]) == value
    given = sent(stepfunctions.start_execution(stateMachineArn=other.arn, input=Api.body["order"]), {"order": value})
    assert json.loads(given["input"]) == value


@pytest.mark.parametrize("value", [HARD, '{"a": 1}', "x", '"'])
def test_a_text_is_the_message_as_it_was_sent(value: str) -> None:
    assert sent(sqs.send_message(QueueUrl="q", MessageBody=Api.body["text"]), {"text": value})["MessageBody"] == value
    batch = sqs.send_message_batch(QueueUrl="q", Entries=[{"Id": "a", "MessageBody": Api.body["text"]}])
    assert sent(batch, {"text": value})["Entries"] == [{"Id": "a", "MessageBody": value}]


@pytest.mark.parametrize("value", [{"a": HARD}, [HARD], 3.5, False])
def test_what_is_no_text_is_a_message_of_json(value: Any) -> None:
    message = sent(sqs.send_message(QueueUrl="q", MessageBody=Api.body["text"]), {"text": value})["MessageBody"]
    assert json.loads(message) == value
    whole = sent(sqs.send_message(QueueUrl="q", MessageBody=Api.body), {"text": value})["MessageBody"]
    assert json.loads(whole) == {"text": value}


@pytest.mark.parametrize(("value", "number"), [(3, "3"), ("3", "3"), (-2.5, "-2.5")])
def test_a_number_of_dynamodb_is_text(value: Any, number: str) -> None:
    """`{"N": 3}` was refused each time."""
    item = {"pk": {"S": Api.path["id"]}, "n": {"N": Api.body["n"]}, "b": {"BOOL": Api.body["b"]}}
    found = sent(dynamodb.put_item(TableName="t", Item=item), {"n": value, "b": True})
    assert found["Item"] == {"pk": {"S": "x"}, "n": {"N": number}, "b": {"BOOL": True}}


def test_a_moment_is_a_number() -> None:
    entry = {"Source": "s", "DetailType": "d", "Detail": {}, "Time": "2024-01-01T00:00:00Z"}
    (found,) = sent(events.put_events(Entries=[entry]))["Entries"]
    assert found["Time"] == 1_704_067_200


def test_documents_elsewhere_are_text_too() -> None:
    target = {"Id": "a", "Arn": "arn:aws:sqs:eu-west-1:1:q", "Input": {"id": Api.path["id"]}}
    (found,) = sent(events.put_targets(Rule="r", Targets=[target]))["Targets"]
    assert json.loads(found["Input"]) == {"id": "x"}
    rule = sent(events.put_rule(Name="r", EventPattern={"source": [Api.path["id"]]}))
    assert json.loads(rule["EventPattern"]) == {"source": ["x"]}


def test_the_parameters_of_a_path_are_decoded() -> None:
    """A name with a space was looked up as `a%20b`."""
    call = dynamodb.get_item(TableName="t", Key={"pk": {"S": Api.path["id"]}})
    for value in ("a b", "a+b", "ü/😀", "%", "%2B", HARD):
        assert sent(call, path={"id": value})["Key"] == {"pk": {"S": value}}


BATCH = sqs.send_message_batch(QueueUrl="q", Entries=[{"Id": "a", "MessageBody": "x"}])
PUT = events.put_events(Entries=[])
WRITE = dynamodb.batch_write_item(RequestItems={})
READ = dynamodb.batch_get_item(RequestItems={})
RUN = dynamodb.batch_execute_statement(Statements=[{"Statement": "SELECT * FROM t"}])
WAIT = stepfunctions.start_sync_execution(stateMachineArn=express.arn, input={})


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (BATCH, {"Successful": [], "Failed": [{"Id": "a", "Message": SECRET}]}),
        (PUT, {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X", "ErrorMessage": SECRET}]}),
        (WRITE, {"UnprocessedItems": {"t": [{}]}}),
        (READ, {"Responses": {}, "UnprocessedKeys": {"t": {"Keys": []}}}),
        (RUN, {"Responses": [{"TableName": "t"}, {"Error": {"Code": "X", "Message": SECRET}}]}),
        (WAIT, {"status": "FAILED", "error": "X", "cause": SECRET}),
        (WAIT, {"status": "TIMED_OUT"}),
    ],
)
@pytest.mark.parametrize("template", [None, '{"taken": true}'])
def test_a_call_that_failed_in_part_is_no_success(call: Any, body: Any, template: str | None) -> None:
    answer = route(call, response_template=template).call(path={"id": "x"}, backend=result(body))
    assert (answer.status, answer.json()) == (500, {"message": "Something went wrong"})


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (BATCH, {"Successful": [{"Id": "a"}]}),
        (BATCH, {"Successful": [{"Id": "a"}], "Failed": []}),
        (PUT, {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}),
        (WRITE, {"UnprocessedItems": {}}),
        (READ, {"Responses": {"t": []}, "UnprocessedKeys": {}}),
        (RUN, {"Responses": [{"TableName": "t"}]}),
        (RUN, {"Responses": []}),
        (WAIT, {"status": "SUCCEEDED", "output": "{}"}),
    ],
)
def test_a_call_that_was_done_in_whole_answers_its_result(call: Any, body: Any) -> None:
    answer = route(call, success=201).call(path={"id": "x"}, backend=result(body))
    assert (answer.status, answer.json()) == (201, body)
    assert route(call, success=204).call(path={"id": "x"}, backend=result(body)).body.strip() == ""


SAYS_NOTHING_OF_THE_CALL = re.compile(
    r"(Describe|List|Get)\w+"  # what is asked for
    r"|(TestState|ValidateStateMachineDefinition|TestEventPattern)"  # a test's own result
    r"|(Start|Cancel)BulkPutItems|(ImportTable|ExportTableToPointInTime)"  # a job's description
    r"|(Create|Update)Endpoint"  # what it does when another region fails
)
"""Operations in whose results failures are what was asked for, or are still to come."""


def failures(shape: Shape, path: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The paths of members by which a result could say that something failed."""
    if shape.name in seen:
        return
    for name, member in shape.members.items() if shape.type == "structure" else ():
        if re.search(r"fail|error|unprocess|reject|unsuccess|cause|problem|cancell?ation", name, re.IGNORECASE):
            yield f"{path}.{name}"
        yield from failures(member, f"{path}.{name}", seen | {shape.name})
    if shape.type == "list":
        yield from failures(shape.element, f"{path}[*]", seen | {shape.name})
    elif shape.type == "map":
        yield from failures(shape.element, f"{path}.*", seen | {shape.name})


def test_no_other_result_says_that_a_part_failed() -> None:
    """Of every operation that a route may call, by botocore's models."""
    found: dict[tuple[str, str], set[str]] = {}
    for service in JSON_SERVICES:
        model = service_model(service)
        assert model is not None
        for operation in model.operations.values():
            paths = set() if operation.output is None else set(failures(operation.output, "$"))
            if paths and not SAYS_NOTHING_OF_THE_CALL.fullmatch(operation.name):
                found[service, operation.name] = paths
    assert found.keys() == PARTIAL_FAILURES.keys() | EXECUTIONS.keys()
    for key, member in PARTIAL_FAILURES.items():
        assert member in found[key]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ConditionalCheckFailedException", 409),
        ("ValidationException", 422),
        ("ProvisionedThroughputExceededException", 429),
        ("ThrottlingException", 429),
        ("RequestLimitExceeded", 429),
        ("SerializationException", 400),
        ("ResourceNotFoundException", 500),
        ("ItemCollectionSizeLimitExceededException", 500),
        ("AccessDeniedException", 500),
        ("", 500),
    ],
)
def test_a_refusal_is_answered_by_its_name(error: str, status: int) -> None:
    """AWS answers 400 to all of them."""
    errors = {"ConditionalCheckFailedException": 409, "ValidationException": 422}
    door = route(dynamodb.put_item(TableName="t", Item={"pk": {"S": "x"}}), errors=errors)
    answer = door.call(path={"id": "x"}, backend=refusal(error, SECRET))
    assert answer.status == status
    assert answer.json().keys() == {"message"}
    assert SECRET not in answer.body


def test_what_the_author_says_of_a_throttled_call_counts() -> None:
    door = route(dynamodb.scan(TableName="t"), errors={"ThrottlingException": 503})
    assert door.call(path={"id": "x"}, backend=refusal("ThrottlingException")).status == 503


def test_a_failure_of_the_service_is_no_success() -> None:
    door = route(dynamodb.scan(TableName="t"))
    assert door.call(path={"id": "x"}, backend=refusal("InternalServerError", status=500)).status == 500
    assert door.call(path={"id": "x"}, backend=lambda _document: (400, {})).status == 500


def waiting(**options: Any) -> FrontDoor:
    api = Api("waiting")
    api.post("/things", express, **{"input": {"detail": api.body["a"]}, **options})
    return FrontDoor(api, "POST /things")


TOO_LONG = (
    "1 validation error detected: Value at 'input' failed to satisfy constraint: "
    "Member must have length less than or equal to 262144"
)


@pytest.mark.parametrize(
    ("error", "message", "status"),
    [
        ("ValidationException", TOO_LONG, 413),
        ("ValidationException", "Value at 'stateMachineArn' failed to satisfy constraint", 500),
        ("InvalidExecutionInput", "Invalid State Machine Execution Input", 400),
        ("ThrottlingException", "Rate exceeded", 429),
        ("ExecutionLimitExceeded", "too many", 429),
        ("StateMachineDoesNotExist", "gone", 500),
        ("StateMachineTypeNotSupported", "gone", 500),
    ],
)
def test_a_start_that_is_refused(error: str, message: str, status: int) -> None:
    for door in (waiting(), waiting(asynchronous=True)):
        answer = door.call('{"a": 1}', backend=refusal(error, message))
        assert answer.status == status
        assert message not in answer.body
        assert str(status) in door.operation["responses"]


@pytest.mark.parametrize("body", ["", "  ", "null", '"text"', "[1]", "1", "NaN", "{", '{"a": NaN}', "1e400"])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    """Without a schema of the author's, too: else each member would be an empty text."""
    door = waiting()
    assert door.call(body) == REFUSED
    assert door.sent is None


@pytest.mark.parametrize("body", ['{"a": 1e400}', '{"a": -1e400}', '{"a": NaN}', '{"a": Infinity}'])
def test_a_number_that_none_can_hold_is_refused(body: str) -> None:
    assert waiting().call(body) == REFUSED
    assert waiting(input={"detail": Api.body}).call(body) == REFUSED


@pytest.mark.parametrize(
    ("body", "given"),
    [("", {}), ("  \n", {}), ('"it\'s \\"so\\""', 'it\'s "so"'), ("[1]", [1]), ("3", 3), ("null", ""), ("{}", {})],
)
def test_the_body_as_a_whole_may_be_any_json(body: str, given: Any) -> None:
    door = waiting(input={"detail": Api.body})
    door.call(body)
    assert json.loads(door.sent["input"]) == {"detail": given}


@pytest.mark.parametrize("body", ["{}", '{"a": null}'])
def test_a_member_that_is_null_or_not_sent_is_an_empty_text(body: str) -> None:
    door = waiting()
    door.call(body)
    assert json.loads(door.sent["input"]) == {"detail": ""}


def test_a_parameter_of_a_deployment_evaluates_nothing() -> None:
    from keyflow.http import as_concrete, openapi_document, placeholders
    from keyflow.http.gateway import Gateway, Request

    api = Api("direct")
    api.get("/things", dynamodb.scan(TableName=Parameter("Table")))
    document = openapi_document(api)
    concrete: Any = as_concrete(document, dict.fromkeys(placeholders(document), 'a$input.body#set($x = 1)"b'))
    gateway = Gateway(concrete["paths"]["/things"]["get"]["x-amazon-apigateway-integration"])
    assert json.loads(gateway.sent(Request("{}"))) == {"TableName": 'a$input.body#set($x = 1)"b'}


def test_browsers_may_send_the_headers_that_a_direct_call_reads() -> None:
    api = Api("direct", cors="*")
    api.post("/things", sqs.send_message(QueueUrl="q", MessageBody={"h": api.headers["X-Thing"]}))
    assert "Content-Type,X-Thing" in str(FrontDoor(api, "POST /things").document["paths"]["/things"]["options"])
