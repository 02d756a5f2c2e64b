"""JSON documents where a service wants text: what is taken, and that an execution gets the JSON that was meant."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import DefinitionError, Parameter, StateMachine, Workflow, asl, format, jsonata, jsonpath
from keyflow.aws import JsonText, apigateway, dynamodb, events, iam, s3, secretsmanager, sns, sqs
from keyflow.aws.editor_types import stub_text
from keyflow.compiler import compile_workflow
from keyflow.deploy.substitution import substituted
from keyflow.engine import Stubs, Success, run
from keyflow.verify import prove, subject_of_workflow

LANGUAGES = ("JSONPath", "JSONata")
Language = Literal["JSONPath", "JSONata"]

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}


def storing(document: Any, language: Language = "JSONPath") -> Workflow:
    """A workflow that puts a document into a secret, which is text."""
    workflow = Workflow("Storing", timeout=60, saga=False, query_language=language)
    given = document(workflow) if callable(document) else document
    workflow.task("Store", secretsmanager.put_secret_value(SecretId="s", SecretString=given))
    workflow.succeed()
    return workflow


def stored(workflow: Workflow, data: Any = None, values: dict[str, str] | None = None) -> str:
    """The text that the secret gets when the workflow is run."""
    machine = asl.parse(substituted(compile_workflow(workflow).document, values or {}))
    execution = run(machine, {} if data is None else data, Stubs({"Store": Success({})}))
    assert execution.status == "SUCCEEDED", execution
    (call,) = execution.calls
    text = call.parameters["SecretString"]
    assert isinstance(text, str)
    return text


@pytest.fixture(scope="module", autouse=True)
def _jsonata_is_loaded() -> None:
    """The library raises Python's recursion limit when it first evaluates something, which Hypothesis must not see."""
    stored(storing(lambda workflow: {"a": workflow.input["a"]}, "JSONata"), {"a": 1})


# What any document comes to.

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["{}", "'", '"', "\\", "\\'", "{", "}", "%}", "{%", "$.x", "a\n", "', States.UUID(), '"]
)
MOST = 10**15 - 1
"""JSONata writes numbers with 15 digits: 2.0.6 does, and Step Functions with it. What has more loses them."""
scalars = st.none() | st.booleans() | st.integers(-MOST, MOST) | texts
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


class Hole:
    """Where a value of the input stands in a document."""

    def __init__(self, value: Any) -> None:
        self.value = value


with_holes = st.recursive(
    scalars | documents.map(Hole),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def filled(tree: Any, at: Any) -> Any:
    """The tree with something in the place of each hole, in their order."""
    match tree:
        case Hole():
            return at(tree.value)
        case dict():
            return {key: filled(each, at) for key, each in tree.items()}
        case list():
            return [filled(each, at) for each in tree]
        case _:
            return tree


@pytest.mark.parametrize("language", LANGUAGES)
@given(members=st.dictionaries(texts, with_holes, min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_an_execution_writes_the_json_that_was_meant(language: Language, members: dict[str, Any]) -> None:
    """Whatever the values are, and whatever quotes and braces stand in them and around them."""
    data: dict[str, Any] = {}

    def document(workflow: Workflow) -> Any:
        def referred(value: Any) -> Any:
            name = f"v{len(data)}"
            data[name] = value
            return workflow.input[name]

        return filled(members, referred)

    text = stored(storing(document, language), data)
    assert json.loads(text) == filled(members, lambda value: value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_breaks_out_of_its_place(language: Language) -> None:
    """Neither what a caller sends nor what a deployment fills in."""
    evil = 'x","Effect":"Allow\\'
    workflow = storing(
        lambda flow: {"a": flow.input["a"], "b": Parameter("B"), "c": format("{}!", Parameter("B"))}, language
    )
    assert json.loads(stored(workflow, {"a": evil}, {"B": evil})) == {"a": evil, "b": evil, "c": f"{evil}!"}
    quoted = "it's {} \\"
    assert json.loads(stored(workflow, {"a": quoted}, {"B": quoted})) == {"a": quoted, "b": quoted, "c": f"{quoted}!"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_member_leaves_no_hole(language: Language) -> None:
    """An object in JSONata would leave it out, and a policy without its condition allows more."""
    document = compile_workflow(storing(lambda flow: {"a": 1, "b": flow.input["b"]}, language)).document
    execution = run(asl.parse(document), {}, Stubs({"Store": Success({})}))
    assert (execution.status, list(execution.calls)) == ("FAILED", [])


def test_constants_are_text_in_the_definition() -> None:
    call = iam.create_role(RoleName="r", AssumeRolePolicyDocument=POLICY)
    assert call.parameters["AssumeRolePolicyDocument"] == json.dumps(POLICY, separators=(",", ":"))
    assert stored(storing({"n": Decimal("1.50"), "m": Decimal(2), "ü": None})) == '{"n":1.5,"m":2,"ü":null}'


# What is taken as a document.


@pytest.mark.parametrize(
    "call",
    [
        lambda value: sqs.create_queue(QueueName="q", Attributes={"Policy": {"Id": value}}).parameters["Attributes"]["Policy"],
        lambda value: s3.put_bucket_policy(Bucket="b", Policy={"Id": value}).parameters["Policy"],
        lambda value: events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "a", "Input": {"x": value}}]).parameters["Targets"][0]["Input"],
        lambda value: events.put_rule(Name="r", EventPattern={"source": [value]}).parameters["EventPattern"],
        lambda value: iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=[{"x": value}]).parameters["PolicyDocument"],
        lambda value: sns.publish_batch(TopicArn="t", PublishBatchRequestEntries=[{"Id": "1", "Message": {"x": value}}]).parameters["PublishBatchRequestEntries"][0]["Message"],
    ],
)  # fmt: skip
def test_a_text_takes_a_document_at_any_depth(call: Any) -> None:
    assert isinstance(call("constant"), str)
    assert isinstance(call(Workflow("W").input["x"]), JsonText)


def test_what_step_functions_itself_takes_as_json_stays() -> None:
    detail = {"a": Workflow("W").input["x"]}
    assert events.put_events(Entries=[{"Detail": detail}]).parameters["Entries"][0]["Detail"] is detail
    assert sns.publish(TopicArn="t", Message=detail).parameters["Message"] is detail


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sqs.create_queue(QueueName={"a": 1}), "QueueName must be a string, not dict"),
        (lambda: sns.publish(TopicArn=[{"a": 1}], Message="m"), "TopicArn must be a string, not list"),
        (lambda: dynamodb.get_item(TableName="t", Key={"pk": {"N": {"a": 1}}}), "Key.pk.N must be a string"),
        (lambda: dynamodb.put_item(TableName="t", Item={}, ReturnValues={"a": 1}), "ReturnValues must be a string"),
        (lambda: apigateway.create_usage_plan_key(usagePlanId="u", keyId={"a": 1}, keyType="K"), "keyId must be"),
        (lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument=["a"]), "intrinsics.json_to_string([...])"),
        (lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument={"a": {1, 2}}), "JSON has no set"),
        (lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument={1: "a"}), "a key is text in JSON, not 1"),
        (
            lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument={"a": Workflow("W").input["x"] == 1}),
            "a condition, which decides and has no value",
        ),
        (
            lambda: iam.create_role(
                RoleName="r", AssumeRolePolicyDocument={"a": Workflow("W").task("Get", apigateway.get_account())}
            ),
            "write a member of the task's result: task['name']",
        ),
    ],
)
def test_what_is_no_document_is_refused(make: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match="KF205") as caught:
        make()
    assert message in str(caught.value)


def test_the_stubs_of_editors_take_documents() -> None:
    stub = stub_text(["iam"])
    assert "AssumeRolePolicyDocument: str | Mapping[str, Any] | Sequence[Any] | Value," in stub
    assert "RoleName: str | Value," in stub


# In the places where else values stand.


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proof_knows_what_stands_in_a_document(language: Language) -> None:
    """P0 compares the text; a policy made with another task's result depends on that task."""
    workflow = Workflow("Documents", timeout=200, query_language=language)
    me = workflow.context["Execution"]["Name"]
    queue = workflow.task("Make Queue", sqs.create_queue(QueueName=me))
    queue.compensate("Remove Queue", sqs.delete_queue(QueueUrl=queue["QueueUrl"]), find=sqs.get_queue_url(QueueName=me))
    policy = {"Statement": [{"Effect": "Allow", "Resource": queue["QueueUrl"], "Sid": workflow.input["sid"]}]}
    role = workflow.task("Make Role", iam.create_role(RoleName=me, AssumeRolePolicyDocument=policy))
    role.compensate("Remove Role", iam.delete_role(RoleName=me))
    workflow.succeed({"role": role["Role"]["Arn"]})
    compiled = compile_workflow(workflow)
    assert prove(subject_of_workflow(compiled, ()), depth=1).violations == ()
    assert compiled.document["States"]["Make Role"]["Next"] == "Success"


@pytest.mark.parametrize(
    ("language", "value"), [("JSONPath", jsonpath("$.x")), ("JSONata", jsonata("$states.input.x"))]
)
def test_a_state_machine_writes_documents_too(language: Language, value: Any) -> None:
    machine = StateMachine("M", query_language=language)
    document = {"a": value, "list": [value], "b": Parameter("B")}
    machine.task("Store", secretsmanager.put_secret_value(SecretId="s", SecretString=document))
    machine.succeed("Done")
    found = substituted(compile_workflow(machine).document, {"B": 'b"'})
    execution = run(asl.parse(found), {"x": ['"', 1]}, Stubs({"Store": Success({})}))
    (call,) = execution.calls
    assert json.loads(call.parameters["SecretString"]) == {"a": ['"', 1], "list": [['"', 1]], "b": 'b"'}
