"""The OpenAPI document: valid by the public validator, its integrations by keyflow's schema."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from keyflow import Api, DefinitionError, Parameter, Workflow, format
from keyflow.aws import dynamodb, stepfunctions
from keyflow.http import (
    INTEGRATION_SCHEMA,
    api_permissions,
    as_concrete,
    as_template,
    openapi_document,
    placeholders,
    validate_integrations,
)
from keyflow.http.gateway import Gateway, Request
from keyflow.policies import policy_warnings
from tests.asl.test_validator import mutated
from tests.drawing import examples

REQUEST = {"title": "Thing", "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def flow(name: str = "Make", **options: Any) -> Workflow:
    workflow = Workflow(name, **options)
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={"pk": {"S": workflow.input["id"]}}))
    with put.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Exists", "It exists")
    workflow.succeed({"id": workflow.input["id"], "shape": put["Attributes"]})
    return workflow


def full_api() -> Api:
    api = Api("things", cors="https://example.com", title="Things", description="all of them")
    api.post("/things", flow(), request=REQUEST, input={"detail": api.body}, success=201, errors={"Exists": 409})
    api.put(
        "/things/{id}",
        flow("Change"),
        request={"type": "object"},
        response={"title": "Changed", "type": "object"},
        input={
            "id": api.path["id"],
            "q": api.query["q"],
            "h": api.headers["X-Y"],
            "who": api.context["identity"]["user"],
        },
        errors={"Exists": 409},
        authorization="iam",
    )
    api.post("/things/{id}/later", flow("Later", type="STANDARD"), input={"id": api.path["id"]}, asynchronous=True)
    api.delete("/things/{id}", flow("Remove"), input={"id": api.path["id"]}, success=204, errors={"Exists": 500})
    api.get(
        "/things/{id}",
        dynamodb.get_item(TableName=Parameter("Table"), Key={"pk": {"S": api.path["id"]}}),
        authorization="api_key",
        summary="Reads one",
        extra={"tags": ["reading"], "responses": {"404": {"description": "none"}}},
    )
    return api


VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "ThingsApiRole.Arn": "arn:aws:iam::1:role/things",
    "Table": 'my "table"',
    **{
        f"{name}StateMachine": f"arn:aws:states:eu-west-1:1:stateMachine:{name}"
        for name in ("Make", "Change", "Later", "Remove")
    },
}


def test_the_document_is_valid() -> None:
    document = as_concrete(openapi_document(full_api()), VALUES)
    validate(document)
    assert validate_integrations(document) == ()
    assert placeholders(openapi_document(full_api())) == set(VALUES)


def test_the_schema_of_the_extension_is_valid_and_finds_mistakes() -> None:
    Draft202012Validator.check_schema(INTEGRATION_SCHEMA)
    document = as_concrete(openapi_document(full_api()), VALUES)
    integration = document["paths"]["/things"]["post"]["x-amazon-apigateway-integration"]
    integration["timeoutInMillis"] = 300_001
    del integration["credentials"]
    assert [diagnostic.code for diagnostic in validate_integrations(document)] == ["KF103", "KF103"]


def test_what_is_valid_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that words what is wrong is imported only where something is."""
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    assert validate_integrations(as_concrete(openapi_document(full_api()), VALUES)) == ()


INTEGRATIONS = [
    operation["x-amazon-apigateway-integration"]
    for item in as_concrete(openapi_document(full_api()), VALUES)["paths"].values()
    for operation in item.values()
]


@given(st.sampled_from(INTEGRATIONS), st.integers(0, 10**9))
@settings(max_examples=examples(100), deadline=None)
def test_an_integration_is_valid_where_jsonschema_says_so(integration: Any, seed: int) -> None:
    peer = Draft202012Validator(INTEGRATION_SCHEMA)
    for changed in (integration, *(mutated(integration, Random(seed + index)) for index in range(4))):
        found = validate_integrations({"paths": {"/": {"get": {"x-amazon-apigateway-integration": changed}}}})
        assert len(found) == len(list(peer.iter_errors(changed))), changed


def test_a_template_refers_with_fn_sub() -> None:
    integration = as_template(openapi_document(full_api()))["paths"]["/things"]["post"][
        "x-amazon-apigateway-integration"
    ]
    assert integration["credentials"] == {"Fn::Sub": "${ThingsApiRole.Arn}"}
    assert integration["uri"] == {
        "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartSyncExecution"
    }
    (template,) = integration["requestTemplates"].values()
    assert "${MakeStateMachine}" in template["Fn::Sub"]


def test_a_concrete_value_is_escaped_in_json() -> None:
    integration = as_concrete(openapi_document(full_api()), VALUES)["paths"]["/things/{id}"]["get"][
        "x-amazon-apigateway-integration"
    ]
    (template,) = integration["requestTemplates"].values()
    assert '"TableName": "my \\"table\\""' in template


def operation(path: str, method: str) -> Any:
    return as_concrete(openapi_document(full_api()), VALUES)["paths"][path][method]


def test_every_status_that_can_be_answered_is_declared() -> None:
    assert sorted(operation("/things", "post")["responses"]) == ["201", "400", "409", "413", "429", "500", "504"]
    assert sorted(operation("/things/{id}", "put")["responses"]) == [
        "200",
        "400",
        "403",
        "409",
        "413",
        "429",
        "500",
        "504",
    ]
    assert sorted(operation("/things/{id}/later", "post")["responses"]) == ["202", "400", "413", "429", "500"]
    assert "content" not in operation("/things/{id}", "delete")["responses"]["204"]


def test_the_output_is_described_as_far_as_it_is_known() -> None:
    schema = operation("/things", "post")["responses"]["201"]["content"]["application/json"]["schema"]
    assert schema == {
        "type": "object",
        "properties": {"id": {}, "shape": {"type": "object"}},
        "required": ["id", "shape"],
    }


def test_parameters_are_declared() -> None:
    found = [(each["in"], each["name"], each["required"]) for each in operation("/things/{id}", "put")["parameters"]]
    assert found == [("path", "id", True), ("query", "q", False), ("header", "X-Y", False)]


def test_who_may_call_is_declared() -> None:
    document = openapi_document(full_api())
    assert document["paths"]["/things/{id}"]["put"]["security"] == [{"iam": []}]
    assert document["paths"]["/things/{id}"]["get"]["security"] == [{"apiKey": []}]
    assert document["components"]["securitySchemes"]["iam"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_browsers_are_told_what_they_may_send() -> None:
    parameters = operation("/things/{id}", "options")["x-amazon-apigateway-integration"]["responses"]["default"][
        "responseParameters"
    ]
    assert parameters == {
        "method.response.header.Access-Control-Allow-Origin": "'https://example.com'",
        "method.response.header.Access-Control-Allow-Methods": "'DELETE,GET,OPTIONS,PUT'",
        "method.response.header.Access-Control-Allow-Headers": "'Content-Type,Authorization,X-Amz-Date,X-Amz-Security-Token,X-Api-Key,X-Y'",
        "method.response.header.Access-Control-Max-Age": "'600'",
    }


def test_without_cors_nothing_is_said_of_it() -> None:
    api = Api("plain")
    api.post("/", flow(), errors={"Exists": 409})
    document = openapi_document(api)
    assert "Access-Control" not in str(document)
    assert list(document["paths"]["/"]) == ["post"]


def test_raw_openapi_is_merged_last() -> None:
    found = operation("/things/{id}", "get")
    assert found["tags"] == ["reading"]
    assert {"200", "404"} <= set(found["responses"])
    api = Api("raw", extra={"info": {"license": {"name": "MIT"}}, "servers": [{"url": "https://x"}]})
    api.post("/", flow(), errors={"Exists": 409})
    document = openapi_document(api)
    assert document["info"]["license"] == {"name": "MIT"}
    assert document["info"]["title"] == "raw"


def test_two_schemas_of_one_title_both_stand() -> None:
    api = Api("two")
    api.post("/a", flow("A"), request=REQUEST, errors={"Exists": 409})
    api.post("/b", flow("B"), request={**REQUEST, "required": []}, errors={"Exists": 409})
    api.post("/c", flow("C"), request=REQUEST, errors={"Exists": 409})
    assert sorted(openapi_document(api)["components"]["schemas"]) == ["Error", "Thing", "Thing2"]


def test_the_role_of_the_api_starts_what_its_routes_start() -> None:
    assert {(each.action, each.resource) for each in api_permissions(full_api())} == {
        ("states:StartSyncExecution", "${MakeStateMachine}"),
        ("states:StartSyncExecution", "${ChangeStateMachine}"),
        ("states:StartSyncExecution", "${RemoveStateMachine}"),
        ("states:StartExecution", "${LaterStateMachine}"),
        ("dynamodb:GetItem", "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"),
    }


def no_routes(_api: Api) -> None:
    pass


def unmapped(api: Api) -> None:
    api.post("/", flow())


def undeclared(api: Api) -> None:
    api.post("/", flow(), errors={"Exists": 409, "Exist": 400})


def wrong_parameter(api: Api) -> None:
    api.post("/{id}", flow(), input={"id": api.path["ID"]}, errors={"Exists": 409})


def whole_query(api: Api) -> None:
    api.post("/", flow(), input={"q": api.query}, errors={"Exists": 409})


def runtime_value(api: Api) -> None:
    api.post("/", flow(), input={"q": Workflow("O").input["x"]}, errors={"Exists": 409})


def no_json(api: Api) -> None:
    api.post("/", flow(), input={"q": {"at": object}}, errors={"Exists": 409})


@pytest.mark.parametrize(
    ("routes", "code", "message"),
    [
        (no_routes, "KF407", "no routes"),
        (unmapped, "KF405", "maps no status for the error 'Exists' of Make"),
        (undeclared, "KF404", "did you mean 'Exists'?"),
        (wrong_parameter, "KF401", "did you mean 'id'?"),
        (whole_query, "KF401", "name a member"),
        (runtime_value, "KF406", "a request knows nothing of"),
        (no_json, "KF406", "JSON has no type: <class 'object'>"),
    ],
)
def test_what_does_not_fit_the_workflow_is_refused(routes: Callable[[Api], None], code: str, message: str) -> None:
    api = Api("bad")
    routes(api)
    with pytest.raises(DefinitionError) as caught:
        openapi_document(api)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert message in str(diagnostic)
    assert diagnostic.location is not None
    assert diagnostic.location.file == __file__


def sent(call: Any, **request: Any) -> Any:
    """What a direct call sends for a request."""
    api = Api("things")
    api.post("/things/{id}", call)
    document = openapi_document(api)
    concrete: Any = as_concrete(document, {name: f"<{name}>" for name in placeholders(document)})
    gateway = Gateway(concrete["paths"]["/things/{id}"]["post"]["x-amazon-apigateway-integration"])
    return json.loads(gateway.sent(Request(**request)))


def test_a_format_may_hold_parts_of_the_request() -> None:
    """It was written as text: the backend was sent `thing/api.path['id']`."""
    key = {"pk": {"S": format("{}/$thing#/{}/{}", Parameter("Kind"), Api.path["id"], Api.query["q"])}}
    call = dynamodb.get_item(TableName="t", Key=key)
    assert sent(call, path={"id": 'a"b\\'}, query={"q": "it's"})["Key"] == {"pk": {"S": "<Kind>/$thing#/a\"b\\/it's"}}
    assert sent(call, path={"id": "x"})["Key"] == {"pk": {"S": "<Kind>/$thing#/x/"}}


def test_a_format_may_hold_members_of_the_body() -> None:
    key = {"pk": {"S": format("{}-{}", Api.body["a"]["b"], Api.body["n"])}}
    call = dynamodb.get_item(TableName="t", Key=key)
    assert sent(call, body='{"a": {"b": "ü\\"\'"}, "n": 3}')["Key"] == {"pk": {"S": "ü\"'-3"}}


def test_a_format_in_the_input_of_an_execution() -> None:
    workflow = Workflow("Read", timeout=20)
    workflow.task("Get", dynamodb.get_item(TableName="t", Key={"pk": {"S": workflow.input["id"]}}))
    workflow.succeed()
    api = Api("things")
    api.get("/things/{id}", workflow, input={"id": format("thing/{}", api.path["id"])})
    document = openapi_document(api)
    concrete: Any = as_concrete(document, {name: f"arn:{name}" for name in placeholders(document)})
    gateway = Gateway(concrete["paths"]["/things/{id}"]["get"]["x-amazon-apigateway-integration"])
    assert json.loads(json.loads(gateway.sent(Request(path={"id": "a\"b'"})))["input"]) == {"id": "thing/a\"b'"}


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (format("x/{}", Api.path["no"]), "KF401", "has no parameter 'no'"),
        (format("x/{}", Api.query), "KF401", "api.query as a whole"),
        (format("x/{}", Api.body), "KF406", "the whole body"),
        (format("x/{}", Workflow("A", timeout=1).input["id"]), "KF406", "a request knows nothing of"),
    ],
)
def test_a_format_that_a_request_cannot_fill(value: Any, code: str, message: str) -> None:
    api = Api("things")
    api.post("/things/{id}", dynamodb.get_item(TableName="t", Key={"pk": {"S": value}}))
    with pytest.raises(DefinitionError, match=f"(?s){code}.*{message}"):
        openapi_document(api)


def test_json_text_may_hold_parts_of_the_request() -> None:
    """No part of the request breaks out of its place in the inner document."""
    output = {"by": Api.context["identity"]["user"], "id": Api.path["id"], "said": Api.body["said"], "$#": [1, None]}
    call = stepfunctions.send_task_success(taskToken=Api.body["token"], output=output)
    said = {"yes": 'it\'s "so"\\', "n": 1}
    given = sent(call, path={"id": 'x","y":"z'}, body=json.dumps({"token": "t", "said": said}))
    assert given["taskToken"] == "t"
    assert json.loads(given["output"]) == {"by": "", "id": 'x","y":"z', "said": said, "$#": [1, None]}


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (Api.path["no"], "KF401", "has no parameter 'no'"),
        (Workflow("A", timeout=1).input["id"], "KF406", "a request knows nothing of"),
        (Parameter("Kind"), "KF406", "JSON text of a route cannot hold Parameter"),
        (format("{}-{}", Parameter("Kind"), Api.path["id"]), "KF406", "JSON text of a route cannot hold Parameter"),
    ],
)
def test_json_text_that_a_request_cannot_fill(value: Any, code: str, message: str) -> None:
    api = Api("things")
    api.post("/things/{id}", stepfunctions.send_task_success(taskToken=api.body["token"], output={"x": value}))
    with pytest.raises(DefinitionError, match=f"(?s){code}.*{message}"):
        openapi_document(api)


def test_a_route_may_ask_for_an_execution_by_its_name() -> None:
    later = flow("Later", type="STANDARD")
    api = Api("things")
    call = stepfunctions.describe_execution(executionArn=later.execution_arn(api.path["id"]))
    api.get("/things/{id}", call)
    arn = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<LaterStateMachine.Name>:7"
    assert sent(call, path={"id": "7"}) == {"executionArn": arn}
    (permission,) = api_permissions(api)
    assert permission.action == "states:DescribeExecution"
    assert permission.resource == (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${LaterStateMachine.Name}:*"
    )


def warned(api: Api) -> list[str]:
    return [warning.code for warning in policy_warnings(api)]


def test_the_executions_of_one_workflow_are_no_wide_permission() -> None:
    api = Api("things")
    execution = flow("Later", type="STANDARD").execution_arn(api.path["id"])
    api.get("/things/{id}", stepfunctions.describe_execution(executionArn=execution))
    assert warned(api) == []


def test_a_part_of_a_table_that_the_caller_chooses_is_a_wide_permission() -> None:
    api = Api("things")
    table = format("{}-{}", Parameter("Table"), api.path["id"])
    api.get("/things/{id}", dynamodb.get_item(TableName=table, Key={"pk": {"S": "x"}}))
    assert warned(api) == ["KF308"]


def test_express_executions_have_no_arn_to_ask_for() -> None:
    with pytest.raises(DefinitionError, match=r"KF218.*Make is EXPRESS"):
        flow().execution_arn("x")


def test_the_answer_of_a_started_execution_may_be_another() -> None:
    """The template was left out without a word."""
    api = Api("things")
    api.post("/things", flow(type="STANDARD"), asynchronous=True, response_template='{"taken": true}')
    concrete: Any = as_concrete(openapi_document(api), dict.fromkeys(placeholders(openapi_document(api)), "arn:x"))
    gateway = Gateway(concrete["paths"]["/things"]["post"]["x-amazon-apigateway-integration"])
    assert gateway.answered(200, {"executionArn": "a", "startDate": 1}).json() == {"taken": True}


def test_an_answer_without_content_has_none() -> None:
    """A call behind a route with success=204 answered its result."""
    api = Api("things")
    api.delete("/things/{id}", dynamodb.delete_item(TableName="t", Key={"pk": {"S": api.path["id"]}}), success=204)
    concrete: Any = as_concrete(openapi_document(api), dict.fromkeys(placeholders(openapi_document(api)), "arn:x"))
    gateway = Gateway(concrete["paths"]["/things/{id}"]["delete"]["x-amazon-apigateway-integration"])
    answer = gateway.answered(200, {"Attributes": {}})
    assert (answer.status, answer.body.strip()) == (204, "")


def test_an_error_of_a_direct_call_may_have_a_status() -> None:
    """Who asked for something that is not there was answered 500."""
    api = Api("runs")
    call = stepfunctions.describe_execution(executionArn=flow("Later", type="STANDARD").execution_arn(api.path["id"]))
    api.get("/runs/{id}", call, errors={"ExecutionDoesNotExist": 404})
    document = openapi_document(api)
    concrete: Any = as_concrete(document, dict.fromkeys(placeholders(document), "x"))
    found = concrete["paths"]["/runs/{id}"]["get"]
    assert set(found["responses"]) == {"200", "400", "404", "429", "500"}
    gateway = Gateway(found["x-amazon-apigateway-integration"])
    prefix = "com.amazonaws.swf.service.v2.model#"
    answers = {
        name: gateway.answered(400, {"__type": f"{prefix}{name}", "message": "inside"})
        for name in ("ExecutionDoesNotExist", "ThrottlingException", "InvalidArn")
    }
    assert {name: answer.status for name, answer in answers.items()} == {
        "ExecutionDoesNotExist": 404,
        "ThrottlingException": 429,
        "InvalidArn": 500,
    }
    assert answers["ExecutionDoesNotExist"].json() == {"message": "The resource does not exist"}


def test_a_started_execution_is_answered_with_its_id() -> None:
    concrete: Any = as_concrete(
        openapi_document(full_api()), dict.fromkeys(placeholders(openapi_document(full_api())), "arn:x")
    )
    gateway = Gateway(concrete["paths"]["/things/{id}/later"]["post"]["x-amazon-apigateway-integration"])
    arn = "arn:aws:states:eu-west-1:1:execution:Later-dev:4f0c-11"
    answer = gateway.answered(200, {"executionArn": arn, "startDate": 1.5})
    assert (answer.status, answer.json()) == (202, {"id": "4f0c-11", "executionArn": arn, "startDate": "1.5"})
