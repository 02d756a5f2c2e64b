"""The account of the world: definitions that leave something, or touch what is not theirs, and sound ones beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, Retry, Workflow, format, intrinsics
from keyflow.aws import apigateway, cognito_idp, dynamodb, function, iam, lambda_, s3, sns, sqs, ssm
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import CheckError
from keyflow.verify import Document, Proof, prove, subject_of_document, subject_of_workflow

Build = Callable[[], Workflow]
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/queue"


def proof_of(workflow: Workflow, depth: int = 1) -> Proof:
    return prove(subject_of_workflow(compile_workflow(workflow), ()), depth=depth)


def said_of(build: Build) -> set[str]:
    """What keyflow says of a definition: codes of its build, and properties that its proof finds violated."""
    try:
        workflow = build()
        compiled = compile_workflow(workflow)
    except DefinitionError as error:
        return {each.code for each in error.diagnostics}
    proof = prove(subject_of_workflow(compiled, ()), depth=1)
    return {example.finding.property.name for example in proof.violations}


def looked_up(workflow: Workflow, **found: Any) -> None:
    """A last call that can fail, and the end."""
    workflow.task("Look", apigateway.get_account())
    workflow.succeed(found or None)


# What is left over.


def forgotten_beside_one_that_is_undone() -> Workflow:
    workflow = Workflow("W", timeout=60)
    plan = workflow.task("Plan", apigateway.create_usage_plan(name="p"))
    plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    workflow.task("Key", apigateway.create_api_key(name="k"))
    looked_up(workflow)
    return workflow


def forgotten_where_nothing_is_undone() -> Workflow:
    workflow = Workflow("W", timeout=60)
    workflow.task("Key", apigateway.create_api_key(name="k"))
    looked_up(workflow)
    return workflow


def lowered_and_never_raised_again() -> Workflow:
    workflow = Workflow("W", timeout=60)
    workflow.task(
        "Take",
        dynamodb.update_item(
            TableName="stock",
            Key={"sku": {"S": workflow.input["sku"]}},
            UpdateExpression="SET amount = amount - :n",
            ExpressionAttributeValues={":n": {"N": "1"}},
        ),
    )
    looked_up(workflow)
    return workflow


def made_by_a_handler_that_fails() -> Workflow:
    workflow = Workflow("W", timeout=60)
    paid = workflow.task("Pay", lambda_.invoke(FunctionName="pay", Payload={}))
    with paid.on_error("Declined"):
        workflow.task("Key", apigateway.create_api_key(name="declined"))
        workflow.fail("Declined", "It was declined")
    workflow.succeed()
    return workflow


def made_again_in_each_round() -> Workflow:
    workflow = Workflow("W", timeout=200)
    with workflow.repeat("Again", at_most=3, error="NotReady", cause="It is not ready") as rounds:
        key = workflow.task("Key", apigateway.create_api_key(name="k"))
        rounds.until(key["enabled"].is_true())
    workflow.succeed()
    return workflow


def made_again_by_a_retry() -> Workflow:
    workflow = Workflow("W", timeout=60)
    call = apigateway.create_api_key(name="k")
    key = workflow.task("Key", call, timeout=5, retry=Retry(max_attempts=2))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    looked_up(workflow)
    return workflow


def undone_by_what_only_reads() -> Workflow:
    workflow = Workflow("W", timeout=60)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Look At It", apigateway.get_api_key(apiKey=key["id"]))
    looked_up(workflow)
    return workflow


def undone_by_the_id_of_another() -> Workflow:
    workflow = Workflow("W", timeout=60)
    plan = workflow.task("Plan", apigateway.create_usage_plan(name="p"))
    plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=plan["id"]))
    looked_up(workflow)
    return workflow


def done_for_a_throttled_undo() -> Workflow:
    workflow = Workflow("W", timeout=60)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    throttled = apigateway.errors.TooManyRequestsException
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]), gone=throttled)
    looked_up(workflow)
    return workflow


def told_and_taken_back() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"id": {"S": workflow.context["Execution"]["Name"]}}
    put = workflow.task("Store", dynamodb.put_item(TableName="orders", Item=me))
    put.compensate("Remove", dynamodb.delete_item(TableName="orders", Key=me))
    workflow.task("Tell", sqs.send_message(QueueUrl=QUEUE, MessageBody="packed"))
    workflow.succeed()
    return workflow


def deleted_for_good() -> Workflow:
    workflow = Workflow("W", timeout=60)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.task("Delete Old", apigateway.delete_api_key(apiKey=workflow.input["old"]))
    looked_up(workflow)
    return workflow


def changed_in_a_raw_state() -> Workflow:
    workflow = Workflow("W", timeout=60)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    resource = "arn:aws:states:::aws-sdk:sns:createTopic"
    workflow.state("Raw", {"Type": "Task", "Resource": resource, "Parameters": {"Name": "t"}, "ResultPath": None})
    looked_up(workflow)
    return workflow


# What belongs to others.


def released_though_another_has_it() -> Workflow:
    workflow = Workflow("W", timeout=60)
    name = {"pk": {"S": workflow.input["name"]}}
    free = {"ConditionExpression": "attribute_not_exists(pk)"}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="names", Item=name, **free))
    claim.compensate("Release", dynamodb.delete_item(TableName="names", Key=name))
    looked_up(workflow)
    return workflow


def released_where_it_is_not_mine() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"S": workflow.context["Execution"]["Id"]}
    name = {"pk": {"S": workflow.input["name"]}}
    free = {"ConditionExpression": "attribute_not_exists(pk)"}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="names", Item={**name, "by": me}, **free))
    asks = {"ConditionExpression": "#by <> :me", "ExpressionAttributeNames": {"#by": "by"}}
    release = dynamodb.delete_item(TableName="names", Key=name, **asks, ExpressionAttributeValues={":me": me})
    claim.compensate("Release", release, gone=dynamodb.errors.ConditionalCheckFailedException)
    looked_up(workflow)
    return workflow


def user_by_a_name_of_the_input() -> Workflow:
    workflow = Workflow("W", timeout=60)
    mail, pool = workflow.input["mail"], Parameter("Pool")
    user = workflow.task("User", cognito_idp.admin_create_user(UserPoolId=pool, Username=mail))
    user.compensate("Delete User", cognito_idp.admin_delete_user(UserPoolId=pool, Username=mail))
    looked_up(workflow)
    return workflow


def found_by_a_name_that_others_have() -> Workflow:
    workflow = Workflow("W", timeout=60)
    name = workflow.input["name"]
    key = workflow.task("Key", apigateway.create_api_key(name=name))
    key.compensate(
        "Delete Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(nameQuery=name),
        where=lambda found: found["name"] == name,
    )
    looked_up(workflow)
    return workflow


def written_over_and_not_brought_back() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"S": workflow.context["Execution"]["Id"]}
    row = {"id": {"S": workflow.input["id"]}}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={**row, "by": me}))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=row), mine={"by": me})
    looked_up(workflow)
    return workflow


def parameter_written_over() -> Workflow:
    workflow = Workflow("W", timeout=60)
    name = workflow.input["name"]
    put = workflow.task("Put", ssm.put_parameter(Name=name, Value="x", Type="String", Overwrite=True))
    put.compensate("Remove", ssm.delete_parameter(Name=name))
    looked_up(workflow)
    return workflow


def raised_though_nothing_was_taken() -> Workflow:
    workflow = Workflow("W", timeout=60)

    def change(sign: str) -> Any:
        return dynamodb.update_item(
            TableName="stock",
            Key={"sku": {"S": workflow.input["sku"]}},
            UpdateExpression=f"SET amount = amount {sign} :n",
            ConditionExpression="attribute_exists(sku)",
            ExpressionAttributeValues={":n": {"N": "1"}},
        )

    workflow.task("Take", change("-")).compensate("Give Back", change("+"))
    looked_up(workflow)
    return workflow


# What depends on another.


def bucket_deleted_beside_its_object() -> Workflow:
    workflow = Workflow("W", timeout=60)
    bucket = format("b-{}", workflow.context["Execution"]["Name"])
    made = workflow.task("Bucket", s3.create_bucket(Bucket=bucket))
    made.compensate("Delete Bucket", s3.delete_bucket(Bucket=bucket))
    put = workflow.task("Object", s3.put_object(Bucket=bucket, Key="a", Body="x"))
    put.compensate("Delete Object", s3.delete_object(Bucket=bucket, Key="a"))
    looked_up(workflow)
    return workflow


def counted_again_by_a_retry() -> Workflow:
    workflow = Workflow("W", timeout=60)
    call = dynamodb.update_item(
        TableName="stock",
        Key={"sku": {"S": workflow.input["sku"]}},
        UpdateExpression="ADD taken :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    workflow.task("Count", call, timeout=5, retry=Retry(max_attempts=1))
    workflow.succeed()
    return workflow


def named_by_a_digest_of_the_input() -> Workflow:
    """What others can send has the same digest."""
    workflow = Workflow("W", timeout=60)
    digest = intrinsics.hash(workflow.input["name"], "SHA-256")
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={"pk": {"S": digest}, "by": {"S": digest}}))
    remove = dynamodb.delete_item(TableName="t", Key={"pk": {"S": digest}})
    put.compensate("Remove", remove, mine={"by": {"S": digest}})
    looked_up(workflow)
    return workflow


def owner_that_others_share() -> Workflow:
    """The state machine's name is that of each of its executions."""
    workflow = Workflow("W", timeout=60)
    by = {"S": workflow.context["StateMachine"]["Name"]}
    row = {"pk": {"S": workflow.input["name"]}}
    free = {"ConditionExpression": "attribute_not_exists(pk)"}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={**row, "by": by}, **free))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=row), mine={"by": by})
    looked_up(workflow)
    return workflow


UNSAFE: list[tuple[Build, set[str]]] = [
    (forgotten_beside_one_that_is_undone, {"KF260"}),
    (forgotten_where_nothing_is_undone, {"P1"}),
    (lowered_and_never_raised_again, {"P1"}),
    (made_by_a_handler_that_fails, {"P1"}),
    (made_again_in_each_round, {"P1"}),
    (made_again_by_a_retry, {"P1"}),
    (undone_by_what_only_reads, {"KF266"}),
    (undone_by_the_id_of_another, {"P1"}),
    (done_for_a_throttled_undo, {"KF266"}),
    (told_and_taken_back, {"KF260"}),
    (deleted_for_good, {"KF260"}),
    (changed_in_a_raw_state, {"KF260"}),
    (released_though_another_has_it, {"KF261"}),
    (released_where_it_is_not_mine, {"P1", "P2"}),
    (user_by_a_name_of_the_input, {"KF261"}),
    (found_by_a_name_that_others_have, {"P1", "P2"}),
    (written_over_and_not_brought_back, {"P1"}),
    (parameter_written_over, {"KF261"}),
    (raised_though_nothing_was_taken, {"P2"}),
    (bucket_deleted_beside_its_object, {"P3"}),
    (counted_again_by_a_retry, {"P1"}),
    (named_by_a_digest_of_the_input, {"P1", "P2"}),
    (owner_that_others_share, {"P2"}),
]


@pytest.mark.parametrize(("build", "said"), UNSAFE, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_unsafe_is_found(build: Build, said: set[str]) -> None:
    assert said <= said_of(build)


# Sound ones.


def undone_after_a_fault_of_the_service() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"id": {"S": workflow.context["Execution"]["Name"]}}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item=me))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=me))
    workflow.succeed()
    return workflow


def claimed_and_released_as_mine() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"S": workflow.context["Execution"]["Id"]}
    name = {"pk": {"S": workflow.input["name"]}}
    free = {"ConditionExpression": "attribute_not_exists(pk)"}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="names", Item={**name, "by": me}, **free))
    with claim.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Taken", "It is taken")
    claim.compensate("Release", dynamodb.delete_item(TableName="names", Key=name), mine={"by": me})
    looked_up(workflow)
    return workflow


def locked_and_unlocked_as_mine() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {":me": {"S": workflow.context["Execution"]["Id"]}}
    key = {"TableName": "locks", "Key": {"pk": {"S": workflow.input["name"]}}}
    lock = workflow.task(
        "Lock",
        dynamodb.update_item(
            **key,
            UpdateExpression="SET holder = :me",
            ConditionExpression="attribute_not_exists(holder)",
            ExpressionAttributeValues=me,
        ),
    )
    lock.compensate(
        "Unlock",
        dynamodb.update_item(**key, UpdateExpression="REMOVE holder"),
        mine={"holder": me[":me"]},
    )
    looked_up(workflow)
    return workflow


def brought_back_as_it_was_read() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"S": workflow.context["Execution"]["Id"]}
    row = {"id": {"S": workflow.input["id"]}}
    before = workflow.task("Read", dynamodb.get_item(TableName="t", Key=row, ConsistentRead=True))
    workflow.fail_if(~before["Item"].is_present(), "Missing", "There is no such row")
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={**row, "by": me}))
    put.compensate("Put Back", dynamodb.put_item(TableName="t", Item=before["Item"]), mine={"by": me})
    looked_up(workflow)
    return workflow


def found_by_what_only_this_one_wrote() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = workflow.context["Execution"]["Id"]
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=me))
    key.compensate(
        "Delete Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(nameQuery="k"),
        mine={"description": me},
    )
    looked_up(workflow)
    return workflow


def looked_for_where_nothing_is_found_beside_what_is_kept() -> Workflow:
    """With two faults: one of two keys is made or not, and the list that would have it is not found."""
    workflow = Workflow("W", timeout=60)
    me = workflow.context["Execution"]["Id"]
    kept = workflow.task("Kept", apigateway.create_api_key(name="kept"))
    kept.keep("it belongs to whoever asked")
    with workflow.parallel("Keys"):
        for number, name in enumerate([kept["id"], "other"]):
            key = workflow.task(f"Key {number}", apigateway.create_api_key(name=name, description=me))
            delete = apigateway.delete_api_key(apiKey=key["id"])
            key.compensate(f"Delete Key {number}", delete, find=apigateway.get_api_keys(), mine={"description": me})
    looked_up(workflow)
    return workflow


def bucket_deleted_after_its_object() -> Workflow:
    workflow = Workflow("W", timeout=60)
    bucket = format("b-{}", workflow.context["Execution"]["Name"])
    made = workflow.task("Bucket", s3.create_bucket(Bucket=bucket))
    made.compensate("Delete Bucket", s3.delete_bucket(Bucket=bucket))
    put = workflow.task("Object", s3.put_object(Bucket=bucket, Key="a", Body="x"), after=made)
    put.compensate("Delete Object", s3.delete_object(Bucket=bucket, Key="a"))
    looked_up(workflow)
    return workflow


def role_with_its_policy() -> Workflow:
    workflow = Workflow("W", timeout=60)
    name = format("r-{}", workflow.context["Execution"]["Name"])
    role = workflow.task("Role", iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}"))
    role.compensate("Delete Role", iam.delete_role(RoleName=name))
    attach = workflow.task(
        "Attach", iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/X"), after=role
    )
    attach.compensate("Detach", iam.detach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/X"))
    looked_up(workflow)
    return workflow


def told_after_the_pivot() -> Workflow:
    workflow = Workflow("W", timeout=60)
    me = {"id": {"S": workflow.context["Execution"]["Name"]}}
    put = workflow.task("Store", dynamodb.put_item(TableName="orders", Item=me))
    put.compensate("Remove", dynamodb.delete_item(TableName="orders", Key=me))
    workflow.pivot()
    workflow.task("Tell", sqs.send_message(QueueUrl=QUEUE, MessageBody="packed"))
    workflow.dead_letter(sqs.send_message(QueueUrl=QUEUE, MessageBody=workflow.left_over))
    workflow.succeed()
    return workflow


def kept_and_said_why() -> Workflow:
    workflow = Workflow("W", timeout=60)
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.task(
        "Count",
        dynamodb.update_item(
            TableName="counts",
            Key={"pk": {"S": "keys"}},
            UpdateExpression="ADD tried :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        ),
    ).keep("attempts are counted, whatever comes of them")
    workflow.task("Tell", sns.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="tried")).keep("people read it")
    looked_up(workflow)
    return workflow


def nothing_is_ever_undone() -> Workflow:
    workflow = Workflow("W", timeout=60, saga=False)
    workflow.task("Put", dynamodb.put_item(TableName="t", Item={"id": {"S": workflow.input["id"]}}))
    workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={}))
    workflow.succeed()
    return workflow


SOUND: list[Build] = [
    undone_after_a_fault_of_the_service,
    claimed_and_released_as_mine,
    locked_and_unlocked_as_mine,
    brought_back_as_it_was_read,
    found_by_what_only_this_one_wrote,
    looked_for_where_nothing_is_found_beside_what_is_kept,
    bucket_deleted_after_its_object,
    role_with_its_policy,
    told_after_the_pivot,
    kept_and_said_why,
    nothing_is_ever_undone,
]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("build", SOUND, ids=lambda build: build.__name__)
def test_what_is_sound_is_not_accused(build: Build, language: Any) -> None:
    workflow = build()
    workflow.query_language = language
    compiled = compile_workflow(workflow)
    assert [warning for warning in compiled.warnings if warning.code != "KF236"] == []
    proof = prove(subject_of_workflow(compiled, ()))
    assert [example.finding.message for example in (*proof.violations, *proof.unprovable)] == []


# What nobody can know, and what is in doubt.


def test_what_no_model_knows_is_one_line() -> None:
    workflow = Workflow("W", timeout=60)
    workflow.task("Score", lambda_.invoke(FunctionName="score", Payload={}))
    workflow.task("Charge", function("arn:aws:lambda:us-east-1:1:function:charge", {}))
    workflow.task("Look", lambda_.invoke(FunctionName="look", Payload={}).reads())
    workflow.succeed()
    (line,) = proof_of(workflow).unprovable
    assert line.finding.message == "what 'Score', 'Charge' do, no model knows: it may be left over"


def test_a_lost_answer_that_nothing_can_undo_is_told() -> None:
    """S10: it ends with CompensationFailed, which names what may be there, with and without a sibling."""
    workflow = Workflow("W", timeout=60)
    with workflow.parallel("Both"):
        key = workflow.task("Key", apigateway.create_api_key(name=workflow.input["name"]))
        plan = workflow.task("Plan", apigateway.create_usage_plan(name="p"))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    workflow.dead_letter(sqs.send_message(QueueUrl=QUEUE, MessageBody=workflow.left_over))
    looked_up(workflow)
    proof = proof_of(workflow, depth=2)
    assert [each.finding.message for each in (*proof.violations, *proof.unprovable)] == []


# Files.


def document(states: dict[str, Any], start: str, **given: Any) -> Document:
    definition = {"StartAt": start, "TimeoutSeconds": 60, "States": states}
    text = json.dumps(definition)
    return Document(file="f.asl.json", name="f", text=text, document=definition, values={}, **given)


def invoked(name: str, **more: Any) -> dict[str, Any]:
    resource = "arn:aws:states:::lambda:invoke"
    return {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": name}, "TimeoutSeconds": 5, **more}


def failing(target: str) -> list[Any]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": target}]


IN_A_PLAN = {"UsagePlanId.$": "$.plan", "KeyId.$": "$.key"}


@pytest.mark.parametrize(
    ("made", "read", "parameters", "is_left"),
    [
        ("ApiKey", "getApiKeys", {}, True),
        ("ApiKey", "getApiKeys", {"Limit": 1}, True),
        ("UsagePlanKey", "getUsagePlanKeys", {"UsagePlanId": "another"}, True),
        ("UsagePlanKey", "getUsagePlanKeys", {"UsagePlanId.$": "$.plan"}, False),
        ("UsagePlanKey", "getUsagePlanKey", {**IN_A_PLAN, "KeyId.$": "$.other"}, True),
        ("UsagePlanKey", "getUsagePlanKey", IN_A_PLAN, False),
    ],
)
def test_what_is_not_found_is_what_was_asked_for(
    made: str, read: str, parameters: dict[str, str], is_left: bool
) -> None:
    """That nothing is listed, or not what another goes by, says nothing of what the execution has made."""

    def call(operation: str, parameters: Any, **more: Any) -> dict[str, Any]:
        resource = f"arn:aws:states:::aws-sdk:apigateway:{operation}"
        return {"Type": "Task", "Resource": resource, "Parameters": parameters, "ResultPath": None, **more}

    given, named = {
        "ApiKey": ({"Name": "k"}, {"ApiKey.$": "$.made.Id"}),
        "UsagePlanKey": ({**IN_A_PLAN, "KeyType": "API_KEY"}, IN_A_PLAN),
    }[made]
    not_found = {"ErrorEquals": ["ApiGateway.NotFoundException"], "ResultPath": None, "Next": "Failed"}
    states = {
        "Make": call(f"create{made}", given, ResultPath="$.made", Next="Read"),
        "Read": call(read, parameters, Catch=[not_found, *failing("Delete")], End=True),
        "Delete": call(f"delete{made}", named, Next="Failed"),
        "Failed": {"Type": "Fail"},
    }
    proof = prove(subject_of_document(document(states, "Make")), depth=1)
    left = (each for each in proof.violations if each.finding.property.name == "P1")
    faults = {(fault.place[0], fault.error) for each in left for fault in each.faults}
    assert (("Read", "ApiGateway.NotFoundException") in faults) == is_left


@pytest.mark.parametrize(("deleted", "is_left"), [("$.other", True), ("$$.Execution.Name", False)])
def test_what_is_deleted_is_what_is_named_where_no_name_is_required(deleted: str, is_left: bool) -> None:
    """DeleteStream is given a name or an ARN, and its model requires none of them."""

    def call(operation: str, name: str, **more: Any) -> dict[str, Any]:
        resource = f"arn:aws:states:::aws-sdk:kinesis:{operation}"
        return {"Type": "Task", "Resource": resource, "Parameters": {"StreamName.$": name}, "ResultPath": None, **more}

    states = {
        "Make": call("createStream", "$$.Execution.Name", Next="Delete"),
        "Delete": call("deleteStream", deleted, Next="Failed", Retry=[{"ErrorEquals": ["States.ALL"]}]),
        "Failed": {"Type": "Fail"},
    }
    proof = prove(subject_of_document(document(states, "Make")), depth=1)
    left = [each for each in proof.violations if each.finding.property.name == "P1" and not each.faults]
    assert bool(left) == is_left


CHARGED = {
    "Charge": invoked("charge", Next="Ship", Catch=failing("Refund"), ResultPath=None),
    "Ship": invoked("ship", End=True, Catch=failing("Refund")),
    "Refund": invoked("refund", Next="Failed", ResultPath=None, Retry=[{"ErrorEquals": ["States.ALL"]}]),
    "Failed": {"Type": "Fail", "Error": "Failed"},
}


@pytest.mark.parametrize(
    "effects",
    [{"Charge": ["Refund"], "Ship": "kept", "Refund": "reads"}, {"charge": ["refund"], "ship": "kept", "refund": []}],
)
def test_effects_are_told_by_state_or_by_function(effects: Any) -> None:
    proof = prove(subject_of_document(document(CHARGED, "Charge", effects=effects)), depth=1)
    assert proof.violations == proof.unprovable == ()
    forgetful = {**CHARGED, "Ship": invoked("ship", End=True)}
    found = prove(subject_of_document(document(forgetful, "Charge", effects=effects)), depth=1)
    assert {each.finding.state for each in found.violations} == {"Charge"}


def test_effects_are_told_in_comments() -> None:
    said = {"Charge": "effect: undone by refund", "Ship": "Ships it. effect: kept", "Refund": "effect: reads"}
    states = {name: {**state, **({"Comment": said[name]} if name in said else {})} for name, state in CHARGED.items()}
    assert prove(subject_of_document(document(states, "Charge")), depth=1).unprovable == ()


@pytest.mark.parametrize(
    "effects", [{"Chrage": []}, {"Charge": 7}, {"Charge": "nothing"}, ["Charge"], {"Charge": ["Refnud"]}]
)
def test_effects_that_say_nothing_are_refused(effects: Any) -> None:
    with pytest.raises(CheckError, match="KF106"):
        subject_of_document(document(CHARGED, "Charge", effects=effects))


def test_a_comment_that_names_no_state_is_refused() -> None:
    states = {**CHARGED, "Charge": {**CHARGED["Charge"], "Comment": "effect: undone by Refnud"}}
    with pytest.raises(CheckError, match=r"KF106.*Refnud.*did you mean 'Refund'"):
        subject_of_document(document(states, "Charge"))


def test_a_file_in_which_nothing_is_known_to_change_says_so() -> None:
    proof = prove(subject_of_document(document({"Look": invoked("look", End=True)}, "Look")), depth=1)
    assert proof.holds
    assert not proof.recognised


def test_a_failure_that_ends_well_is_judged() -> None:
    """A Catch leads to an end of its own, past what undoes the key."""
    make = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
        "Parameters": {"Name": "k"},
        "ResultPath": None,
        "TimeoutSeconds": 5,
        "Next": "Pay",
    }
    states = {
        "Make": make,
        "Pay": invoked("pay", Catch=failing("Declined"), End=True),
        "Declined": {"Type": "Pass", "Result": {"paid": False}, "End": True},
    }
    proof = prove(subject_of_document(document(states, "Make")), depth=1)
    assert {each.finding.state for each in proof.violations} == {"Make"}
    goes_on = {**states, "Pay": invoked("pay", Catch=failing("Done"), Next="Done"), "Done": {"Type": "Succeed"}}
    del goes_on["Declined"]
    assert prove(subject_of_document(document(goes_on, "Make")), depth=1).violations == ()


def test_a_retried_delete_and_one_that_finds_nothing_are_done() -> None:
    states = {
        "Make": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem",
            "Parameters": {"TableName": "t", "Item": {"id": {"S.$": "$$.Execution.Name"}}},
            "ResultPath": None,
            "TimeoutSeconds": 5,
            "Catch": failing("Remove"),
            "Next": "Look",
        },
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:apigateway:getAccount",
            "Parameters": {},
            "TimeoutSeconds": 5,
            "Catch": failing("Remove"),
            "End": True,
        },
        "Remove": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:deleteItem",
            "Parameters": {"TableName": "t", "Key": {"id": {"S.$": "$$.Execution.Name"}}},
            "ResultPath": None,
            "TimeoutSeconds": 5,
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "Error": "Failed"},
    }
    assert prove(subject_of_document(document(states, "Make")), depth=1).violations == ()


def test_a_uuid_that_was_sent_is_not_the_executions_own() -> None:
    states = {
        "Claim": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {
                "TableName": "t",
                "Item": {"id": {"S.$": "$.id"}},
                "ConditionExpression": "attribute_not_exists(id)",
            },
            "ResultPath": None,
            "TimeoutSeconds": 5,
            "Catch": failing("Release"),
            "End": True,
        },
        "Release": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:deleteItem",
            "Parameters": {"TableName": "t", "Key": {"id": {"S.$": "$.id"}}},
            "TimeoutSeconds": 5,
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "Error": "Failed"},
    }
    given = {"id": "8d0c7c4e-3a1f-4f57-9b1a-0d5f6f1e2a3b"}
    proof = prove(subject_of_document(document(states, "Claim", input=given)), depth=1)
    assert {each.finding.property.name for each in proof.violations} == {"P2"}
